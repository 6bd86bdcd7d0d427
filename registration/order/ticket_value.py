"""What was paid for the ticket of a seat, in all the orders that it has had, and is still there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from registration.order.models import OrderLine
from registration.order.refund import refundable

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
    lines: dict[OrderLine, Decimal] = {}
    each: OrderLine | None = line
    while each is not None:
        lines[each] = refundable(each.order).lines.get(each, _NOTHING)
        each = each.replaces_line
    return TicketValue(lines)
