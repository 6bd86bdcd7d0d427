"""Who belongs together at the door: the seats of one order. One tap admits the others, each by a scan of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from registration.account.models import User
from registration.checkin.admission import CheckIn, check_in, decide
from registration.checkin.lookup import seats_of_order
from registration.checkin.models import Checkpoint, Entry, Method, Scan, Tablet, Verdict
from registration.errors import RegistrationError

# A family or a team stands at the door together, a company with fifty tickets does not.
MOST = 20


@dataclass(frozen=True)
class Member:
    """A seat that a scan now would admit."""

    code: str
    name: str
    # For the form without JavaScript; the tablet makes its own.
    scan_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Group:
    """`inside` of them are in at this checkpoint, the one just scanned included; `others` could be admitted with them."""

    inside: int
    others: tuple[Member, ...]

    @property
    def total(self) -> int:
        return self.inside + len(self.others)


@dataclass(frozen=True)
class Told:
    """What one of a group was answered: an answer, or why the scan itself was refused."""

    scan_id: uuid.UUID
    answer: CheckIn | None
    refusal: RegistrationError | None = None


def group_of(scan: Scan, *, order: int | None) -> Group | None:
    """The others of the order of who was just scanned, or None when there is nobody to admit with them. One query, none
    for a seat without an order and where people come as often as they like.
    """
    checkpoint = scan.checkpoint
    if order is None or checkpoint.entry == Entry.UNLIMITED:
        return None
    seats = seats_of_order(checkpoint=checkpoint, order=order, entry_key=scan.entry_key, most=MOST + 1)
    if len(seats) > MOST:
        return None
    verdicts = {
        seat.attendee.pk: decide(seat, checkpoint, now=scan.effective_at, is_rehearsal=scan.rehearsal) for seat in seats
    }
    # In a rehearsal nobody counts as in; who was just scanned stands here all the same.
    others = [
        seat.attendee
        for seat in seats
        if verdicts[seat.attendee.pk] == Verdict.ADMITTED and seat.attendee.pk != scan.attendee_id
    ]
    already = sum(verdict == Verdict.ALREADY_ADMITTED for pk, verdict in verdicts.items() if pk != scan.attendee_id)
    members = tuple(Member(seat.access_code, seat.name) for seat in others)
    return Group(1 + already, members) if members else None


def admit_group(
    *,
    checkpoint: Checkpoint,
    scans: Sequence[tuple[str, uuid.UUID]],
    by: User | None,
    now: dt.datetime,
    tablet: Tablet | None = None,
    by_name: str = "",
) -> list[Told]:
    """Scan each `(code, scan_id)` by itself, as `check_in` does, in a transaction of its own: one that is refused keeps
    nobody else out, and the same scans again answer the same.
    """
    told = []
    for code, scan_id in scans:
        try:
            answer = check_in(
                checkpoint=checkpoint, code=code, scan_id=scan_id, by=by, now=now, tablet=tablet, by_name=by_name,
                method=Method.GROUP,
            )  # fmt: skip
        except RegistrationError as refusal:
            told.append(Told(scan_id, None, refusal))
        else:
            told.append(Told(scan_id, answer))
    return told
