"""What buyer and staff read of an order whose due date comes and passes."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from conferences.models import Role
from registration.order.due import expire_order
from registration.order.models import Order
from registration.order.payment import receive_payment, record_payment
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def order(conference):
    type(conference).objects.update(payment_instructions="IBAN", expire_after_days=7, timezone="UTC")
    return unpaid_order(conference, total="80.00", seats=1)


@pytest.fixture
def read(client_as, order):
    """What buyer, their tickets, staff and the list of orders say, each as words."""
    buyer, desk = Client(), client_as(Role.DESK)
    buyer.force_login(order.user)
    staff = f"/staff/{order.conference.slug}/orders/"

    def words(client, path):
        return " ".join(client.get(path).content.decode().split())

    def read():
        return [
            words(buyer, f"/orders/{order.reference}/"), words(buyer, "/me/"), words(desk, f"{staff}{order.reference}/"),
            words(desk, staff),
        ]  # fmt: skip

    return read


def due(order, days):
    at = (NOW + dt.timedelta(days=days)).replace(hour=12, minute=0)
    Order.objects.filter(pk=order.pk).update(due_at=at)
    return at.strftime("%-d %B %Y"), (at + dt.timedelta(days=7)).strftime("%-d %B %Y, 12:00"), at.strftime("due %-d %b")


def test_all_pages_say_until_when_it_is_to_be_paid_and_that_it_is_overdue(order, read):
    day, end, short = due(order, 3)
    buyer, tickets, staff, orders = read()
    assert ("Was due" in buyer, f"To be paid by {day}" in tickets, short in orders) == (False, True, True)
    assert f"To be paid by {day}. If nothing is paid, it ends on {end}." in staff
    day, end, _short = due(order, -3)
    buyer, _tickets, staff, _orders = read()
    assert (f"It was to be paid by {day}.</strong> Your place is kept." in buyer, "Was due" in buyer) == (True, True)
    assert ("Overdue" in staff, f"It was to be paid by {day}. If nothing is paid, it ends on {end}." in staff) == (
        True,
        True,
    )
    record_payment(order=order, amount=Decimal(30), method="bank_transfer", note="", by=None, now=NOW)
    assert f"It was to be paid by {day}. It does not end by itself." in read()[2]


def test_buyer_of_an_expired_order_reads_why_and_that_money_on_its_way_is_not_lost(order, read):
    due(order, -8)
    assert expire_order(order=order, over=NOW, now=NOW)
    page = read()[0]
    assert ("It was not paid in time" in page, "If you have paid, do nothing" in page) == (True, True)
    unpaid_order(order.conference, seats=1)
    type(order.conference).objects.update(total_capacity=1)
    receive(order, "80.00")
    page = read()[0]
    assert ("€80 came for it when it had expired" in page, "do nothing:" in page) == (True, False)


def receive(order, amount):
    receive_payment(
        order=order, amount=Decimal(amount), method="bank_transfer", note="", by=None, now=NOW, request_id=uuid.uuid4()
    )  # fmt: skip


def test_buyer_who_paid_too_much_reads_so_on_the_page(order, read):
    receive(order, "100.00")
    assert "€20 more than was to be paid has arrived. It is not lost" in read()[0]
