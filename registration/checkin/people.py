"""Search at the door, and how many are in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from conferences.access import Standing
from conferences.models import Conference, Role
from conferences.templatetags.lanyard import money
from registration.attendee.models import Attendee
from registration.attendee.search import count_letters, names_first
from registration.checkin.hand_outs import HandOut, count_handed, find_hand_outs
from registration.checkin.models import Checkpoint, Entry, Scan, Verdict
from registration.checkin.sentences import day_and_time, name_of
from registration.checkin.signs import sign_of
from registration.order.payment import paid_amounts

HITS = 20
# Door staff look somebody up; they cannot leaf through everybody.
SHORTEST = {Role.DOOR: 3, Role.DESK: 2, Role.ORGANISER: 2}


@dataclass(frozen=True)
class Hit:
    code: str
    name: str
    ticket: str
    tone: str
    icon: str
    state: str
    # For the button without JavaScript.
    scan_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Hits:
    query: str
    shortest: int
    hits: tuple[Hit, ...] = ()
    has_more: bool = False
    is_too_short: bool = False


@dataclass(frozen=True)
class HeadCount:
    inside: int
    expected: int
    # Of pieces that are handed out, not of people.
    is_of_pieces: bool = False


def search(*, access: Standing, checkpoint: Checkpoint, query: str, now: dt.datetime) -> Hits:
    """Who `query` may mean, each with the state this checkpoint would see. Four queries, one more where
    somebody has to pay.
    """
    shortest = SHORTEST[access.role]
    query = query[:100]
    if count_letters(query) < shortest:
        return Hits(query, shortest, is_too_short=True)
    found = names_first(Attendee.objects.filter(conference=access.conference), query, emails=access.is_desk)
    seats = list(found.select_related("ticket_type", "order")[: HITS + 1])
    admitted = _admitted_at(checkpoint, [seat.pk for seat in seats], now=now)
    pieces = find_hand_outs(checkpoint=checkpoint, seats=[seat.pk for seat in seats], now=now)
    paid = paid_amounts(seat.order for seat in seats)
    hits = []
    for seat in seats[:HITS]:
        tone, icon, state = _state(seat, checkpoint, admitted.get(seat.pk), pieces.get(seat.pk), paid, now=now)
        name = seat.name or (access.is_desk and seat.email) or name_of(seat)
        ticket = seat.ticket_type.name if seat.ticket_type else ""
        hits.append(Hit(seat.access_code, name, ticket, tone, icon, state))
    return Hits(query, shortest, tuple(hits), has_more=len(seats) > HITS)


def head_count(conference: Conference) -> HeadCount:
    """Of those whom the door waits for, how many are in. One query that counts every row: not for every scan."""
    counted = (
        Attendee.objects.filter(conference=conference)
        .expected()
        .aggregate(inside=Count("pk", filter=Q(checked_in_at__isnull=False)), expected=Count("pk"))
    )
    return HeadCount(**counted)


def count_at(checkpoint: Checkpoint, *, now: dt.datetime) -> HeadCount:
    """What the head of the page says there: pieces handed out of those bought, or as `head_count`. Two queries at most."""
    is_counted = checkpoint.entry != Entry.UNLIMITED
    if is_counted and (handed := count_handed(checkpoint=checkpoint, now=now)):
        return HeadCount(handed.used, handed.bought, is_of_pieces=True)
    return head_count(checkpoint.conference)


def _admitted_at(checkpoint: Checkpoint, seats: list[int], *, now: dt.datetime) -> dict[int, dt.datetime]:
    """When each of `seats` was let in here: today where it is once a day, never where it is unlimited."""
    if checkpoint.entry == Entry.UNLIMITED:
        return {}
    key = checkpoint.conference.local_date(now).isoformat() if checkpoint.entry == Entry.DAILY else ""
    live = Scan.objects.live_admissions().filter(checkpoint=checkpoint, attendee__in=seats, entry_key=key)
    return dict(live.values_list("attendee_id", "effective_at"))


def _state(
    seat: Attendee,
    checkpoint: Checkpoint,
    admitted_at: dt.datetime | None,
    pieces: HandOut | None,
    paid: Mapping[int, Decimal],
    *,
    now: dt.datetime,
) -> tuple[str, str, str]:
    """What stands out most about the seat, as people say it."""
    if not seat.is_live:
        return "bad", "octagon-x", seat.get_state_display()
    if seat.blocked_reason:
        return "bad", "octagon-x", _("Blocked")
    if admitted_at:
        return "ok", "circle-check", _("In since %(time)s") % {"time": day_and_time(admitted_at, checkpoint, now)}
    order = seat.order
    if order and order.is_to_be_paid:
        owed = money(order.total - paid.get(order.pk, Decimal(0)), order.currency)
        return "warn", "hand-coins", _("%(amount)s owed") % {"amount": owed}
    if not seat.completed_registration:
        sign = sign_of(Verdict.INCOMPLETE)
        return sign.tone, sign.icon, _("Incomplete")
    if pieces:
        return _pieces_state(pieces, checkpoint)
    return "", "ticket", _("Not in yet")


def _pieces_state(pieces: HandOut, checkpoint: Checkpoint) -> tuple[str, str, str]:
    if not pieces.bought:
        return "bad", "ticket-x", _("Not bought")
    if checkpoint.entry == Entry.UNLIMITED:
        return "", "package-check", _("As many as they like")
    counts = {"used": len(pieces.used), "bought": pieces.bought}
    return "" if pieces.left else "ok", "package-check", _("%(used)s of %(bought)s used") % counts
