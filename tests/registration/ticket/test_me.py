"""My tickets: what comes, what is to be paid, what is over."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order, release_expired_holds
from registration.order.models import OrderStatus
from registration.order.payment import record_payment
from tests import factories
from tests.registration.ticket.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


def test_me_lists_what_comes_first_and_what_is_over_below(client):
    user, today = factories.user(), timezone.now().date()
    for name, days in (("Later", 60), ("Sooner", 30), ("Long ago", -400), ("Last year", -300)):
        conference = factories.conference(
            name=name, start_date=today + dt.timedelta(days), end_date=today + dt.timedelta(days + 1)
        )
        factories.attendee(conference=conference, user=user)
    text = text_of(signed_in(client, user).get("/me/"))
    places = [text.index(word) for word in ("Coming up", "Sooner", "Later", "Been there", "Last year", "Long ago")]
    assert places == sorted(places)


def test_me_shows_nobody_elses_tickets_and_orders(client, conference):
    order = factories.order(conference=conference, seats=2)
    text = text_of(signed_in(client, factories.user()).get("/me/"))
    assert "No tickets yet" in text
    assert [seat.access_code for seat in order.attendees.all() if seat.access_code in text] == []
    assert order.reference not in text


def test_me_shows_an_order_to_be_paid_once_with_what_it_costs(client, conference):
    order = factories.order(conference=conference, total="158.00", seats=2, status=OrderStatus.PENDING)
    text = text_of(signed_in(client, order.user).get("/me/"))
    assert f"To be paid {conference.name} Order {order.reference} · €158" in text
    assert [seat.access_code for seat in order.attendees.all() if seat.access_code in text] == []


def test_me_says_what_is_still_owed_of_an_order(client, conference):
    order = factories.order(conference=conference, total="80.00", status=OrderStatus.PENDING)
    pay = {"order": order, "method": "cash", "note": "", "by": None, "now": timezone.now()}
    record_payment(amount=Decimal("75"), **pay)
    text = text_of(signed_in(client, order.user).get("/me/"))
    assert f"To be paid {conference.name} Order {order.reference} · €5 " in text


def test_me_shows_what_opens_a_door_before_what_was_cancelled(client, conference):
    order = factories.order(conference=conference, seats=2)
    cancelled, valid = order.attendees.order_by("pk")
    factories.end(cancelled)
    page = signed_in(client, order.user).get("/me/")
    assert [ticket.seat for ticket, _links in page.context["upcoming"]] == [valid, cancelled]


@pytest.mark.parametrize("is_over", [False, True])
def test_me_shows_no_order_of_what_was_only_chosen(client, conference, is_over):
    """Its page is not there, and it cannot be paid."""
    now = timezone.now()
    kind, user = factories.ticket_type(conference=conference, price=Decimal(10)), factories.user()
    hold_order(conference=conference, buyer=user, choice=Choice((SeatRequest(kind),)), now=now)
    release_expired_holds(now=now + dt.timedelta(hours=is_over))
    assert "No tickets yet" in (text := text_of(signed_in(client, user).get("/me/")))
    assert user.orders.get().reference not in text


@pytest.mark.parametrize("count", [1, 3])
def test_me_needs_the_same_queries_for_one_and_three_tickets(client, django_assert_num_queries, count):
    user = factories.user()
    for _number in range(count):
        conference = factories.conference()
        factories.order(conference=conference, user=user, seats=2)
        factories.waiting(ticket_type=factories.ticket_type(conference=conference), user=user)
    signed_in(client, user)
    with django_assert_num_queries(7):  # session, user, what waits, seats, orders, credits, waiting list
        assert client.get("/me/").status_code == 200
