"""What was paid for the ticket of a seat, in all the orders that it has had, and is still there."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING, rounded
from registration.order.models import OrderLine
from registration.order.refundable import refundable
from registration.order.ticket_lines import ticket_line, ticket_lines


@dataclass(frozen=True)
class TicketValue:
    """By line, the newest first. `fee` is that for cancelling, the highest of the tickets it has been, so that no change to
    another ticket lowers it. `bound_in` are the orders of tickets that it was changed from when their holder could not,
    or no longer, have cancelled them: no change makes their price money that goes back.
    """

    lines: dict[OrderLine, Decimal]
    fee: Decimal
    bound_in: Set[int]

    @property
    def total(self) -> Decimal:
        return sum(self.lines.values(), NOTHING)

    @property
    def bound(self) -> Decimal:
        return sum((paid for line, paid in self.lines.items() if line.order_id in self.bound_in), NOTHING)

    @property
    def kept(self) -> Decimal:
        """What stays with the conference when its holder gives the ticket back. What is bound is at the same time the fee."""
        return min(max(self.fee, self.bound), self.total)

    def of_tickets(self) -> TicketValue:
        """Without what was paid for add-ons."""
        return replace(self, lines={line: paid for line, paid in self.lines.items() if line.ticket_type_id})

    def last(self, amount: Decimal) -> dict[OrderLine, Decimal]:
        """Of which lines `amount` is given back: what was paid last goes back first."""
        parts: dict[OrderLine, Decimal] = {}
        for line, paid in self.lines.items():
            if part := min(paid, amount):
                parts[line] = part
                amount -= part
        return parts


def seat_value(seat: Attendee) -> TicketValue:
    """Of the seat's present ticket and those before it, with their add-ons; lines of which nothing is left are left out.
    Four queries for each order. Exact for who holds their locks.
    """
    line = ticket_line(seat)
    lines = ticket_lines(line) if line else []
    paid = {part: left for each in lines for part, left in refundable(each.order).of_seats([seat]).items()}
    return TicketValue(paid, rounded(_fee(lines), currency=seat.conference.currency), _bound_in(lines))


def _fee(lines: list[OrderLine]) -> Decimal:
    kinds = [line.ticket_type for line in lines if line.ticket_type]
    return max((kind.cancellation_fee for kind in kinds if kind.is_cancellable), default=NOTHING)


def _bound_in(lines: list[OrderLine]) -> Set[int]:
    """By the terms of today on the day of each change. All that was paid by then is the price of that ticket."""
    for index, (after, before) in enumerate(pairwise(lines), start=1):
        kind = before.ticket_type
        if kind and not kind.is_cancellable_on(kind.conference.local_date(after.order.created_at)):
            return {line.order_id for line in lines[index:]}
    return frozenset()
