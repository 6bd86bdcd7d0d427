"""A ticket that is changed while it is cancelled, paid or changed again: one order each, and the places agree."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from registration.order import exchange, payment
from registration.order.cancellation import cancel_seat
from registration.order.exchange import exchange_ticket
from registration.order.ledger import check_ledger
from registration.order.models import Order, OrderLine
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from registration.order.refund import refund_order
from tests import factories
from tests.server import together

pytestmark = pytest.mark.both_databases

NOW = timezone.now()


@pytest.fixture
def seat(own_database: str) -> Attendee:
    conference = factories.conference()
    student = factories.ticket_type(conference=conference, name="Student", price=Decimal(50))
    order = factories.order(conference=conference, total="50.00", status="pending", ticket_type=student)
    record_payment(order=order, amount=Decimal(50), method="cash", note="", by=factories.user(), now=NOW)
    factories.ticket_type(conference=conference, name="Business", price=Decimal(200))
    return order.attendees.get()


def change(seat: Attendee, request_id: uuid.UUID) -> Order:
    business = TicketType.objects.get(name="Business")
    return exchange_ticket(attendee=seat, ticket_type=business, by=seat.user, now=NOW, request_id=request_id)


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """What each came to: the code of the refusal, or "done"."""

    def run(call: Callable[[], Any]) -> str:
        try:
            call()
        except RegistrationError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    return together([lambda call=call: run(call) for call in calls])


def waiting() -> int:
    return Order.objects.pending().filter(replaces__isnull=False).count()


def test_form_pressed_eight_times_at_once_makes_one_order(seat):
    request_id = uuid.uuid4()
    assert Counter(at_once(*[lambda: change(seat, request_id)] * 8)) == {"done": 8}
    assert (waiting(), recount_places(conference=seat.conference)) == (1, [])


def test_eight_forms_at_once_make_one_order(seat):
    came_to = Counter(at_once(*[lambda: change(seat, uuid.uuid4())] * 8))
    assert came_to == {"done": 1, "being_changed": 7}
    assert (waiting(), recount_places(conference=seat.conference)) == (1, [])


@pytest.mark.parametrize("number", range(3))
def test_change_to_another_rate_that_is_paid_while_each_order_before_is_refunded_leaves_the_books_right(seat, number):
    """All three hold several of the same orders, and issue papers in them."""
    type(seat.conference).objects.update(invoice_sender="Example e.V.")
    staff, between = factories.user(), factories.ticket_type(conference=seat.conference, price=Decimal(120), tax_rate=7)
    first = seat.order
    second = exchange_ticket(attendee=seat, ticket_type=between, by=seat.user, now=NOW, request_id=uuid.uuid4())
    record_payment(order=second, amount=second.total, method="cash", note="", by=staff, now=NOW)
    third = change(seat, uuid.uuid4())

    def refund(order: Order) -> None:
        refund_order(
            order=order, amount=Decimal(5), reason="Rain", by=None, now=NOW, request_id=uuid.uuid4()
        )  # fmt: skip

    came_to = at_once(
        lambda: record_payment(order=third, amount=third.total, method="cash", note="", by=staff, now=NOW),
        lambda: refund(first),
        lambda: refund(second),
    )
    assert came_to == ["done"] * 3
    rates = OrderLine.objects.order_by("order").values_list("order", "tax_rate")
    assert list(rates) == [(first.pk, 0), (second.pk, 0), (third.pk, 0)]
    assert (check_ledger(conference=seat.conference), recount_places(conference=seat.conference)) == ([], [])


# SQLite locks the whole database, whatever is asked for.
@pytest.mark.parametrize("own_database", ["postgres"], indirect=True)
def test_control_without_lock_eight_forms_make_several_orders(seat, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    looked = threading.Barrier(4)
    why_not = exchange.why_not_exchange

    def look_together(*args: Any, **kwargs: Any) -> Any:
        found = why_not(*args, **kwargs)
        looked.wait(20)
        return found

    monkeypatch.setattr(exchange, "why_not_exchange", look_together)
    at_once(*[lambda: change(seat, uuid.uuid4())] * 4)
    assert waiting() > 1


@pytest.mark.parametrize("number", range(4))
def test_paid_and_cancelled_at_once_is_one_after_the_other(seat, number):
    new = change(seat, uuid.uuid4())
    staff = factories.user()
    paid, cancelled = at_once(
        lambda: record_payment(order=new, amount=new.total, method="cash", note="", by=staff, now=NOW),
        lambda: cancel_seat(attendee=seat, reason="ill", by=None, now=NOW),
    )
    seat.refresh_from_db()
    new.refresh_from_db()
    # Paid first, the new ticket is cancelled; cancelled first, there is nothing left to pay for.
    assert (paid, cancelled, new.status, seat.ticket_type.name, seat.state) in {
        ("done", "done", "paid", "Business", "cancelled"),
        ("not_payable", "done", "cancelled", "Student", "cancelled"),
        # It got its new order while the cancellation waited for it.
        ("done", "changed_meanwhile", "paid", "Business", "valid"),
    }
    assert recount_places(conference=seat.conference) == []


@pytest.mark.parametrize("own_database", ["postgres"], indirect=True)
def test_control_without_lock_a_cancelled_seat_is_paid_for(seat, monkeypatch):
    new = change(seat, uuid.uuid4())
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    settle = payment.settle

    def settle_late(**arguments: Any) -> None:
        at_once(lambda: cancel_seat(attendee=seat, reason="ill", by=None, now=NOW))
        settle(**arguments)

    monkeypatch.setattr(payment, "settle", settle_late)
    record_payment(order=new, amount=new.total, method="cash", note="", by=factories.user(), now=NOW)
    new.refresh_from_db()
    seat.refresh_from_db()
    # Paid for a ticket that nobody has.
    assert (new.status, seat.ticket_type.name, seat.state) == ("paid", "Student", "cancelled")
