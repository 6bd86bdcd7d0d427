"""What the worklist says of a conflict: what is wrong, who let whom in where and when, and what to do about it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registration.attendee.models import Attendee
from registration.checkin.conflict_reasons import words_of_a_piece, words_of_an_entry
from registration.checkin.conflicts import Conflict
from registration.checkin.hand_outs import hands_out
from registration.checkin.models import Scan, Verdict
from registration.checkin.models_conflicts import Settlement
from registration.checkin.sentences import day_and_time, shown
from registration.checkin.signs import sign_of

# A scan that reached the server sooner says nothing by it.
_LATE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Side:
    """One time that somebody went in with the ticket."""

    at: dt.datetime
    when: str
    icon: str
    title: str
    who: str
    sent: str


@dataclass(frozen=True)
class ConflictRow:
    pk: uuid.UUID
    is_open: bool
    icon: str
    title: str
    seat: Attendee | None
    code: str
    place: str
    why: str
    advice: str
    sides: list[Side]
    settlements: list[tuple[Settlement, str, str]]  # with when it was settled, and when opened again


def row_of(conflict: Conflict, *, now: dt.datetime) -> ConflictRow:
    """No queries, if the checkpoint's add-ons are loaded."""
    scan = conflict.scan
    verdict = Verdict(scan.verdict)
    is_piece = hands_out(scan.checkpoint)
    title, why, advice = (words_of_a_piece if is_piece else words_of_an_entry)(verdict)
    if verdict == Verdict.CANCELLED and scan.attendee and scan.attendee.cancelled_at:
        why = _cancelled(scan, now=now)
    return ConflictRow(
        pk=scan.pk,
        is_open=conflict.settlement is None,
        icon="users" if conflict.is_double else sign_of(verdict).icon,
        title=title,
        seat=scan.attendee,
        code=shown(scan.code),
        place=scan.checkpoint.name,
        why=why,
        advice=advice,
        sides=[_side(entry, scan, is_piece=is_piece, now=now) for entry in conflict.entries],
        settlements=[
            (one, day_and_time(one.settled_at, scan.checkpoint, now), _when(one.reopened_at, scan, now=now))
            for one in conflict.settlements
        ],
    )


def _side(entry: Scan, scan: Scan, *, is_piece: bool, now: dt.datetime) -> Side:
    if entry.undone_at:
        icon, title = "undo-2", _("Handed out, taken back since") if is_piece else _("Let in, taken back since")
    elif entry.verdict == Verdict.ADMITTED:
        icon, title = "circle-check", _("Handed out, and counted") if is_piece else _("Let in, and counted")
    else:
        without = _("Handed out without the network, not counted")
        icon, title = "cloud-off", without if is_piece else _("Let in without the network, not counted")
    is_late = entry.received_at - entry.effective_at > _LATE
    return Side(
        at=entry.effective_at,
        when=day_and_time(entry.effective_at, scan.checkpoint, now),
        icon=icon,
        title=title,
        who=", ".join(filter(None, [entry.tablet.name if entry.tablet else "", entry.scanned_by_name])),
        sent=_when(entry.received_at, scan, now=now) if is_late else "",
    )


def _when(moment: dt.datetime | None, scan: Scan, *, now: dt.datetime) -> str:
    return day_and_time(moment, scan.checkpoint, now) if moment else ""


def _cancelled(scan: Scan, *, now: dt.datetime) -> str:
    seat = scan.attendee
    assert seat
    by = str(seat.cancelled_by) if seat.cancelled_by else ""
    said = {
        "when": _when(seat.cancelled_at, scan, now=now),
        "why": ", ".join(filter(None, [seat.cancel_reason, by])) or _("no reason given"),
    }
    return _("The ticket was cancelled %(when)s: %(why)s.") % said
