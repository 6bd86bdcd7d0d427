"""Let somebody in, exactly once; or say why not, and who, when and where. And take an admission back.

Three things together make it exactly once: the attendee's row is locked before anything is decided, the database holds
one live admission per checkpoint, attendee and entry key (`Scan.Meta.constraints`), and the scan's id is made by the
tablet, so that a retry after a lost reply is the same scan and gets the same answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conferences.models import Conference, Role
from registration.account.models import User
from registration.attendee.access_code import clean_code
from registration.attendee.models import Attendee, AttendeeState
from registration.checkin.lookup import Found, lock_seat
from registration.checkin.models import Checkpoint, Method, Scan, Verdict
from registration.errors import RegistrationError

# Door staff may take back their own scans for this long; desk and organisers any, at any time.
DOOR_UNDO = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class CheckIn:
    """What the door is told. `first` is the admission that stands in the way, with checkpoint and person."""

    scan: Scan
    attendee: Attendee | None
    first: Scan | None = None
    is_replay: bool = False

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.scan.verdict)


def check_in(
    *,
    checkpoint: Checkpoint,
    code: str,
    scan_id: uuid.UUID,
    by: User | None,
    now: dt.datetime,
    method: Method = Method.TYPED,
    by_name: str = "",
) -> CheckIn:
    """Record one scan and answer it. Expected refusals are verdicts, not errors.

    The same `scan_id` with the same checkpoint and code answers as it did the first time; with another content it
    raises RegistrationError `scan_id_reused` and writes nothing. Takes a transaction of its own and locks the
    attendee's row in it. `now` is when it happened, by the server's clock.
    """
    scan = Scan(
        id=scan_id, checkpoint=checkpoint, code=clean_code(code), scanned_at=now, effective_at=now, received_at=now, scanned_by=by,
        scanned_by_name=by_name or (by.name if by else ""), method=method, rehearsal=checkpoint.rehearsal,
    )  # fmt: skip
    try:
        return _decide_and_record(scan, code)
    except IntegrityError:
        # This id is stored already: a retry, whose first reply was lost.
        return _replay(scan)


@transaction.atomic
def _decide_and_record(scan: Scan, code: str) -> CheckIn:
    checkpoint, now = scan.checkpoint, scan.effective_at
    found = lock_seat(conference=checkpoint.conference, code=code)
    scan.attendee = found.attendee
    scan.entry_key = checkpoint.entry_key(scan_id=scan.id, now=now)
    first = None
    if refusal := refusal_of(found, checkpoint, now=now):
        scan.verdict = refusal
    elif (first := _live_admission(scan)) and not scan.rehearsal:
        if first.pk == scan.pk:
            return _replay(scan)
        scan.verdict = Verdict.ALREADY_ADMITTED
    else:
        first = None
        scan.verdict = Verdict.ADMITTED
    scan.save(force_insert=True)
    if (
        scan.verdict == Verdict.ADMITTED
        and checkpoint.is_main
        and not scan.rehearsal
        and not found.attendee.checked_in_at
    ):
        found.attendee.checked_in_at = now
        found.attendee.save(update_fields=["checked_in_at", "updated_at"])
    return CheckIn(scan, found.attendee, first)


def refusal_of(found: Found, checkpoint: Checkpoint, *, now: dt.datetime) -> Verdict | None:
    """The first reason, in the order of the design, why this ticket is not admitted here and now; `already_admitted`,
    the last of them, is not looked at. Queries the checkpoint's ticket types.
    """
    seat = found.attendee
    if seat is None:
        return Verdict.UNKNOWN
    if found.is_retired:
        return Verdict.REPLACED
    if seat.state == AttendeeState.CANCELLED:
        return Verdict.CANCELLED
    if seat.state == AttendeeState.REFUNDED:
        return Verdict.REFUNDED
    if seat.blocked_reason:
        return Verdict.BLOCKED
    if seat.order and seat.order.is_pending and seat.order.total > 0:
        return Verdict.UNPAID
    if not seat.completed_registration:
        return Verdict.INCOMPLETE
    accepted = {ticket_type.pk for ticket_type in checkpoint.ticket_types.all()}
    if accepted and seat.ticket_type_id not in accepted:
        return Verdict.WRONG_TICKET
    return None if checkpoint.is_open(now=now) else Verdict.NOT_OPEN


def _live_admission(scan: Scan) -> Scan | None:
    same = Scan.objects.live_admissions().filter(
        checkpoint=scan.checkpoint, attendee=scan.attendee, entry_key=scan.entry_key
    )
    return same.select_related("checkpoint", "scanned_by").first()


def _replay(scan: Scan) -> CheckIn:
    stored = (
        Scan.objects.select_related("attendee__ticket_type", "attendee__order", "checkpoint").filter(pk=scan.pk).first()
    )
    if stored is None or (stored.checkpoint_id, stored.code) != (scan.checkpoint_id, scan.code):
        raise RegistrationError(
            "scan_id_reused", _("This scan was recorded before with another code. Scan the ticket again.")
        )
    first = _live_admission(stored) if stored.verdict == Verdict.ALREADY_ADMITTED else None
    return CheckIn(stored, stored.attendee, first, is_replay=True)


@transaction.atomic
def undo_check_in(
    *, conference: Conference, scan_id: uuid.UUID, by: User, role: Role, reason: str, now: dt.datetime
) -> Scan:
    """Take an admission back: the scan stays, marked with who, when and why, and the ticket can be admitted again.

    Raises RegistrationError `unknown_scan`, `reason_missing`, `not_admitted`, `already_undone`, or `not_allowed` (door
    staff, for others' scans or after DOOR_UNDO). Locks the attendee's row, and sets `checked_in_at` to the earliest
    main admission that is left.
    """
    scan = (
        Scan.objects.select_related("checkpoint", "attendee")
        .filter(pk=scan_id, checkpoint__conference=conference)
        .first()
    )
    if scan is None:
        raise RegistrationError("unknown_scan", _("There is no such scan."))
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is taken back."))
    if scan.attendee_id is None or scan.verdict != Verdict.ADMITTED:
        raise RegistrationError("not_admitted", _("This scan admitted nobody; there is nothing to take back."))
    if role == Role.DOOR and (scan.scanned_by_id != by.pk or now - scan.received_at > DOOR_UNDO):
        raise RegistrationError(
            "not_allowed", _("Door staff can take back their own scans of the last 10 minutes. Ask the desk.")
        )
    attendee = Attendee.objects.select_for_update().get(pk=scan.attendee_id)
    undone = Scan.objects.filter(pk=scan.pk, undone_at=None).update(
        undone_at=now, undone_by=by, undo_reason=reason.strip()[:200]
    )
    if not undone:
        raise RegistrationError("already_undone", _("This was taken back already."))
    _set_checked_in_at(attendee)
    return Scan.objects.select_related("checkpoint", "attendee__ticket_type", "undone_by").get(pk=scan.pk)


def _set_checked_in_at(attendee: Attendee) -> None:
    earliest = (
        Scan.objects.live_admissions()
        .filter(attendee=attendee, checkpoint__is_main=True)
        .order_by("effective_at")
        .first()
    )
    attendee.checked_in_at = earliest.effective_at if earliest else None
    attendee.save(update_fields=["checked_in_at", "updated_at"])
