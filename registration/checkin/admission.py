"""Let somebody in, exactly once; or say why not, and who, when and where. And take an admission back.

Three things together make it exactly once: the attendee's row is locked before anything is decided, the database holds
one live admission per checkpoint, attendee and entry key (`Scan.Meta.constraints`), and the scan's id is made by the
tablet, so that a retry after a lost reply is the same scan and gets the same answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conferences.models import Conference, Role
from registration.account.models import User
from registration.attendee.access_code import clean_code
from registration.attendee.models import Attendee
from registration.checkin.checkpoints import no_such_checkpoint
from registration.checkin.hand_outs import HandOut, day_of, find_hand_outs, hands_out, is_of_a_piece
from registration.checkin.lookup import Seat, lock_seat
from registration.checkin.models import Checkpoint, Entry, Method, Scan, Tablet, Verdict
from registration.checkin.rehearsal import practice_code
from registration.checkin.standing import OK
from registration.checkin.writing import insert_scan, mark_checked_in
from registration.errors import RegistrationError

# Door staff may take back their own scans for this long; desk and organisers any, at any time.
DOOR_UNDO = dt.timedelta(minutes=10)
# A clash is another's admission under the same key: one at an entrance, at a hand-out as many as there are pieces.
_TRIES = 101
# What a tablet that had not heard our answer may say of whom we let in, and they are: its list may have it from us meanwhile.
_IS_IN = {Verdict.ADMITTED, Verdict.ALREADY_ADMITTED}


@dataclass(frozen=True)
class CheckIn:
    """What the door is told. `admission` is the live one that stands in the way. `first` is the first entry, with
    checkpoint, tablet and person: the same, unless a tablet without a network had let the person in before it. Where
    pieces are handed out (`hands_out`), both are of the last one, and `hand_out` is how things stand after this scan;
    None where anybody gets as many as they like.
    """

    scan: Scan
    attendee: Attendee | None
    admission: Scan | None = None
    first: Scan | None = None
    hand_out: HandOut | None = None
    hands_out: bool = False
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
    tablet: Tablet | None = None,
    by_name: str = "",
    method: Method = Method.TYPED,
    scanned_at: dt.datetime | None = None,
    clock_offset: float = 0.0,
    device_verdict: str = "",
    rehearsal: bool | None = None,
) -> CheckIn:
    """Record one scan and answer it. Expected refusals are verdicts, not errors.

    The same `scan_id` with the same checkpoint and code answers as it did the first time; with another content it
    raises RegistrationError `scan_id_reused` and writes nothing; where the checkpoint was deleted meanwhile,
    `checkpoint_invalid`. Takes a transaction of its own and locks the attendee's row in it. `now` is when it arrived, by
    the server's clock.

    A scan that was made without a network comes with `scanned_at` by the clock of the device, `clock_offset`, the
    seconds that the server's clock is ahead of it, and `device_verdict`, what the device had decided by itself. It is
    decided for the moment it was made (`effective_at`, never later than `now`). Where the device had let in whom we
    would not, it is a `conflict`; whom it had turned away is not in, and the scan is recorded as what they were told. A
    scan we had stored already may bring its `device_verdict` once, and is taken back where it had let in whom the device
    then turned away. `rehearsal` is what the device had told whoever stood at it; where it told nothing, what the
    checkpoint says of that moment.
    """
    made = min(scanned_at + dt.timedelta(seconds=clock_offset), now) if scanned_at else now
    scan = Scan(
        id=scan_id, checkpoint=checkpoint, code=clean_code(code), scanned_at=scanned_at or now, clock_offset=clock_offset,
        effective_at=made, received_at=now, tablet=tablet, scanned_by=by,
        scanned_by_name=by_name or (by.name if by else ""), method=method, device_verdict=device_verdict,
        rehearsal=checkpoint.is_rehearsing(now=made) if rehearsal is None else rehearsal,
    )  # fmt: skip
    for _attempt in range(_TRIES):
        try:
            return _decide_and_record(scan, code)
        except IntegrityError:
            if Scan.objects.filter(pk=scan_id).exists():
                return _replay(scan)  # a retry, whose first reply was lost
            if not Checkpoint.objects.filter(pk=checkpoint.pk).exists():
                raise no_such_checkpoint() from None
            # Else another tablet admitted this ticket, or handed this piece out, meanwhile; now it can be seen.
    raise RuntimeError("the database refused the scan again and again")


@transaction.atomic
def _decide_and_record(scan: Scan, code: str) -> CheckIn:
    checkpoint, now = scan.checkpoint, scan.effective_at
    scan.entry_key = checkpoint.entry_key(scan_id=scan.id, now=now)
    seat = lock_seat(checkpoint=checkpoint, code=code, entry_key=scan.entry_key)
    if seat and seat.admission_id == scan.pk:
        return _replay(scan)
    hand_out = None
    if seat and seat.hands_out and checkpoint.entry != Entry.UNLIMITED:
        seat, hand_out = _look_at_pieces(seat, scan)
    scan.attendee = seat.attendee if seat else None
    practised = practice_code(code) if scan.rehearsal and seat is None else None
    verdict = practised.verdict if practised else decide(seat, checkpoint, now=now, is_rehearsal=scan.rehearsal)
    # Else whoever was sent to the desk would be in, and be refused when they come back.
    scan.verdict = Verdict(scan.device_verdict or verdict) if verdict == Verdict.ADMITTED else verdict
    scan.conflict = _is_conflict(scan, device_verdict=scan.device_verdict)
    insert_scan(scan)
    if seat and scan.verdict == Verdict.ADMITTED and checkpoint.is_main and not scan.rehearsal:
        mark_checked_in(seat.attendee, now, now=scan.received_at)
    if hand_out and scan.verdict == Verdict.ADMITTED and not scan.rehearsal:
        hand_out = hand_out.with_one_more(scan.entry_key)
    is_there = seat.hands_out if seat else practised is not None and hands_out(checkpoint)
    return CheckIn(scan, scan.attendee, *_entries_before(scan), hand_out=hand_out, hands_out=is_there)


def _look_at_pieces(seat: Seat, scan: Scan) -> tuple[Seat, HandOut | None]:
    """One query, after the lock: what it waited for can be seen. Gives the scan the key of the piece it is about."""
    if seat.is_retired or seat.standing != OK:
        return seat, None
    now, pk = scan.effective_at, seat.attendee.pk
    hand_out = find_hand_outs(checkpoint=scan.checkpoint, seats=[pk], now=now)[pk]
    if not hand_out.bought:  # given back while we waited
        return replace(seat, standing=Verdict.WRONG_TICKET), None
    if hand_out.left:
        scan.entry_key = hand_out.next_key(day_of(scan.checkpoint, now=now))
    else:
        scan.entry_key = hand_out.used[-1]
    return replace(seat, is_used=not hand_out.left), hand_out


def _is_conflict(scan: Scan, *, device_verdict: str) -> bool:
    """The device let somebody in whom we do not: a person has to look at it."""
    return device_verdict == Verdict.ADMITTED != scan.verdict and not scan.rehearsal


def decide(seat: Seat | None, checkpoint: Checkpoint, *, now: dt.datetime, is_rehearsal: bool) -> Verdict:
    """Of several reasons against, the first in the order of the design; `admitted` when there is none. No queries: what
    speaks against the seat itself came with it (`standing`), and stands in the tablets' lists by the same words.
    """
    if seat is None:
        return Verdict.UNKNOWN
    reasons = (
        (seat.is_retired, Verdict.REPLACED),
        (seat.standing != OK, seat.standing),
        (not checkpoint.is_open(now=now), Verdict.NOT_OPEN),
        (seat.is_used and not is_rehearsal, Verdict.ALREADY_ADMITTED),
    )
    return Verdict(next((verdict for applies, verdict in reasons if applies), Verdict.ADMITTED))


def _entries_before(scan: Scan) -> tuple[Scan | None, Scan | None]:
    """The live admission in the way of `scan`, and the first entry: whoever was let in earliest, by us or by a tablet
    that could not ask. One query where the verdict is `already_admitted`, none else.
    """
    if scan.verdict != Verdict.ALREADY_ADMITTED or scan.attendee is None:
        return None, None
    same = Scan.objects.let_in().filter(
        checkpoint=scan.checkpoint, attendee=scan.attendee, entry_key=scan.entry_key
    ).exclude(pk=scan.pk)  # fmt: skip
    entries = list(same.select_related("checkpoint", "scanned_by", "tablet").order_by("effective_at", "received_at"))
    admission = next((entry for entry in entries if entry.verdict == Verdict.ADMITTED), None)
    return admission, entries[0] if admission else None


def _replay(scan: Scan) -> CheckIn:
    stored = Scan.objects.select_related("attendee__ticket_type", "attendee__order").filter(pk=scan.pk).first()
    if stored is None or (stored.checkpoint_id, stored.code) != (scan.checkpoint_id, scan.code):
        raise RegistrationError(
            "scan_id_reused", _("This scan was recorded before with another code. Scan the ticket again.")
        )
    stored.checkpoint = scan.checkpoint
    if scan.device_verdict and not stored.device_verdict:
        # It was sent to us first; the answer was lost, and the tablet decided by itself.
        stored.device_verdict = scan.device_verdict
        stored.conflict = _is_conflict(stored, device_verdict=scan.device_verdict)
        told = {"device_verdict": stored.device_verdict, "conflict": stored.conflict}
        if not Scan.objects.filter(pk=stored.pk, device_verdict="").update(**told):
            return _replay(scan)  # somebody else was first
        is_in = stored.verdict == Verdict.ADMITTED and stored.attendee_id and not stored.rehearsal
        if is_in and scan.device_verdict not in _IS_IN:
            _take_back(stored, told=_turned_away(stored), now=scan.received_at)
    hand_out = None
    if stored.attendee_id and is_of_a_piece(stored):
        pk, now = stored.attendee_id, stored.effective_at
        hand_out = find_hand_outs(checkpoint=scan.checkpoint, seats=[pk], now=now).get(pk)
    before, is_there = _entries_before(stored), hands_out(scan.checkpoint)
    return CheckIn(stored, stored.attendee, *before, hand_out=hand_out, hands_out=is_there, is_replay=True)


def _turned_away(scan: Scan) -> dict[str, Any]:
    """What an admission is taken back with of which the tablet did not hear in time."""
    return {"undone_by_name": scan.scanned_by_name, "undo_reason": _("Turned away: the answer did not arrive in time.")}


@transaction.atomic
def _take_back(scan: Scan, *, told: dict[str, Any], now: dt.datetime) -> bool:
    """Whether it was in still. Locks the attendee's row."""
    assert scan.attendee_id
    attendee = Attendee.objects.select_for_update().get(pk=scan.attendee_id)
    undone = Scan.objects.filter(pk=scan.pk, undone_at=None).update(undone_at=now, **told)
    _set_checked_in_at(attendee)
    scan.refresh_from_db(fields=["undone_at", *told])
    return bool(undone)


def can_undo(scan: Scan, *, by: User | None, tablet: Tablet | None, role: Role, now: dt.datetime) -> bool:
    """Desk and organisers may take back any admission; door staff their own, or those of their tablet, within DOOR_UNDO."""
    is_own = scan.scanned_by_id == by.pk if by else tablet is not None and scan.tablet_id == tablet.pk
    return role != Role.DOOR or (is_own and now - scan.received_at <= DOOR_UNDO)


@transaction.atomic
def undo_check_in(
    *,
    conference: Conference,
    scan_id: uuid.UUID,
    by: User | None,
    role: Role,
    reason: str,
    now: dt.datetime,
    tablet: Tablet | None = None,
    by_name: str = "",
) -> Scan:
    """Take an admission back: the scan stays, marked with who, when and why, and the ticket can be admitted again.

    Raises RegistrationError `unknown_scan`, `reason_missing`, `not_admitted`, `already_undone`, or `not_allowed` (door
    staff, for others' scans or after DOOR_UNDO). Told once more by the same with the same reason it is a retry, whose
    first answer was lost, and is answered as that was. Locks the attendee's row, and sets `checked_in_at` to the earliest
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
    if not can_undo(scan, by=by, tablet=tablet, role=role, now=now):
        raise RegistrationError(
            "not_allowed", _("Door staff can take back their own scans of the last 10 minutes. Ask the desk.")
        )
    told = {
        "undone_by": by,
        "undone_by_name": by_name or (by.name if by else ""),
        "undo_reason": reason.strip()[:200],
    }
    if not _take_back(scan, told=told, now=now) and not Scan.objects.filter(pk=scan.pk, **told).exists():
        raise RegistrationError("already_undone", _("This was taken back already."))
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
