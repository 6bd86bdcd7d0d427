"""What the panel says of a practice code: the sentences of a real ticket, about somebody that nobody is."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.checkin.access import DoorAccess
from registration.checkin.admission import CheckIn
from registration.checkin.models import Scan, Verdict
from registration.checkin.rehearsal import practice_code
from registration.checkin.sentences import refuse, say, say_pieces

# Between the scan and the other moments that verdicts speak of. The scripts of the tablet use the same.
APART = dt.timedelta(minutes=30)


def nobody() -> dict[str, str]:
    """Name and ticket of whom practice codes are about."""
    return {"name": _("Test person"), "ticket": _("Test ticket")}


def say_practised(answer: CheckIn, *, access: DoorAccess, now: dt.datetime) -> dict[str, object] | None:
    """As `sentences.say`, with the name and the ticket. None for a scan that is of no practice code."""
    scan = answer.scan
    practised = practice_code(scan.code) if scan.rehearsal and scan.attendee_id is None else None
    if practised is None or practised.verdict == Verdict.UNKNOWN:
        return None
    if practised.verdict == Verdict.UNPAID:
        owed = {"order": practised.code, "owed": Decimal("79.00"), "is_refusal": True}
        return nobody() | owed | {"say": refuse(_("Send to the desk to pay."), hands_out=answer.hands_out)}
    seat = Attendee(
        name=nobody()["name"],
        ticket_type=TicketType(name=nobody()["ticket"]),
        access_code=practised.code,
        needs_attention=practised.has_note,
        staff_note=_("This is what a note looks like. Read it before the person walks on.")
        if practised.has_note
        else "",
        blocked_reason=_("The reason that was noted stands here."),
    )
    said = say(_about(answer, seat), access=access, now=now)
    named = {} if practised.verdict == Verdict.REPLACED else nobody()
    # There is nothing to take back.
    return (
        named
        | said
        | say_pieces(answer)
        | {"needs_attention": practised.has_note, "undo_scan_id": "", "undo_label": ""}
    )


def _about(answer: CheckIn, seat: Attendee) -> CheckIn:
    """`answer` with all that its verdict speaks of."""
    scan = copy.copy(answer.scan)
    if answer.verdict == Verdict.NOT_OPEN:
        scan.checkpoint = copy.copy(scan.checkpoint)
        scan.checkpoint.opens_at = scan.effective_at + APART
    first = Scan(
        checkpoint=scan.checkpoint,
        effective_at=scan.effective_at - APART,
        tablet=scan.tablet,
        scanned_by=scan.scanned_by,
        scanned_by_name=scan.scanned_by_name,
    )
    return replace(answer, scan=scan, attendee=seat, admission=first, first=first)
