"""Sell one seat to somebody who stands at the desk. What is on sale online, and how many places there are, is no limit
there: whoever sells sees the person.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.catalogue.places import add_places
from registration.catalogue.prices import rounded, tax_in
from registration.errors import RegistrationError
from registration.order.choice import SeatRequest
from registration.order.completion import complete_order
from registration.order.history import Event
from registration.order.history import note as write_history
from registration.order.invoicing import lock_numbers
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_money import PaymentMethod
from registration.order.payment import record_payment
from registration.order.seating import fill_seats


@dataclass(frozen=True)
class Sale:
    """`is_beyond` when there was no place left, of the ticket or in all."""

    seat: Attendee
    is_beyond: bool


def sell_at_desk(
    *,
    conference: Conference,
    ticket_type: TicketType,
    name: str,
    email: str,
    method: PaymentMethod | None,
    note: str,
    request_id: uuid.UUID,
    by: User | None,
    by_name: str,
    now: dt.datetime,
) -> Sale:
    """One order of one seat, held by a placeholder who is its buyer, and paid in full; `method` is how, None for a ticket
    that is free. The mail with the ticket is queued where there is an address.

    `request_id` is the id of the order and of its payment: the same again is the sale it was. Raises RegistrationError
    `name_missing`, `payment_missing`, or `request_id_reused` when that sale was somebody else's. Call it in a transaction;
    an IntegrityError says that the same request is being answered elsewhere, and can be tried again.
    """
    assert connection.in_atomic_block
    name = " ".join(name.split())
    sold = Order.objects.filter(checkout_id=request_id).first()
    if sold:
        return Sale(_same_sale(sold, conference, ticket_type, name), is_beyond=_is_beyond(conference, ticket_type))
    if not name:
        raise RegistrationError("name_missing", _("Enter a name."))
    if ticket_type.price and method is None:
        raise RegistrationError("payment_missing", _("Say how it was paid."))
    holder = User.objects.create_placeholder(name=name)
    price = rounded(ticket_type.price, currency=conference.currency)
    order = Order(
        conference=conference, user=holder, checkout_id=request_id, subtotal=price, total=price, created_at=now,
        status=OrderStatus.PENDING if price else OrderStatus.PAID,
    )  # fmt: skip
    order.save(force_insert=True)
    if order.total:
        # Its invoice comes after its place, and others take these two the other way round.
        lock_numbers(conference)
    add_places(conference=conference, ticket_types=[ticket_type])
    (seat,) = fill_seats(order, [SeatRequest(ticket_type, name, email)], mine=0)
    OrderLine.objects.create(
        order=order, attendee=seat, ticket_type=ticket_type, text=ticket_type.name, price=price,
        tax_rate=ticket_type.tax_rate, tax=tax_in(price, rate=ticket_type.tax_rate, currency=order.currency),
    )  # fmt: skip
    write_history(order=order, event=Event.PLACED, by=by, now=now, by_name=by_name)
    if method and order.is_pending:
        record_payment(
            order=order, amount=order.total, method=method, note=note, by=by, by_name=by_name, now=now,
            request_id=request_id,
        )  # fmt: skip
    else:
        complete_order(order=order, seats=[seat], now=now)
    return Sale(seat, is_beyond=_is_beyond(conference, ticket_type))


def _same_sale(order: Order, conference: Conference, ticket_type: TicketType, name: str) -> Attendee:
    seat = order.attendees.first()
    if seat is None or (order.conference_id, seat.ticket_type_id, seat.name) != (conference.pk, ticket_type.pk, name):
        raise RegistrationError(
            "request_id_reused", _("This form was sent before, for somebody else. Search the name, or begin a new one.")
        )
    return seat


def _is_beyond(conference: Conference, ticket_type: TicketType) -> bool:
    """By the counters as they are now."""
    room = Conference.objects.filter(pk=conference.pk).values_list("places_taken", "total_capacity").get()
    kind = TicketType.objects.filter(pk=ticket_type.pk).values_list("taken", "total_quantity").get()
    return any(limit and taken > limit for taken, limit in (room, kind))
