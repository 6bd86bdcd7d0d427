"""Sell seats: one order, its places, its seats and its lines, in one transaction, once.

The order of the locks is the same for whoever holds, sells, cancels or takes money: the seats' rows, then the order,
then the places (conference, ticket types, add-ons, voucher). The order itself is looked for and written first, so that a
form sent twice meets its `checkout_id` before it takes a second place.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.catalogue.reductions import Reductions
from registration.errors import RegistrationError
from registration.order.choice import Choice, SeatRequest
from registration.order.completion import ask_for_payment, complete_order, tell_buyer
from registration.order.due import due_at
from registration.order.history import Event, note
from registration.order.holding import offer_is_over
from registration.order.models import Approval, Order, OrderLine, OrderStatus
from registration.order.quote import Quote, quote_for
from registration.order.refusals import refuse_what_is_not_sold
from registration.order.release import Released, taken_by
from registration.order.seating import fill_seats, own_request, seat_of
from registration.order.writing import (
    lines_of,
    same_order,
    take_what_is_missing,
    write_lines,
    write_once,
    write_totals,
)

_ORDER_LOCKED = Prepared(
    lambda: Order.objects.select_for_update().filter(checkout_id=Given("checkout_id", models.UUIDField()))
)


def place_order(
    *,
    conference: Conference,
    buyer: User,
    seats: list[SeatRequest],
    checkout_id: uuid.UUID,
    now: dt.datetime,
    voucher_code: str = "",
    expected_total: Decimal | None = None,
    reductions: Reductions | None = None,
) -> Order:
    """Sell `seats` to `buyer` at the prices of the catalogue and the buyer's terms. What is free is completed at once,
    the rest waits for its payment, or for approval where a ticket asks for it; each mail is queued here. `expected_total` is
    what the buyer was told; `reductions` are those of the conference and the code, where they are at hand.

    The same `checkout_id` again gives the same order and changes nothing. Where it names a choice that is held, the
    places are those, and the prices and windows those of when it was held; where the hold is over, the places are taken
    again if they are still there. The seat with the buyer's own address is the buyer's, unless they hold one here
    already; every other seat is a guest's and held by a placeholder. A seat that the buyer had and that was cancelled
    is used again and keeps its code.

    Raises RegistrationError and writes nothing: `registration_not_open`, `registration_closed`, `not_on_sale`,
    `sold_out`, `hold_expired` (sold out since), `limit_per_user`, `limit_per_seat`, `add_on_not_with_ticket`,
    `too_many_seats`, `voucher_unknown`, `voucher_not_valid`, `voucher_used_up`, `price_changed`, `already_registered`,
    `checkout_id_reused`. Takes a transaction of its own, and in it locks the buyer's own seat, the order, the
    conference's row and those of what is sold.
    """
    assert seats
    choice = Choice(tuple(seats), voucher_code)
    return write_once(
        checkout_id, lambda: _place(conference, buyer, choice, checkout_id, expected_total, now, reductions)
    )


def _place(
    conference: Conference,
    buyer: User,
    choice: Choice,
    checkout_id: uuid.UUID,
    expected_total: Decimal | None,
    now: dt.datetime,
    reductions: Reductions | None,
) -> Order:
    own = seat_of(conference=conference, user=buyer, locked=True)
    order, lines = _lock_choice(checkout_id)
    if order and (order.user_id != buyer.pk or order.conference_id != conference.pk or not _is_choice(order, lines)):
        return same_order(order, conference=conference, buyer=buyer)
    as_of = order.created_at if order and order.is_held_at(now) else now
    mine = own_request(choice.seats, buyer=buyer, own=own)
    held = taken_by(lines)
    quote = quote_for(
        choice, conference=conference, buyer=buyer, own=mine, now=as_of, reductions=reductions, held=held.vouchers
    )
    refuse_what_is_not_sold(choice, conference=conference, voucher=quote.voucher, now=as_of)
    # Until when it was held, where that is over.
    expired_at = order.hold_expires_at if order and not order.is_pending else None
    order = order or Order(checkout_id=checkout_id)
    order.conference, order.user = conference, buyer
    write_totals(order, quote)
    if any(ticket_type.needs_approval for ticket_type in choice.ticket_types):
        order.approval = Approval.ASKED
    order.status = OrderStatus.PENDING if order.total or order.approval else OrderStatus.PAID
    order.created_at, order.hold_expires_at = now, None
    order.due_at = due_at(conference, now=now) if order.total and not order.approval else None
    order.save()
    if expected_total not in {None, quote.totals.total}:
        # What could not be held is not in the price that was told; so first whether there is enough of everything.
        _take(order, choice, quote, held, expired_at=expired_at)
        raise _another_price(quote.totals.total, conference.currency)
    made = fill_seats(order, choice.seats, mine=mine, own=own)
    written = write_lines(order, quote, seats=made, known=lines)
    note(order=order, event=Event.PLACED, by=buyer, now=now, seats=len(made), total=str(order.total))
    if order.is_waiting_for_approval:
        tell_buyer(order, template="order_to_approve")
    elif order.is_pending:
        ask_for_payment(order=order, lines=written)
    else:
        complete_order(order=order, seats=made, now=now)
    # Last, since everybody who buys waits for these rows until whoever took a place has committed.
    _take(order, choice, quote, held, expired_at=expired_at)
    return order


def _take(order: Order, choice: Choice, quote: Quote, held: Released, *, expired_at: dt.datetime | None) -> None:
    try:
        take_what_is_missing(order, choice, quote=quote, held=held, buyer=order.user)
    except RegistrationError as refusal:
        if expired_at and refusal.code in {"sold_out", "voucher_used_up"}:
            raise _hold_expired(refusal, order, expired_at) from refusal
        raise


def _lock_choice(checkout_id: uuid.UUID) -> tuple[Order | None, list[OrderLine]]:
    order = _ORDER_LOCKED.first(checkout_id=checkout_id)
    return order, lines_of(order) if order and order.hold_expires_at else []


def _is_choice(order: Order, lines: list[OrderLine]) -> bool:
    """As `OrderQuerySet.choices`, of an order that is locked."""
    is_unplaced = order.hold_expires_at is not None and order.status in {OrderStatus.PENDING, OrderStatus.EXPIRED}
    return is_unplaced and not any(line.attendee_id for line in lines)


def _another_price(total: Decimal, currency: str) -> RegistrationError:
    message = _(
        "The order costs %(price)s, which is not what the form says. Nothing was booked. If that is right, send it again."
    )
    return RegistrationError("price_changed", message % {"price": money(total, currency)})


def _hold_expired(refusal: RegistrationError, order: Order, until: dt.datetime) -> RegistrationError:
    held = _("Your places were held for 15 minutes; since then they have gone to others.")
    if order.is_offer:
        held = offer_is_over(until, order.conference)
    nothing = _("Nothing was booked.")
    return RegistrationError("hold_expired", f"{held} {refusal.message} {nothing}")
