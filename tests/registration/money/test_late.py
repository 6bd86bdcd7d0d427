"""Money for an order that is closed: whoever paid hears of it at once, once for each payment."""

import datetime as dt
import re
import uuid
from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.order.cancellation import cancel_order
from registration.order.due import expire_order
from registration.order.models import Order, OrderStatus
from registration.order.payment import receive_payment
from tests import factories
from tests.registration.money.cards import COMPLETED, MINUTE, start
from tests.registration.money.conftest import unpaid_order
from tests.server import together

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def receive(order, amount="100.00", **fields):
    return receive_payment(
        order=order, amount=Decimal(amount), method="bank_transfer", note="", by=None,
        **{"now": NOW, "request_id": uuid.uuid4()} | fields,
    )  # fmt: skip


def expire(order, at=NOW):
    Order.objects.filter(pk=order.pk).update(due_at=at)
    assert expire_order(order=order, over=at, now=at)


def told():
    """Subject and receiver of each mail that says so."""
    mails = Email.objects.filter(subject__contains="but the order is closed").order_by("pk")
    return [(mail.subject.split(",")[0], mail.to) for mail in mails]


@pytest.mark.both_databases
def test_buyer_of_a_cancelled_order_hears_at_once_that_money_came_and_when_it_was_closed(order):
    closed = dt.datetime(2026, 3, 5, 23, 30, tzinfo=dt.UTC)  # the 6th in Berlin
    cancel_order(order=order, reason="Ill", by=factories.user(), now=closed)
    receive(order, "94.00")
    assert told() == [("We have received €94", [order.user.email])]
    mail = Email.objects.latest("pk")
    for text in (mail.message, mail.html_message):
        plain = " ".join(re.sub("<[^>]+>", "", text).split())
        assert f"We have received €94 for order {order.reference} at {order.conference}, which was closed on" in plain
        assert "closed on Friday 6 March 2026." in plain
        assert f"/orders/{order.reference}/" in text


def test_same_payment_told_again_is_mailed_once_and_another_one_again(order):
    expire(order)
    type(order.conference).objects.update(total_capacity=1)
    first = {"request_id": uuid.uuid4(), "external_id": "line 1"}
    for fields in (first, first, first | {"request_id": uuid.uuid4()}, {"external_id": "line 2"}):
        receive(order, **fields)
    assert told() == [("We have received €100", [order.user.email])] * 2


def test_card_payment_of_a_closed_order_is_told_once_however_often_stripe_tells(client, stripe, order):
    start(order)
    cancel_order(order=order, reason="Ill", by=factories.user(), now=NOW)
    session = stripe.pay()
    for _told in range(3):
        stripe.tell(client, COMPLETED, session)
    assert told() == [("We have received €100", [order.user.email])]


def test_part_of_an_expired_order_is_told_and_the_rest_that_revives_it_is_not(order):
    expire(order)
    receive(order, "60.00")
    assert told() == [("We have received €60", [order.user.email])]
    receive(order, "40.00")
    order.refresh_from_db()
    assert (len(told()), order.status) == (1, OrderStatus.PAID)


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.PENDING])
def test_order_that_is_not_closed_is_not_told_so(order, status):
    Order.objects.filter(pk=order.pk).update(status=status)
    receive(order, "200.00")
    assert told() == []


def test_buyer_of_a_paid_order_hears_of_each_payment_more_that_comes_once(order):
    receive(order)
    assert Order.objects.get(pk=order.pk).status == OrderStatus.PAID
    more = {"request_id": uuid.uuid4(), "external_id": "line 2"}
    for fields in (more, more, {}):
        receive(order, "94.00", **fields)
    mails = Email.objects.filter(subject__contains="more than was to be paid")
    assert [mail.to for mail in mails] == [[order.user.email]] * 2
    text = " ".join(mails[0].message.split())
    assert f"We have received another €94 for order {order.reference} at {order.conference}" in text
    assert f"/orders/{order.reference}/" in text


@pytest.mark.both_databases
def test_imported_order_without_a_history_names_the_day_it_last_changed(conference):
    order = factories.order(conference=conference, total="10.00", status=OrderStatus.CANCELLED)
    Order.objects.filter(pk=order.pk).update(updated_at=dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC))
    receive(order, "10.00")
    assert "closed on Friday 2 January 2026" in " ".join(Email.objects.latest("pk").message.split())


def told_at_once(**names):
    """The same money, told by eight at the same moment."""
    order = unpaid_order(factories.conference())
    cancel_order(order=order, reason="Ill", by=factories.user(), now=NOW + MINUTE)
    together([lambda: receive(Order.objects.get(pk=order.pk), **names)] * 8)
    return Counter(subject for subject, _to in told())


@pytest.mark.both_databases
def test_payment_that_eight_tell_of_at_once_is_mailed_once(own_database):
    assert told_at_once(request_id=uuid.uuid4(), external_id="line 1") == {"We have received €100": 1}


@pytest.mark.both_databases
def test_control_without_its_name_each_mails_it(own_database):
    assert told_at_once() == {"We have received €100": 8}
