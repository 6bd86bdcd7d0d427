"""Whatever tickets of whatever rates are changed, paid, expired, given back in part or whole: the books agree after each
step, to the cent, by rate.
"""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.attendee.models import Attendee
from registration.catalogue.prices import tax_in
from registration.changes.own_cancellation import cancel_own_ticket
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.due import expire_order
from registration.order.exchange import exchange_ticket
from registration.order.ledger import check_ledger
from registration.order.models import Order, OrderLine
from registration.order.models_invoice import Invoice
from registration.order.payment import paid_so_far, receive_payment
from registration.order.refund import refund_order
from registration.order.refundable import refundable
from registration.order.ticket_value import seat_value
from tests import factories
from tests.registration.order.books import SENDER, invoiced_by_rate
from tests.registration.order.exchanges import NOW

pytestmark = pytest.mark.django_db

D = Decimal
RATES = ["0", "5.50", "7", "19", "21"]
# What people may meet on the way; then nothing is to have changed.
REFUSED = {
    "being_changed", "not_live", "not_finished", "no_refund", "more_than_paid", "amount_not_positive", "not_yours",
    "group_unpaid", "not_cancellable",
}  # fmt: skip

cents = st.one_of(st.just(0), st.integers(1, 30_000)).map(lambda number: D(number) / 100)
# With the fee for cancelling it, None where it cannot be.
kinds_sold = st.lists(st.tuples(cents, st.sampled_from(RATES), st.sampled_from([None, 0, 10])), min_size=3, max_size=3)
which, share = st.integers(0, 1), st.sampled_from([1, 2, 3])
steps_taken = st.lists(
    st.one_of(
        st.tuples(st.just("change"), which, st.integers(1, 2), st.sampled_from(["", "staff", "waived"])),
        st.tuples(st.just("pay"), share),
        st.tuples(st.just("refund"), st.integers(0, 3), share, st.booleans()),
        st.tuples(st.sampled_from(["expire", "cancel", "cancel_own"]), which),
    ),
    max_size=9,
)


class Sale:
    """Two tickets of one order, one of them with dinner, and what becomes of them."""

    def __init__(self, kinds):
        self.conference = factories.conference(
            invoice_sender=SENDER, start_date=dt.date(2999, 1, 1), end_date=dt.date(2999, 1, 2), days_to_pay=7
        )  # fmt: skip
        self.kinds = [
            factories.ticket_type(
                conference=self.conference, name=f"Kind {number}", price=price, tax_rate=D(rate),
                is_cancellable=fee is not None, cancellation_fee=D(fee or 0),
            )
            for number, (price, rate, fee) in enumerate(kinds)
        ]  # fmt: skip
        dinner = factories.add_on(conference=self.conference, price=D("33.33"), tax_rate=D("12"))
        self.buyer = factories.user()
        requests = [
            SeatRequest(self.kinds[0], self.buyer.name, self.buyer.email, add_ons={dinner: 1}),
            SeatRequest(self.kinds[0], "Guest", ""),
        ]
        place_order(conference=self.conference, buyer=self.buyer, seats=requests, checkout_id=uuid.uuid4(), now=NOW)
        self.pay(1)
        self.seats = list(Attendee.objects.order_by("pk"))

    def take(self, step, *args):
        getattr(self, step)(*args)

    def seat(self, number):
        return Attendee.objects.select_related("conference", "ticket_type", "order__user").get(pk=self.seats[number].pk)

    def change(self, number, further, how):
        seat = self.seat(number)
        kind = self.kinds[(self.kinds.index(seat.ticket_type) + further) % 3]
        exchange_ticket(
            attendee=seat, ticket_type=kind, by=self.buyer, now=NOW, request_id=uuid.uuid4(),
            is_staff=bool(how), is_waived=how == "waived",
        )  # fmt: skip

    def pay(self, share):
        """What is waiting for it, or a part."""
        for order in Order.objects.pending().order_by("pk"):
            amount = ((order.total - paid_so_far(order)) / share).quantize(D("0.01"))
            if amount:
                receive_payment(
                    order=order, amount=amount, method="cash", note="", by=None, now=NOW, request_id=uuid.uuid4()
                )  # fmt: skip

    def expire(self, _number):
        for order in Order.objects.pending():
            expire_order(order=order, over=order.due_at, now=order.due_at)

    def refund(self, number, share, ends):
        orders = list(Order.objects.order_by("pk"))
        order = orders[number % len(orders)]
        seats = list(Attendee.objects.live().filter(order=order)[:1]) if ends else []
        possible = refundable(order)
        amount = sum(possible.of_seats(seats).values(), D(0)) if seats else possible.total / share
        refund_order(
            order=order, amount=amount.quantize(D("0.01")), seats=seats, reason="Ill", by=None, now=NOW, request_id=uuid.uuid4()
        )  # fmt: skip

    def cancel(self, number):
        cancel_seat(attendee=self.seat(number), reason="Ill", by=None, now=NOW)

    def cancel_own(self, number):
        cancel_own_ticket(attendee=self.seat(number), by=self.buyer, now=NOW, request_id=uuid.uuid4())

    def wrong(self):
        return [
            *(mistake.message for mistake in check_ledger(conference=self.conference)),
            *self._wrong_sums(),
            *self._wrong_rates(),
        ]

    def _wrong_sums(self):
        sold = {}
        invoiced = Invoice.objects.values("order")
        for line in OrderLine.objects.live().filter(order__in=invoiced).annotate(back=Sum("refunds__amount")):
            left = line.amount - (line.back or 0) if line.order.status not in {"expired", "cancelled"} else D(0)
            gross, tax = sold.get(line.tax_rate, (D(0), D(0)))
            sold[line.tax_rate] = gross + left, tax + tax_in(left, rate=line.tax_rate, currency="EUR")
        on_paper = invoiced_by_rate(self.conference)
        for rate in {*sold, *on_paper}:
            if sold.get(rate, (0, 0)) != on_paper.get(rate, (0, 0)):
                yield f"at {rate} % {on_paper.get(rate)} on paper, {sold.get(rate)} sold"

    def _wrong_rates(self):
        """What is left of the price of a ticket is taxed as the ticket that somebody has for it."""
        for seat in Attendee.objects.live().filter(ticket_type__price__gt=0).select_related("ticket_type"):
            for line in seat_value(seat).of_tickets().lines:
                if line.tax_rate != seat.ticket_type.tax_rate:
                    yield f"{line} at {line.tax_rate} % is of a ticket at {seat.ticket_type.tax_rate} %"
        for line in OrderLine.objects.all():
            if line.tax != tax_in(line.amount, rate=line.tax_rate, currency="EUR"):
                yield f"{line.tax} of tax in {line.amount} at {line.tax_rate} %"


@pytest.mark.both_databases
def test_books_agree_after_each_step_of_one_sale():
    _agree_after_each(
        kinds=[(D("49.99"), "7", 0), (D("120.01"), "19", 10), (D("0.00"), "19", 0)],
        steps=[
            ("change", 0, 1, ""), ("pay", 2), ("pay", 1), ("refund", 0, 3, False), ("change", 0, 2, ""), ("change", 1, 1, ""),
            ("pay", 1), ("change", 1, 1, "staff"), ("change", 0, 1, "waived"), ("refund", 1, 2, False), ("cancel_own", 0),
        ],
    )  # fmt: skip


@settings(max_examples=6)
@given(kinds=kinds_sold, steps=steps_taken)
def test_books_agree_after_each_step(kinds, steps):
    _agree_after_each(kinds, steps)


@pytest.mark.hostile
@pytest.mark.both_databases
@settings(max_examples=150)
@given(kinds=kinds_sold, steps=steps_taken)
def test_books_agree_after_each_step_of_many_sales(kinds, steps):
    _agree_after_each(kinds, steps)


def _agree_after_each(kinds, steps):
    with transaction.atomic():
        sale = Sale(kinds)
        assert sale.wrong() == []
        for step in steps:
            try:
                sale.take(*step)
            except RegistrationError as refusal:
                assert refusal.code in REFUSED, step
            assert sale.wrong() == [], step
        transaction.set_rollback(True)
