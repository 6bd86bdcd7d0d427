"""What the verdict panel and the list of last scans say, in words. Every answer ends in one thing to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from registration.checkin.access import DoorAccess
from registration.checkin.admission import CheckIn
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.rehearsal_panel import say_practised
from registration.checkin.sentences import First, clock_time, say, say_pieces, say_undone, shown
from registration.errors import RegistrationError

ICONS = {
    Verdict.ADMITTED: "circle-check",
    Verdict.ALREADY_ADMITTED: "history",
    Verdict.UNPAID: "hand-coins",
    Verdict.WRONG_TICKET: "ticket-x",
    Verdict.NOT_OPEN: "calendar-clock",
    Verdict.UNKNOWN: "circle-question-mark",
}
TONES = {Verdict.ADMITTED: "ok", Verdict.ALREADY_ADMITTED: "warn", Verdict.UNPAID: "warn"}
_LAST = 10
# The list is for today's work; without a bound it would read the whole table for somebody who never scanned here.
_LAST_WITHIN = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Row:
    """One of the last scans."""

    scan_id: str
    icon: str
    tone: str
    word: str
    name: str
    code: str
    when: str
    at: dt.datetime
    is_undone: bool
    # Who was at the tablet; empty for a scan by somebody signed in, whose list this is.
    by: str = ""


@dataclass(frozen=True)
class Panel:
    verdict: str
    scan_id: str
    icon: str
    word: str
    name: str = ""
    ticket: str = ""
    code: str = ""
    order: str = ""
    message: str = ""
    say: str = ""
    note: str = ""
    needs_attention: bool = False
    first: First | None = None
    owed: Decimal | None = None
    hand_out: tuple[tuple[str, str], ...] = ()
    is_refusal: bool = False
    is_undone: bool = False
    is_rehearsal: bool = False
    # How many pieces of how many were handed out, and the code by which the next one is.
    uses: str = ""
    next_code: str = ""
    next_label: str = ""
    undo_scan_id: str = ""
    undo_label: str = ""
    order_url: str = ""
    person_url: str = ""
    row: Row | None = field(default=None, repr=False)


def of_check_in(answer: CheckIn, *, access: DoorAccess, now: dt.datetime) -> Panel:
    """See `sentences.say` for the queries."""
    scan, seat = answer.scan, answer.attendee
    said: dict[str, object] = {
        "verdict": scan.verdict,
        "scan_id": str(scan.pk),
        "icon": ICONS.get(answer.verdict, "octagon-x"),
        "word": answer.verdict.label,
        "is_rehearsal": scan.rehearsal,
        "row": _row(scan),
    }
    if practised := say_practised(answer, access=access, now=now):
        return Panel(**said | practised)
    # A code that was replaced belongs to somebody else now, whose name is no business of who holds the old one.
    if seat and answer.verdict != Verdict.REPLACED:
        said |= {
            "name": seat.name,
            "ticket": seat.ticket_type.name if seat.ticket_type else "",
            "needs_attention": seat.needs_attention,
        }
        if access.user and access.is_desk and answer.verdict != Verdict.ADMITTED:
            said["person_url"] = reverse("attendee", args=[access.conference.slug, seat.pk])
    return Panel(**said | say(answer, access=access, now=now) | say_pieces(answer))


def of_undo(scan: Scan, *, access: DoorAccess, now: dt.datetime) -> Panel:
    said = say_undone(scan) | {"verdict": "undone", "scan_id": str(scan.pk), "row": _row(scan)}
    seat = scan.attendee
    said |= {"name": seat.name, "ticket": seat.ticket_type.name if seat.ticket_type else ""} if seat else {}
    return Panel(**said)


def rejected(error: RegistrationError, *, scan_id: str) -> Panel:
    """The request itself was refused, and nothing was written."""
    return Panel(
        verdict="rejected",
        scan_id=scan_id[:64],
        icon="circle-alert",
        word=_("Not done"),
        message=error.message,
        is_refusal=True,
    )


def last_scans(checkpoint: Checkpoint, *, access: DoorAccess, now: dt.datetime) -> list[Row]:
    """What this person, or this tablet, scanned here, the newest first. One query."""
    scans = Scan.objects.filter(checkpoint=checkpoint, received_at__gt=now - _LAST_WITHIN)
    scans = scans.filter(tablet=access.tablet) if access.tablet else scans.filter(scanned_by=access.user)
    rows = list(scans.select_related("attendee").order_by("-received_at")[:_LAST])
    for scan in rows:
        scan.checkpoint = checkpoint
    return [_row(scan) for scan in rows]


def _row(scan: Scan) -> Row:
    verdict = Verdict(scan.verdict)
    is_named = scan.attendee and verdict != Verdict.REPLACED
    return Row(
        scan_id=str(scan.pk),
        icon="undo-2" if scan.undone_at else ICONS.get(verdict, "octagon-x"),
        tone="off" if scan.undone_at else TONES.get(verdict, "bad"),
        word=_("Taken back") if scan.undone_at else verdict.label,
        name=scan.attendee.name if is_named else "",
        code=shown(scan.code),
        when=clock_time(scan.effective_at, scan.checkpoint),
        at=scan.effective_at,
        is_undone=bool(scan.undone_at),
        by=scan.scanned_by_name if scan.tablet_id else "",
    )
