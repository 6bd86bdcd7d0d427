"""An order as people read it, buyer and staff alike: its lines with their seats, what was paid and what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment, Refund


@dataclass(frozen=True)
class Row:
    """One line. `seat` is the seat it paid for, while that still belongs to this order."""

    line: OrderLine
    seat: Attendee | None

    def is_of_changed_ticket(self) -> bool:
        """Its seat has another ticket by now, from another order."""
        has_left = (
            self.line.ticket_type_id and self.line.attendee_id and self.seat is None and not self.line.cancelled_at
        )
        return bool(has_left) and (self.line.order.is_paid or self.line.order.status == OrderStatus.REPLACED)


@dataclass(frozen=True)
class OrderSummary:
    order: Order
    rows: list[Row]
    payments: list[Payment]
    refunds: list[Refund]
    invoices: list[Invoice]

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), NOTHING)

    @property
    def taxes(self) -> list[tuple[Decimal, Decimal]]:
        """What of the total is tax, by rate; nothing at the rate of 0."""
        sums: dict[Decimal, Decimal] = {}
        for row in self.rows:
            if row.line.tax and row.line.cancelled_at is None:
                sums[row.line.tax_rate] = sums.get(row.line.tax_rate, NOTHING) + row.line.tax
        return sorted(sums.items())

    @property
    def given_back(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), NOTHING)

    @property
    def credited(self) -> Decimal:
        """What of the prices was given back; the rest of what was given back had been paid too much."""
        return sum((part.amount for refund in self.refunds for part in refund.lines.all()), NOTHING)

    @property
    def owed(self) -> Decimal:
        return self.missing if self.order.is_pending else NOTHING

    @property
    def overpaid(self) -> Decimal:
        """What came in beyond the total, or for an order that is no longer sold, and did not go back yet."""
        is_sold = self.order.is_pending or self.order.is_paid or self.order.status == OrderStatus.REPLACED
        due = self.order.total - self.credited if is_sold else NOTHING
        return max(self.paid - self.given_back - due, NOTHING)

    @property
    def missing(self) -> Decimal:
        """What would make up its total, whatever became of it."""
        return max(self.order.total - self.paid + self.given_back, NOTHING)

    @property
    def can_take_places_again(self) -> bool:
        """It was paid when it had expired and its places were gone. See also `late.take_places_again`."""
        return self.order.status == OrderStatus.EXPIRED and self.order.total > 0 and not self.missing

    @property
    def is_paid_by_credit_alone(self) -> bool:
        """As far as it is paid. See also `due.expire_order`."""
        return bool(self.payments) and all(payment.credit_id for payment in self.payments)

    @property
    def is_kept_by_money(self) -> bool:
        """Something was paid otherwise, so it does not end by itself. See also `due.expire_order`."""
        return any(payment.credit_id is None for payment in self.payments)

    @property
    def can_be_given_up(self) -> bool:
        """By its buyer. See also `cancellation.give_up_order`."""
        is_anybody_in = any(seat.checked_in_at for seat in self.live_seats)
        return self.order.is_pending and not self.is_kept_by_money and not is_anybody_in

    @property
    def can_refund(self) -> bool:
        return self.paid > self.given_back

    @property
    def live_seats(self) -> list[Attendee]:
        return [row.seat for row in self.rows if row.seat and row.line.ticket_type_id and row.seat.is_live]

    @property
    def is_exchange(self) -> bool:
        """Whether it waits to change the ticket of somebody who has one."""
        return self.order.is_pending and self.order.replaces_id is not None

    @property
    def has_guests(self) -> bool:
        """Whether somebody other than the buyer comes on it, for whom the buyer cares."""
        return any(seat.user_id != self.order.user_id and not seat.given_away_at for seat in self.live_seats)


def summary_of(order: Order) -> OrderSummary:
    """Four queries, six with refunds, however many lines."""
    lines = order.lines.select_related("attendee__ticket_type", "attendee__user").order_by("pk")
    rows = [
        Row(line, line.attendee if line.attendee and line.attendee.order_id == order.pk else None) for line in lines
    ]
    payments = order.payments.select_related("recorded_by").order_by("pk")
    refunds = order.refunds.select_related("payment").prefetch_related("lines", "payouts").order_by("pk")
    return OrderSummary(order, rows, list(payments), list(refunds), list(order.invoices.order_by("pk")))
