"""Whose ticket a code is. The order of the attempts is part of the design: what was printed exactly wins over what
somebody may have meant, so that no code ever opens the door for another person.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from conferences.models import Conference
from registration.attendee.access_code import clean_code, fold_code
from registration.attendee.models import Attendee, AttendeeQuerySet, RetiredCode


@dataclass(frozen=True)
class Found:
    attendee: Attendee | None
    is_retired: bool = False


def lock_seat(*, conference: Conference, code: str) -> Found:
    """The seat of `conference` that `code` (as typed or scanned) belongs to, its row locked until the transaction ends,
    with ticket type and order. One query for a code that is known as printed, up to three otherwise.
    """
    cleaned, trimmed = clean_code(code), code.strip()[:512].replace("\x00", "")
    seats = (
        Attendee.objects.select_for_update(of=["self"])
        .select_related("ticket_type", "order")
        .filter(conference=conference)
    )
    return _as_printed(seats, cleaned, trimmed) or _ignoring_case(seats, cleaned) or _retired(conference, cleaned)


def _as_printed(seats: AttendeeQuerySet, cleaned: str, trimmed: str) -> Found | None:
    folded = fold_code(cleaned)
    candidates = list(
        seats.filter(Q(access_code__in={cleaned, folded}) | Q(imported_code__in={cleaned, trimmed})).order_by("pk")
    )
    for matches in (
        lambda seat: seat.access_code == cleaned,
        lambda seat: seat.imported_code in {cleaned, trimmed},
        lambda seat: seat.access_code == folded,
    ):
        for seat in candidates:
            if matches(seat):
                return Found(seat)
    return None


def _ignoring_case(seats: AttendeeQuerySet, cleaned: str) -> Found | None:
    """Only where that is one person."""
    same = list(seats.annotate(imported_lower=Lower("imported_code")).filter(imported_lower=cleaned.lower())[:2])
    return Found(same[0]) if len(same) == 1 else None


def _retired(conference: Conference, cleaned: str) -> Found:
    """The seat is not locked: whatever its state, the answer is `replaced`."""
    codes = {cleaned, fold_code(cleaned)}
    retired = (
        RetiredCode.objects.select_related("attendee__ticket_type")
        .filter(code__in=codes, attendee__conference=conference)
        .first()
    )
    return Found(retired.attendee, is_retired=True) if retired else Found(None)
