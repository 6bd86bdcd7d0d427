"""Money that staff see on the account for an order that was not waiting for any: by hand, as by a bank's list."""

import datetime as dt

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.money.surplus import find_surpluses
from registration.order.due import expire_order
from registration.order.history import Event
from registration.order.ledger import check_ledger
from registration.order.models import Order
from registration.order.recount import recount_places
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def order(conference):
    """Two seats for 100, expired."""
    made = unpaid_order(conference)
    Order.objects.filter(pk=made.pk).update(due_at=NOW - dt.timedelta(days=1))
    assert expire_order(order=made, over=NOW, now=NOW)
    made.refresh_from_db()
    return made


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


def page_of(order):
    return f"/staff/{order.conference.slug}/orders/{order.reference}/"


def record(desk, order, amount="100"):
    """As the page has it that is open now; again and again the same form."""
    form = desk.get(page_of(order)).context["late"]
    sent = {name: form[name].value() for name in form.fields} | {"amount": amount}
    return lambda: desk.post(f"{page_of(order)}late/", {**sent, "note": "Statement 7"}, follow=True)


def test_money_for_an_expired_order_is_recorded_by_hand_and_brings_it_back(desk, order):
    send, other = record(desk, order), record(desk, order)
    assert "has its places again, and its tickets go out." in send().content.decode()
    send()
    assert Order.objects.get(pk=order.pk).is_paid
    refused = other()
    assert (refused.status_code, order.payments.count()) == (422, 1)
    assert "Something was recorded meanwhile." in refused.content.decode()
    again = refused.context["late"]
    sent = {name: again[name].value() for name in again.fields}
    assert "The buyer is told that it came." in desk.post(f"{page_of(order)}late/", sent, follow=True).content.decode()
    assert (order.payments.count(), find_surpluses(now=timezone.now())) == (2, 1)
    assert (check_ledger(conference=order.conference), recount_places(conference=order.conference)) == ([], [])


def test_order_that_was_paid_when_its_places_were_gone_takes_them_when_there_are_some(desk, order):
    type(order.conference).objects.update(total_capacity=1)
    record(desk, order)()
    assert Email.objects.filter(subject__contains="but the order is closed").count() == 1
    assert "Take its places again" in desk.get(page_of(order)).content.decode()
    path = f"{page_of(order)}revive/"
    assert "Its places are not to be had" in desk.post(path, follow=True).content.decode()
    type(order.conference).objects.update(total_capacity=2)
    answers = [desk.post(path, follow=True).content.decode() for _pressed in range(2)]
    assert ["The order has its places again" in answers[0], "has changed meanwhile" in answers[1]] == [True, True]
    found = Order.objects.get(pk=order.pk)
    assert (found.is_paid, found.attendees.live().count()) == (True, 2)
    assert found.events.get(kind=Event.REVIVED).by == desk.user
    assert (check_ledger(conference=order.conference), recount_places(conference=order.conference)) == ([], [])


def test_unpaid_part_brings_nothing_back_and_no_button(desk, order):
    record(desk, order, "60")()
    page = desk.get(page_of(order))
    assert ("Take its places again" in page.content.decode(), page.context["late"].initial["amount"]) == (False, 40)
    desk.post(f"{page_of(order)}revive/")
    assert Order.objects.get(pk=order.pk).status == "expired"
