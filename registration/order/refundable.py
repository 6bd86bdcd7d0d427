"""What can go back of an order: of each of its lines, and beyond them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_money import Total, total_of
from registration.order.ticket_lines import is_over


@dataclass(frozen=True)
class Refundable:
    """What can go back of an order: of each of its lines, and what was paid beyond what was sold."""

    lines: dict[OrderLine, Decimal]
    surplus: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.lines.values(), self.surplus)

    def of_seats(self, seats: Iterable[Attendee]) -> dict[OrderLine, Decimal]:
        keys = {seat.pk for seat in seats}
        return {line: left for line, left in self.lines.items() if line.attendee_id in keys}

    def of_ended(self) -> dict[OrderLine, Decimal]:
        """What is left of the prices of tickets that have ended. A query or more a line."""
        return {line: left for line, left in self.lines.items() if is_over(line)}


def refundable(order: Order) -> Refundable:
    """Three queries. Exact for who holds the order's lock."""
    paid = {payment.pk: payment.amount for payment in order.payments.all()}
    given = total_of(order.refunds.all())
    left = sum(paid.values(), NOTHING) - given
    lines = order.lines.live().annotate(given_back=Total("refunds__amount")).order_by("pk")
    is_sold = order.is_paid or order.status == OrderStatus.REPLACED
    prices: dict[OrderLine, Decimal] = {}
    if is_sold:
        prices = {line: line.amount - (line.given_back or NOTHING) for line in lines}
    kept = sum(prices.values(), NOTHING)
    # What came short of the prices cannot go back: only where lines were made dearer or money never came here.
    short = max(kept - left, NOTHING)
    due = kept if not order.is_pending else order.total
    return Refundable(_less(prices, short), max(left - due, NOTHING))


def _less(prices: dict[OrderLine, Decimal], short: Decimal) -> dict[OrderLine, Decimal]:
    left: dict[OrderLine, Decimal] = {}
    for line, price in prices.items():
        taken = min(price, short)
        short -= taken
        if price > taken:
            left[line] = price - taken
    return left
