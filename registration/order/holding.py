"""Hold the places of a choice for a while, so that nobody loses them while they fill in a form.

A held order has lines and no seats. `place_order` makes an order of it, `release_expired_holds` ends it; both lock its
row first, so it is either sold or free again. The order of the locks is that of `checkout`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.templatetags.lanyard import at, long_day
from registration.account.models import User
from registration.catalogue.models import TicketType, Voucher
from registration.catalogue.places import free_places
from registration.catalogue.reductions import Reductions, reductions_of
from registration.order.choice import Choice, SeatRequest
from registration.order.history import Event, note
from registration.order.models import Order, OrderLine, OrderQuerySet, OrderStatus
from registration.order.quote import quote_for
from registration.order.refusals import refuse_what_is_not_sold
from registration.order.release import release_lines, taken_by
from registration.order.seating import seat_of
from registration.order.writing import (
    lines_of,
    same_order,
    take_what_is_missing,
    write_lines,
    write_once,
    write_totals,
)

HOLD = dt.timedelta(minutes=15)
# How long a choice that ended is known, for whoever comes back to its form.
_REMEMBERED = dt.timedelta(days=1)


def _choices(wanted: Q, conference: Any) -> OrderQuerySet:
    return Order.objects.choices().filter(wanted, conference=conference, user=Given("user")).order_by("pk")


_SAME = Q(checkout_id=Given("checkout_id", models.UUIDField()))
_SAME_LOCKED = Prepared(lambda: _choices(_SAME, Given("conference")).select_for_update())
_MINE = _SAME | Q(status=OrderStatus.PENDING, is_offer=False)
_CHOICES_LOCKED = Prepared(lambda: _choices(_MINE, Given("conference")).select_for_update())
_BY_CHECKOUT = Prepared(lambda: Order.objects.filter(_SAME))
_HELD = Q(hold_expires_at__gt=Given("now", models.DateTimeField()))


def hold_order(
    *,
    conference: Conference,
    buyer: User,
    choice: Choice,
    checkout_id: uuid.UUID | None = None,
    now: dt.datetime,
    until: dt.datetime | None = None,
    reductions: Reductions | None = None,
) -> Order:
    """Take the places of `choice` for `buyer`, for `HOLD` from now on; `place_order` with the same `checkout_id` sells
    them at the prices of now. What the buyer held here before is given back in the same step: one choice at a time.
    Another choice under the same `checkout_id` keeps its clock. An order that was placed already is returned as it is.
    Without a `checkout_id` it is a new one. `reductions` are those of the conference and the choice's code, where they are
    at hand.

    With `until` it is an offer to somebody on the waiting list: it lasts until then, beside whatever else they hold, and
    takes the place that nobody else gets while they wait.

    Raises RegistrationError and writes nothing, as `place_order` does. Takes a transaction of its own, and in it locks
    what the buyer holds here, the conference's row and those of what is chosen.
    """
    assert choice.seats
    key = checkout_id or uuid.uuid4()
    is_new = checkout_id is None
    return write_once(
        key, lambda: _hold(conference, buyer, choice, key, now, until, is_new=is_new, reductions=reductions)
    )


def _hold(
    conference: Conference,
    buyer: User,
    choice: Choice,
    checkout_id: uuid.UUID,
    now: dt.datetime,
    until: dt.datetime | None,
    *,
    is_new: bool,
    reductions: Reductions | None,
) -> Order:
    choices = _CHOICES_LOCKED if until is None else _SAME_LOCKED
    known = choices.all(conference=conference.pk, user=buyer.pk, checkout_id=checkout_id)
    order = next((each for each in known if each.checkout_id == checkout_id), None)
    if order is None and not is_new and (other := _BY_CHECKOUT.first(checkout_id=checkout_id)):
        return same_order(other, conference=conference, buyer=buyer)
    if order is None or not order.is_held_at(now):
        order = order or Order(user=buyer, checkout_id=checkout_id)
        order.created_at, order.hold_expires_at, order.is_offer = now, until or now + HOLD, until is not None
    order.conference = conference
    reductions = reductions or reductions_of(conference, choice.voucher_code)
    # Only personal discounts ask whose seat is whose.
    seat = seat_of(conference=conference, user=buyer) if reductions.are_personal(now=order.created_at) else None
    given_up = _give_up([each for each in known if each != order and each.is_pending], now=now)
    own_lines = lines_of(order) if order.pk else []
    held = taken_by([*given_up, *own_lines])
    quote = quote_for(
        choice, conference=conference, buyer=buyer, own=None if seat and seat.is_live else 0, now=order.created_at,
        reductions=reductions, held=held.vouchers,
    )  # fmt: skip
    refuse_what_is_not_sold(choice, conference=conference, voucher=quote.voucher, now=order.created_at)
    order.status = OrderStatus.PENDING
    write_totals(order, quote)
    order.save()
    write_lines(order, quote, seats=[None] * len(choice.seats), known=own_lines)
    take_what_is_missing(order, choice, quote=quote, held=held, buyer=buyer, past_queue=until is not None)
    return order


def _give_up(orders: list[Order], *, now: dt.datetime) -> list[OrderLine]:
    """End choices whose places go to another of the same buyer. Their lines, as they were."""
    lines = [line for order in orders for line in lines_of(order)]
    if orders:
        OrderLine.objects.filter(order__in=orders).holding().update(released_at=now)
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(status=OrderStatus.EXPIRED, updated_at=now)
    return lines


def lapsed_offer(*, conference: Conference, buyer: User, tickets: Sequence[TicketType], now: dt.datetime) -> str:
    """In words, where `buyer` let an offer of the waiting list for one of `tickets` pass; empty where they did not, or it was
    long ago. One query.
    """
    offers = Order.objects.choices().filter(conference=conference, user=buyer, is_offer=True, hold_expires_at__lte=now)
    over = offers.filter(lines__ticket_type__in=tickets).order_by("-pk").first()
    return offer_is_over(over.hold_expires_at, conference) if over and over.hold_expires_at else ""


def offer_is_over(until: dt.datetime, conference: Conference) -> str:
    local = at(until, conference) or until
    words = {"until": f"{long_day(local)}, {local:%H:%M}"}
    return (
        _("The place from the waiting list was kept for you until %(until)s; since then it has gone to others.") % words
    )


def held_lines(conference: Any) -> models.QuerySet[OrderLine]:
    """Of what a `user` to be given holds `now`, as `held_of` takes them. `conference` is an expression for its key."""
    orders = _choices(_HELD, conference).pending().order_by().values("pk")
    lines = OrderLine.objects.filter(order__in=orders).order_by("-order", "pk")
    return lines.select_related("order", "ticket_type", "add_on", "voucher")


@dataclass(frozen=True)
class Held:
    """A choice, the order that holds it, and how many uses of its voucher are held with it."""

    order: Order
    choice: Choice
    vouchers: Counter[Voucher]


def held_of(lines: Iterable[OrderLine]) -> list[Held]:
    """What is held by the lines, as it was chosen, the newest first: one choice, and what they are offered beside it."""
    return [_chosen(list(of_order)) for _pk, of_order in groupby(lines, key=lambda line: line.order_id)]


def _chosen(lines: Sequence[OrderLine]) -> Held:
    seats: list[SeatRequest] = []
    code = ""
    for line in lines:
        code = code or (str(line.voucher) if line.voucher else "")
        if line.ticket_type:
            seats.append(SeatRequest(line.ticket_type, add_ons={}))
        elif line.add_on:
            seats[-1] = replace(seats[-1], add_ons={**seats[-1].add_ons, line.add_on: line.quantity})
    return Held(lines[0].order, Choice(tuple(seats), code), taken_by(lines).vouchers)


def release_expired_holds(*, now: dt.datetime) -> int:
    """Free the places of choices whose time is over, each in a transaction of its own; those that somebody is at, since
    they are being placed, are left to them. Returns how many. Forgets those that ended long ago.
    """
    over = list(Order.objects.choices().hold_over(now=now).values_list("pk", flat=True))
    ended = sum(_release_one(pk, now=now) for pk in over)
    ended_long_ago = Order.objects.choices().filter(
        status=OrderStatus.EXPIRED, hold_expires_at__lt=now - _REMEMBERED, payments=None
    )
    # Not `replaces=None`, for which SQLite takes the index of `replaces`, and reads nearly every order.
    ended_long_ago.exclude(replaces__isnull=False).delete()
    return ended


@transaction.atomic
def _release_one(pk: int, *, now: dt.datetime) -> bool:
    order = (
        Order.objects.select_for_update(skip_locked=True, of=["self"])
        .select_related("conference")
        .choices()
        .hold_over(now=now)
        .filter(pk=pk)
        .first()
    )
    if order is not None:
        _end(order, now)
    return order is not None


def _end(order: Order, now: dt.datetime) -> None:
    released = release_lines(order.lines.all(), now=now)
    order.status = OrderStatus.EXPIRED
    order.save(update_fields=["status", "updated_at"])
    note(order=order, event=Event.EXPIRED, by=None, now=now)
    free_places(
        conference=order.conference,
        ticket_types=list(released.held),
        add_ons=released.add_ons,
        vouchers=released.vouchers,
    )
