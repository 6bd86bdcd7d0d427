"""Credit in place of money, chosen by who cancels their own ticket."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from post_office.models import Email

from registration.changes.own_cancellation import cancel_own_ticket
from registration.order.ledger import check_ledger
from registration.order.models_money import Refund
from tests import factories
from tests.registration.order.credits import NOW, ordered, pay

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def seat(conference):
    """Its buyer's, with €15 to leave of €100."""
    begins = NOW.date() + dt.timedelta(days=30)
    type(conference).objects.filter(pk=conference.pk).update(start_date=begins, end_date=begins)
    buyer = factories.user()
    order = ordered(buyer, conference, "100.00")
    pay(order)
    seat = order.attendees.get()
    type(seat).objects.filter(pk=seat.pk).update(user=buyer)
    type(seat.ticket_type).objects.update(is_cancellable=True, cancellation_fee=15)
    return type(seat).objects.get(pk=seat.pk)


def page_of(seat):
    return reverse("ticket-cancel", args=[seat.access_code])


def test_credit_is_chosen_where_organisers_offer_it(client, conference, seat):
    client.force_login(seat.user)
    assert "As credit" not in client.get(page_of(seat)).content.decode()
    type(conference).objects.update(offers_credit=True)
    shown = client.get(page_of(seat))
    assert "How would you like €85 back?" in shown.content.decode()
    form = {name: shown.context["form"][name].value() for name in ("request_id", "expected")}
    assert client.post(page_of(seat), form | {"as_credit": "credit"}).status_code == 302
    (refund,) = Refund.objects.all()
    assert (refund.amount, refund.credit.user, Refund.objects.to_pay_out().count()) == (Decimal("85.00"), seat.user, 0)
    assert check_ledger(conference=conference) == []


def test_mail_says_once_how_it_goes_back_of_several_payments(conference):
    begins = NOW.date() + dt.timedelta(days=30)
    type(conference).objects.update(start_date=begins, end_date=begins, offers_credit=True)
    order = ordered(factories.user(), conference, "100.00")
    pay(order, "95.00")
    pay(order, "5.00")
    order.attendees.update(user=order.user)
    type(order.attendees.get().ticket_type).objects.update(is_cancellable=True, cancellation_fee=15)
    cancel_own_ticket(attendee=order.attendees.get(), by=order.user, now=NOW, request_id=uuid.uuid4(), as_credit=True)
    assert Refund.objects.count() == 2
    mail = Email.objects.get(subject__startswith="You get €85 back")
    assert "€85: as credit" in mail.message
    assert [text.count("as credit") for text in (mail.message, mail.html_message)] == [1, 1]


def test_credit_is_nothing_that_a_guest_chooses_for_the_buyer(client, conference, seat):
    type(conference).objects.update(offers_credit=True)
    guest = factories.user()
    type(seat).objects.filter(pk=seat.pk).update(user=guest)
    client.force_login(guest)
    assert "As credit" not in client.get(page_of(seat)).content.decode()
    again = type(seat).objects.get(pk=seat.pk)
    cancel_own_ticket(attendee=again, by=guest, now=NOW, request_id=uuid.uuid4(), as_credit=True)
    assert [refund.credit for refund in Refund.objects.all()] == [None]
