"""Credit on the pages: of its buyer, of the desk, and of organisers."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_money import Refund
from tests import factories
from tests.registration.order.credits import left, ordered, pay, with_credit

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def form_of(page):
    return {"request_id": page.context["credit"].request_id}


@pytest.fixture
def buyer(client):
    user = factories.user(name="Ada Lovelace")
    client.force_login(user)
    return user


def test_buyer_pays_with_it_in_parts(client, conference, buyer):
    with_credit(buyer, conference, "40.00")
    order = ordered(buyer, conference, "100.00")
    page = client.get(order.get_absolute_url())
    for said in ("You have €40 of credit at this conference.", "pay the rest in another way", "Pay €40 with credit"):
        assert said in text(page)
    where = reverse("order-credit", args=[order.reference])
    sent = [client.post(where, form_of(page), follow=True) for _ in range(2)]
    assert ["€40 paid with credit." in text(each) for each in sent] == [True, True]
    assert ("€60" in text(sent[0]), "with credit</button>" in text(sent[0])) == (True, False)
    assert (left(), order.payments.count()) == ([0], 1)


def test_buyer_finds_it_beside_their_tickets(client, conference, buyer):
    with_credit(buyer, conference, "40.00")
    with_credit(factories.user(), conference, "2.00")
    assert f"<bdi>{conference}</bdi>" in text(client.get("/me/"))
    assert [each.left for each in client.get("/me/").context["credits"]] == [Decimal("40.00")]


def test_what_it_covers_is_paid_at_once(client, conference, buyer):
    with_credit(buyer, conference, "40.00")
    order = ordered(buyer, conference, "40.00")
    page = client.get(order.get_absolute_url())
    done = client.post(reverse("order-credit", args=[order.reference]), form_of(page))
    assert done["Location"] == f"{order.get_absolute_url()}?done"
    assert "You are registered" in text(client.get(done["Location"]))


def test_without_credit_nothing_is_offered_and_a_form_pays_nothing(client, conference, buyer):
    order = ordered(buyer, conference)
    assert "credit" not in text(client.get(order.get_absolute_url()))
    where = reverse("order-credit", args=[order.reference])
    assert "No credit is left." in text(client.post(where, {"request_id": uuid.uuid4()}, follow=True))
    assert "Nothing was paid. Load the page again." in text(client.post(where, {"request_id": "x"}, follow=True))
    assert order.payments.count() == 0


def test_order_says_when_it_ends_although_credit_paid_some(client, conference, buyer):
    with_credit(buyer, conference, "40.00")
    order = ordered(buyer, conference, "100.00", due_at=conference.registration_closes_at or "2099-01-01T00:00Z")
    page = client.get(order.get_absolute_url())
    assert "If nothing is paid, the order ends on" in text(page)
    client.post(reverse("order-credit", args=[order.reference]), form_of(page))
    assert "If the rest is not paid, the order ends on" in text(client.get(order.get_absolute_url()))


def test_desk_pays_for_a_buyer_with_their_credit(client_as, conference):
    buyer = factories.user()
    with_credit(buyer, conference, "40.00")
    order = ordered(buyer, conference, "30.00")
    desk = client_as(Role.DESK)
    page = desk.get(reverse("staff-order", args=[conference.slug, order.reference]))
    assert "The buyer has €40 of credit." in text(page)
    desk.post(reverse("staff-order-credit", args=[conference.slug, order.reference]), form_of(page))
    order.refresh_from_db()
    assert (order.status, order.payments.get().recorded_by, left()) == ("paid", desk.user, [Decimal("10.00")])


@pytest.mark.parametrize(("chosen", "waits"), [("", 1), ("credit", 0)])
def test_organiser_chooses_how_it_goes_back(client_as, conference, chosen, waits):
    order = ordered(factories.user(), conference)
    pay(order)
    organiser = client_as(Role.ORGANISER)
    where = reverse("staff-order-refund", args=[conference.slug, order.reference])
    assert "As credit for this conference" in text(organiser.get(where))
    form = {"seats": [order.attendees.get().pk], "reason": "Ill", "request_id": uuid.uuid4(), "as_credit": chosen}
    assert organiser.post(where, form).status_code == 302
    assert (Refund.objects.to_pay_out().count(), left()) == (waits, [] if waits else [Decimal("119.00")])
    shown = text(organiser.get(reverse("staff-order", args=[conference.slug, order.reference])))
    assert ("As credit" in shown) == (not waits)


def test_nobody_without_an_account_is_offered_credit(client_as, conference):
    order = ordered(type(factories.user()).objects.create_placeholder(name="Walk-in"), conference)
    pay(order)
    where = reverse("staff-order-refund", args=[conference.slug, order.reference])
    assert "As credit" not in text(client_as(Role.ORGANISER).get(where))


def test_organisers_see_what_is_held_and_pay_it_out(client_as, conference):
    with_credit(factories.user(name="Ada Lovelace"), conference, "40.00")
    with_credit(factories.user(name="Grace Hopper"), conference, "2.50")
    organiser, page = client_as(Role.ORGANISER), reverse("money", args=[conference.slug])
    assert "€42.50 that 2 buyers may still pay with here." in text(organiser.get(page))
    where = reverse("credit-paid-out", args=[conference.slug, Credit.objects.get(user__name="Ada Lovelace").pk])
    assert 'name="amount" value="40.00"' in organiser.get(page).content.decode()
    assert "Nothing was noted." in text(organiser.post(where, {"note": "By transfer"}, follow=True))
    assert "Noted as paid out." in text(organiser.post(where, {"note": "By transfer", "amount": "40.00"}, follow=True))
    assert "No credit is left." in text(organiser.post(where, {"note": "Again", "amount": "40.00"}, follow=True))
    assert (CreditPayout.objects.get().note, left()) == ("By transfer", [0, Decimal("2.50")])
    shown = text(organiser.get(page))
    assert ("Ada Lovelace" in shown, "€2.50 that one buyer may still pay with here." in shown) == (False, True)
