"""In which orders the money of a ticket is that was changed: each change was paid in an order of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from registration.attendee.models import Attendee
from registration.order.models import Order
from registration.order.refundable import Refundable
from registration.order.ticket_lines import changed_seats, is_of_present_ticket
from registration.order.ticket_value import seat_value


@dataclass(frozen=True)
class Elsewhere:
    """`amount` was paid for the ticket of `seat` and its add-ons, and `order` is where to look: see who returns it."""

    seat: Attendee
    order: Order
    amount: Decimal


def paid_elsewhere(order: Order, seats: Iterable[Attendee]) -> list[Elsewhere]:
    """Of the tickets of `seats`, what was paid in other orders than `order` and is still there, the newest first. One query,
    and some for each ticket that was changed.
    """
    return [
        elsewhere
        for seat in changed_seats(seats)
        for elsewhere in _by_order([(seat, line.order, paid) for line, paid in seat_value(seat).lines.items()])
        if elsewhere.order.pk != order.pk
    ]


def moved_on(possible: Refundable) -> list[Elsewhere]:
    """Of an order's money, what is the price of tickets that other orders have taken over; with those orders."""
    return _by_order(
        (line.attendee, line.attendee.order, paid)
        for line, paid in possible.lines.items()
        if line.attendee and line.attendee.order and line.attendee.order_id != line.order_id
        if is_of_present_ticket(line)
    )


def _by_order(parts: Iterable[tuple[Attendee, Order, Decimal]]) -> list[Elsewhere]:
    sums: dict[tuple[Attendee, Order], Decimal] = {}
    for seat, order, paid in parts:
        sums[seat, order] = sums.get((seat, order), Decimal(0)) + paid
    return [Elsewhere(seat, order, paid) for (seat, order), paid in sums.items()]


def ended_with_money(possible: Refundable) -> list[Attendee]:
    """Whose ticket of this order has ended, while some of what was paid for it is still there, by primary key."""
    seats = {line.attendee for line in possible.of_ended() if line.attendee}
    return sorted(seats, key=lambda seat: seat.pk)
