"""What the pages say of scans that are held back, and of what became of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.attendee.access_code import clean_code, fold_code
from registration.attendee.models import Attendee
from registration.checkin.models import Scan, Verdict
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.sentences import day_and_time_at, shown
from registration.checkin.signs import sign_of


@dataclass(frozen=True)
class HeldRow:
    when: str
    at: dt.datetime
    seat: Attendee | None
    code: str
    place: str  # empty when the device did not say, or said one that never was
    is_gone: bool  # the place, and it was taken in at no other
    who: str
    shown: tuple[str, str, str]  # tone, icon and word of what the device showed
    became: tuple[str, str, str] | None  # the same of what it was taken in as
    refusal: str
    given: str  # all that came, when no code could be read
    problem: str


def held_rows(batch: HeldBatch, *, now: dt.datetime) -> list[HeldRow]:
    """Three queries. Whose ticket a code is, is a help to the reader alone: what counts is looked up when it is taken in."""
    scans = list(batch.scans.select_related("checkpoint"))
    seats = _seats(batch.conference, scans)
    stored = Scan.objects.in_bulk([scan.pk for scan in scans])
    return [_row(scan, _seat(scan, seats), stored.get(scan.pk), batch.conference, now=now) for scan in scans]


def _row(
    held: HeldScan, seat: Attendee | None, scan: Scan | None, conference: Conference, *, now: dt.datetime
) -> HeldRow:
    made = held.scanned_at + dt.timedelta(seconds=held.clock_offset)
    return HeldRow(
        when=day_and_time_at(made, conference, now),
        at=made,
        seat=seat,
        code=shown(held.code),
        place=held.checkpoint.name if held.checkpoint else held.place,
        is_gone=held.checkpoint is None,
        who=held.scanned_by_name,
        shown=_verdict(held.device_verdict),
        became=_verdict(scan.verdict) if scan and not held.problem else None,
        refusal=held.refusal,
        given="" if held.code else held.given[:200],
        problem=held.problem,
    )


def _verdict(value: str) -> tuple[str, str, str]:
    if value not in Verdict.values:
        return "", "circle-question-mark", _("No verdict shown")
    verdict = Verdict(value)
    return sign_of(verdict).tone, sign_of(verdict).icon, str(verdict.label)


def _readings(code: str) -> list[str]:
    cleaned = clean_code(code)
    return [code.strip()[:512], cleaned, fold_code(cleaned)]


def _seats(conference: Conference, scans: list[HeldScan]) -> dict[str, Attendee]:
    codes = {reading for scan in scans for reading in _readings(scan.code)}
    found = Attendee.objects.filter(Q(access_code__in=codes) | Q(imported_code__in=codes), conference=conference)
    seats = {seat.access_code: seat for seat in found}
    return {seat.imported_code: seat for seat in found if seat.imported_code} | seats


def _seat(scan: HeldScan, seats: dict[str, Attendee]) -> Attendee | None:
    return next((seats[reading] for reading in _readings(scan.code) if reading in seats), None)
