"""Money that no event tells of: what was paid for an order that is closed by people, or too much by hand."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.money.issues import resolve_issue
from registration.money.models import Issue
from registration.money.surplus import find_surpluses
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.late import record_late_payment
from registration.order.models import Order
from registration.order.payment import record_payment
from registration.order.refund import refund_order
from tests import factories
from tests.registration.money.conftest import unpaid_order
from tests.registration.order.credits import left, use, with_credit
from tests.registration.order.exchanges import change, three_kinds, two_students

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def order(conference):
    """Two seats, 100.00."""
    return unpaid_order(conference)


def pay(order, amount):
    record_payment(order=order, amount=Decimal(amount), method="cash", note="", by=factories.user(), now=NOW)


def told():
    find_surpluses(now=timezone.now())
    return [(issue.kind, issue.amount) for issue in Issue.objects.order_by("pk")]


def test_what_was_paid_of_a_cancelled_order_is_told_once(order):
    pay(order, "30.00")
    assert told() == []
    cancel_order(order=order, reason="Declined", by=factories.user(), now=NOW)
    assert told() == told() == [("closed", 30)]
    resolve_issue(issue=Issue.objects.get(), note="A gift", by=factories.user(), now=NOW)
    assert told() == [("closed", 30)]


def test_what_was_paid_of_a_change_that_is_given_up(conference):
    kinds = three_kinds(conference)
    seat = two_students(conference, kinds).attendees.first()
    new = change(seat, kinds["Business"])
    pay(new, "20.00")
    cancel_order(order=new, reason="Given up", by=seat.user, now=NOW)
    assert told() == [("closed", 20)]


def test_credit_that_paid_for_a_change_of_a_ticket_that_ended_is_credit_again_and_nobodys_business(conference):
    kinds = three_kinds(conference)
    seat = two_students(conference, kinds).attendees.first()
    new = change(seat, kinds["Business"])
    with_credit(new.user, conference, "20.00")
    use(new)
    cancel_seat(attendee=seat, reason="Ill", by=None, now=NOW)
    assert (left(), told(), left()) == ([0], [], [Decimal("20.00")])


@pytest.mark.both_databases
def test_what_was_paid_too_much_by_hand(order):
    pay(order, "120.00")
    assert told() == [("twice", 20)]


@pytest.mark.both_databases
@pytest.mark.parametrize("has_paid", [False, True])
def test_what_comes_by_hand_for_an_order_that_ended_long_ago(order, has_paid):
    if has_paid:
        pay(order, "100.00")
    else:
        cancel_order(order=order, reason="Declined", by=factories.user(), now=NOW)
    Order.objects.update(updated_at=NOW - timedelta(days=90))
    record_late_payment(
        order=order, amount=Decimal(30), method="cash", note="", by=factories.user(), now=NOW,
        request_id=uuid.uuid4(), expected_paid=Decimal(100 if has_paid else 0),
    )  # fmt: skip
    assert told() == [("twice" if has_paid else "closed", 30)]


def test_what_is_sold_or_was_given_back_is_nobodys_business(order):
    pay(order, "100.00")
    first, second = order.attendees.order_by("pk")
    cancel_seat(attendee=first, reason="Ill", by=None, now=NOW)
    refund_order(
        order=order, amount=Decimal(40), seats=[second], reason="Ill", by=None, now=NOW, request_id=uuid.uuid4()
    )
    assert told() == []


def test_what_falls_due_when_a_seat_of_an_unpaid_order_ends(order):
    pay(order, "70.00")
    cancel_seat(attendee=order.attendees.first(), reason="Ill", by=None, now=NOW)
    assert told() == [("twice", 20)]
