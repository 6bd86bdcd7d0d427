"""More unpaid orders than one round of the worker takes: none stands in the way of those after it."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from registration.order import due
from registration.order.due import expire_unpaid, remind
from registration.order.models import Order, OrderStatus
from registration.order.payment import receive_payment
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2027, 3, 1, 11, tzinfo=dt.UTC)
OVER = NOON + 100 * DAY


@pytest.fixture(autouse=True)
def one_at_once(monkeypatch):
    monkeypatch.setattr(due, "_AT_ONCE", 1)


@pytest.fixture
def orders(db):
    """The one that is due first, and the next."""
    conference = factories.conference(start_date=dt.date(2027, 8, 9), end_date=dt.date(2027, 8, 11))
    return [
        factories.order(
            conference=conference, total="100.00", status=OrderStatus.PENDING, created_at=NOON, due_at=NOON + day * DAY
        )
        for day in (14, 15)
    ]


def part_is_paid(order):
    receive_payment(
        order=order, amount=Decimal(1), method="cash", note="", by=None, now=NOON, request_id=uuid.uuid4()
    )  # fmt: skip


def is_at_the_card_page(order):
    Order.objects.filter(pk=order.pk).update(kept_until=OVER + DAY)


def somebody_is_in(order):
    order.attendees.update(checked_in_at=NOON)


@pytest.mark.parametrize("happens", [part_is_paid, is_at_the_card_page, somebody_is_in])
def test_order_that_does_not_end_keeps_no_other_from_ending(orders, happens):
    happens(orders[0])
    assert [expire_unpaid(now=OVER) for _ in range(2)] == [1, 0]
    assert [Order.objects.get(pk=order.pk).status for order in orders] == ["pending", "expired"]


def test_order_whose_ticket_in_use_has_ended_ends(orders):
    """Who was in with a ticket that ended since is no reason to keep the rest."""
    seat = orders[0].attendees.get()
    factories.end(seat)
    type(seat).objects.filter(pk=seat.pk).update(checked_in_at=NOON)
    assert expire_unpaid(now=OVER) == 1
    assert [Order.objects.get(pk=order.pk).status for order in orders] == ["expired", "pending"]


def test_order_that_is_not_due_yet_is_left_alone(orders, django_assert_num_queries):
    """It is not even locked: two queries, the conferences and what is over there."""
    with django_assert_num_queries(2):
        assert expire_unpaid(now=NOON) == 0


@pytest.mark.parametrize(("days", "told"), [(13, "reminded_at"), (60, "overdue_told_at")])
def test_who_was_told_keeps_nobody_from_being_told(orders, days, told):
    assert [remind(now=NOON + days * DAY) for _ in range(3)] == [1, 1, 0]
    assert Order.objects.filter(**{told: NOON + days * DAY}).count() == 2
