"""Cards, by the real SDK against a Stripe of ours: paid once, and nothing that was paid is left without a ticket."""

from decimal import Decimal

import pytest
import stripe as sdk
from django.db import connection
from django.test import Client
from django.utils import timezone

from conferences.models import Role
from registration.errors import RegistrationError
from registration.money import stripe_api
from registration.money.card import ask_about_open, start_card_payment
from registration.money.models import CardPayment, StripeEvent
from registration.order import payment
from registration.order.cancellation import cancel_order
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order
from tests import factories
from tests.registration.money.cards import COMPLETED, MINUTE, PAID, start, state
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases
def test_choice_that_is_held_cannot_be_paid_as_it_has_no_tickets_yet(client, stripe, conference):
    buyer, kind = factories.user(), factories.ticket_type(conference=conference, price=Decimal(10))
    held = hold_order(
        conference=conference, buyer=buyer, choice=Choice((SeatRequest(kind),)), now=timezone.now()
    )  # fmt: skip
    client.force_login(buyer)
    assert client.post(f"/orders/{held.reference}/card/").status_code == 404
    with pytest.raises(RegistrationError) as refused:
        start(held)
    assert (refused.value.code, CardPayment.objects.exists()) == ("not_payable", False)


# --- The way it should go ---------------------------------------------------------------------------------------------
def test_event_pays_the_order_and_sends_the_tickets(client, stripe, order):
    begun = start(order)
    session = stripe.sessions[begun.session_id]
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (
        10000,
        "eur",
        order.reference,
    )
    assert session["success_url"] == f"http://localhost:8000/orders/{order.reference}/card/done/"
    assert stripe.tell(client, COMPLETED, stripe.pay()) == 200
    assert state(order) == PAID
    paid = order.payments.get()
    assert (paid.method, paid.external_id, paid.recorded_by) == ("stripe", session["payment_intent"], None)
    assert list(order.events.values_list("kind", flat=True)) == ["payment", "paid"]
    begun.refresh_from_db()
    assert begun.state == "paid"


def test_customer_who_never_comes_back_is_found_by_the_worker(stripe, order):
    now = timezone.now()
    start(order, now)
    stripe.pay()
    assert (ask_about_open(now=now), state(order)[0]) == (0, "pending")
    assert (ask_about_open(now=now + MINUTE), state(order)) == (1, PAID)
    assert ask_about_open(now=now + 2 * MINUTE) == 0


@pytest.mark.both_databases
def test_page_is_made_once_and_outside_of_any_transaction(own_database, stripe, monkeypatch):
    """Of a database of its own, because a test is a transaction otherwise."""
    make, open_transactions = sdk.StripeClient, []

    def watched(*args, **options):
        open_transactions.append(connection.in_atomic_block)
        return make(*args, **options)

    monkeypatch.setattr(sdk, "StripeClient", watched)
    order = unpaid_order(factories.conference())
    first, second = start(order), start(order)
    assert (first.url, second.pk) == (second.url, first.pk)
    assert (open_transactions, len(stripe.sessions)) == ([False], 1)


# --- Failures ---------------------------------------------------------------------------------------------------------
def test_failure_stores_nothing_and_the_event_sent_again_pays(stripe, order, monkeypatch):
    start(order)
    event = stripe.event(COMPLETED, stripe.pay())
    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(payment, "complete_order", lambda **arguments: 1 / 0)
        assert stripe.send(client, event).status_code == 500
    assert (state(order), StripeEvent.objects.count()) == (("pending", [], 0, []), 0)
    assert stripe.send(client, event).status_code == 200
    assert state(order) == PAID


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_lost_answer_makes_no_second_page(stripe, order, done):
    stripe.failures = [(500, done)] * 2  # the SDK tries twice
    with pytest.raises(RegistrationError) as refused:
        start(order)
    assert refused.value.code == "card_away"
    assert start(order).url
    assert (len(stripe.sessions), CardPayment.objects.count()) == (1, 1)


@pytest.mark.both_databases
def test_crash_before_the_answer_is_stored_loses_no_money(client, stripe, order):
    start(order)
    CardPayment.objects.update(session_id=None, url="")
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == PAID


@pytest.mark.both_databases
def test_page_that_was_never_made_is_given_up(stripe, order):
    now = timezone.now()
    stripe.failures = [(500, False)] * 2
    with pytest.raises(RegistrationError):
        start(order, now)
    assert [ask_about_open(now=now + minutes * MINUTE) for minutes in (1, 9)] == [0, 0]
    assert CardPayment.objects.get().state == "over"


def test_stripe_that_refuses_is_told_in_words(stripe, order, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    with pytest.raises(RegistrationError) as refused:
        start(order)
    assert "Nothing was paid" in refused.value.message


def test_worker_goes_on_when_stripe_does_not_answer(stripe, order):
    now = timezone.now()
    start(order, now)
    stripe.pay()
    stripe.failures = [(500, False)] * 2
    ask_about_open(now=now + MINUTE)
    ask_about_open(now=now + 2 * MINUTE)
    assert state(order) == PAID


def test_control_without_keys_two_lost_answers_are_two_pages(stripe, order, monkeypatch):
    """Else the fake would forgive what the real one does not."""
    post = sdk.checkout.SessionService.create
    monkeypatch.setattr(sdk.checkout.SessionService, "create", lambda self, params, options: post(self, params))
    stripe.failures = [(500, True)] * 2
    with pytest.raises(RegistrationError):
        start(order)
    start(order)
    assert len(stripe.sessions) > 1


@pytest.mark.both_databases
def test_page_is_closed_when_something_was_paid_in_another_way(stripe, order):
    """Else the whole could be paid there once more."""
    now = timezone.now()
    begun = start(order, now)
    payment.record_payment(order=order, amount=Decimal(40), method="cash", note="", by=factories.user(), now=now)
    assert ask_about_open(now=now + MINUTE) == 1
    begun.refresh_from_db()
    assert (stripe.sessions[begun.session_id]["status"], begun.state) == ("expired", "over")
    assert start(order, now).amount == 60


# --- Amounts ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.34", "EUR", 1234), ("1200.00", "JPY", 1200), ("12.50", "KWD", 12500), ("12.34", "HUF", 1234)],
)
def test_amounts_are_told_in_the_smallest_coin(amount, currency, minor):
    assert stripe_api.to_minor(Decimal(amount), currency) == minor
    assert stripe_api.from_minor(minor, currency) == Decimal(amount)


# --- Pages ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def buyer(order):
    client = Client()
    client.force_login(order.user)
    return client


def test_buyer_goes_to_stripe_and_comes_back(buyer, stripe, order):
    page = buyer.get(f"/orders/{order.reference}/")
    assert "by card" in page.content.decode()
    answer = buyer.post(f"/orders/{order.reference}/card/", follow=True)
    assert answer["Refresh"] == f"0; url={stripe.url}/pay/cs_test_1"
    done = f"/orders/{order.reference}/card/done/"
    assert "Stripe is confirming" in buyer.get(done).content.decode()
    stripe.tell(Client(), COMPLETED, stripe.pay())
    assert buyer.get(done)["Location"] == f"/orders/{order.reference}/?done"
    assert buyer.get(done, headers={"hx-request": "true"})["HX-Redirect"] == f"/orders/{order.reference}/?done"


def test_buyer_who_paid_for_what_was_cancelled_meanwhile_waits_and_reads_that_it_goes_back(buyer, stripe, order):
    start_card_payment(order=order, now=timezone.now())
    cancel_order(order=order, reason="Full", by=None, now=timezone.now())
    done = f"/orders/{order.reference}/card/done/"
    page = buyer.get(done).content.decode()
    assert ("Stripe is confirming" in page, "The order was closed meanwhile" in page) == (True, True)
    stripe.tell(Client(), COMPLETED, stripe.pay())
    page = buyer.get(done, follow=True).content.decode()
    assert "€100 was paid for it all the same; the organisers give it back." in page


@pytest.mark.both_databases
def test_buyer_who_did_not_pay_for_what_was_cancelled_does_not_wait(buyer, stripe, order):
    start_card_payment(order=order, now=timezone.now())
    cancel_order(order=order, reason="Full", by=None, now=timezone.now())
    stripe.tell(Client(), "checkout.session.expired", stripe.let_expire())
    page = buyer.get(f"/orders/{order.reference}/card/done/", follow=True).content.decode()
    assert ("This order is closed" in page, "all the same" in page) == (True, False)


@pytest.mark.parametrize("became", ["cancelled", "paid"])
def test_buyer_who_goes_back_to_the_card_page_is_not_sent_to_pay_for_what_needs_no_payment(
    buyer, stripe, order, became
):
    path = f"/orders/{order.reference}/card/"
    assert "Refresh" in buyer.post(path, follow=True)
    if became == "paid":
        payment.record_payment(
            order=order, amount=Decimal(100), method="bank_transfer", note="", by=order.user, now=timezone.now()
        )
    else:
        cancel_order(order=order, reason="Full", by=None, now=timezone.now())
    page = buyer.get(path)
    assert (page.status_code, page["Location"], "Refresh" in page) == (302, f"/orders/{order.reference}/", False)


def test_stripe_that_is_away_is_told_on_the_order(buyer, stripe, order):
    stripe.failures = [(500, False)] * 2
    page = buyer.post(f"/orders/{order.reference}/card/", follow=True)
    assert page.redirect_chain == [(f"/orders/{order.reference}/", 302)]
    assert "Cards cannot be charged at the moment" in page.content.decode()


@pytest.mark.both_databases
@pytest.mark.parametrize("off", ["key", "conference"])
def test_without_a_key_the_choice_is_not_shown(buyer, stripe, order, conference, settings, off):
    if off == "key":
        settings.STRIPE_SECRET_KEY = ""
    else:
        type(conference).objects.update(takes_cards=False)
    assert "by card" not in buyer.get(f"/orders/{order.reference}/").content.decode()
    assert buyer.post(f"/orders/{order.reference}/card/").status_code == 404
    assert stripe.requests == []


def test_staff_read_that_the_buyer_is_at_stripe_and_what_that_means(client_as, stripe, order):
    desk, path = client_as(Role.DESK), f"/staff/{order.conference.slug}/orders/{order.reference}/"
    stripe.failures = [(500, False)] * 2
    with pytest.raises(RegistrationError):
        start(order)
    assert "Stripe" not in desk.get(path).content.decode()  # no page was made
    begun = start(order)
    page = " ".join(desk.get(path).content.decode().split())
    until = begun.expires_at.astimezone(order.conference.tz).strftime("%H:%M")
    assert f"can pay €100 there by card until {until}." in page and "do not record it by hand" in page
    stripe.tell(Client(), "checkout.session.expired", stripe.let_expire())
    assert "Stripe" not in desk.get(path).content.decode()
