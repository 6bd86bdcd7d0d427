"""What was paid for the ticket of a seat, in all the orders that it has had, and is still there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from registration.attendee.models import Attendee
from registration.order.models import OrderLine
from registration.order.refund import refundable
from registration.order.ticket_lines import ticket_line, ticket_lines

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class TicketValue:
    """By line, the newest first."""

    lines: dict[OrderLine, Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.lines.values(), _NOTHING)

    def last(self, amount: Decimal) -> dict[OrderLine, Decimal]:
        """Of which lines `amount` is given back: what was paid last goes back first."""
        parts: dict[OrderLine, Decimal] = {}
        for line, paid in self.lines.items():
            if part := min(paid, amount):
                parts[line] = part
                amount -= part
        return parts


def ticket_value(line: OrderLine) -> TicketValue:
    """Of the present line of a ticket and those before it. Four queries for each. Exact for who holds the locks of their
    orders.
    """
    return TicketValue({each: refundable(each.order).lines.get(each, _NOTHING) for each in ticket_lines(line)})


def seat_value(seat: Attendee) -> TicketValue:
    """As `ticket_value`, with the add-ons of the seat."""
    line = ticket_line(seat)
    orders = [each.order for each in ticket_lines(line)] if line else []
    return TicketValue({each: paid for order in orders for each, paid in refundable(order).of_seats([seat]).items()})
