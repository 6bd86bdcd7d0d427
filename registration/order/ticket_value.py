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
    """By line, the newest first. `fee` is what its holder leaves there when they give it back: the highest of the tickets
    it has been, so that no change to another ticket lowers it.
    """

    lines: dict[OrderLine, Decimal]
    fee: Decimal

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
    lines = ticket_lines(line)
    return TicketValue({each: refundable(each.order).lines.get(each, _NOTHING) for each in lines}, _fee(lines))


def seat_value(seat: Attendee) -> TicketValue:
    """As `ticket_value`, with the add-ons of the seat."""
    line = ticket_line(seat)
    lines = ticket_lines(line) if line else []
    paid = {part: left for each in lines for part, left in refundable(each.order).of_seats([seat]).items()}
    return TicketValue(paid, _fee(lines))


def _fee(lines: list[OrderLine]) -> Decimal:
    kinds = [line.ticket_type for line in lines if line.ticket_type]
    return max((kind.cancellation_fee for kind in kinds if kind.is_cancellable), default=_NOTHING)
