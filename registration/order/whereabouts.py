"""In which orders the money of a ticket is that was changed: each change was paid in an order of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from registration.attendee.models import Attendee
from registration.order.models import Order
from registration.order.refund import Refundable
from registration.order.ticket_lines import is_of_present_ticket, ticket_line
from registration.order.ticket_value import ticket_value


@dataclass(frozen=True)
class Elsewhere:
    """`amount` was paid for the ticket of `seat`, and `order` is where to look: see who returns it."""

    seat: Attendee
    order: Order
    amount: Decimal


def paid_before(order: Order, seats: Iterable[Attendee]) -> list[Elsewhere]:
    """Of the tickets of `seats`, which are on `order` now, what was paid in orders before it and is still there. Some
    queries a seat.
    """
    lines = (line for seat in seats if (line := ticket_line(seat)) and line.replaces_line_id)
    return [
        Elsewhere(now.attendee, line.order, amount)
        for now in lines
        for line, amount in ticket_value(now).lines.items()
        if now.attendee and amount and line.order_id != order.pk
    ]


def moved_on(possible: Refundable) -> list[Elsewhere]:
    """Of an order's money, what is the price of tickets that other orders have taken over; with those orders."""
    return [
        Elsewhere(line.attendee, line.attendee.order, amount)
        for line, amount in possible.lines.items()
        if line.ticket_type_id and line.attendee and line.attendee.order and line.attendee.order_id != line.order_id
        if is_of_present_ticket(line)
    ]


def ended_with_money(possible: Refundable) -> list[Attendee]:
    """Whose ticket of this order has ended, while some of what was paid for it is still there, by primary key."""
    seats = {line.attendee for line in possible.of_ended() if line.attendee}
    return sorted(seats, key=lambda seat: seat.pk)
