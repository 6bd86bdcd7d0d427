"""What Stripe tells: signed, once, in any order, and about orders that are not what they were."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from registration.errors import RegistrationError
from registration.money.card import ask_about_open
from registration.money.models import CardPayment, Issue, StripeEvent
from registration.money.payouts import ask_about_refunds
from registration.order.cancellation import cancel_order
from registration.order.due import expire_order
from registration.order.models import Order
from registration.order.payment import record_payment
from registration.order.refund import refund_order
from tests import factories
from tests.registration.money.cards import COMPLETED, MINUTE, PAID, start, state
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db


# --- Signature, replay, order of arrival ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [{"secret": "whsec_other"}, {"at": 0}, {"at": time.time() - 6 * 60}],
    ids=["key", "no time", "old"],
)
def test_event_that_is_not_signed_lately_writes_nothing(client, stripe, order, wrong):
    start(order)
    assert stripe.send(client, stripe.event(COMPLETED, stripe.pay()), **wrong).status_code == 400
    assert (state(order)[0], StripeEvent.objects.count()) == ("pending", 0)


@pytest.mark.parametrize("header", [{}, {"stripe-signature": "nonsense"}])
def test_event_without_a_signature_is_refused(client, stripe, order, header):
    answer = client.post("/stripe/events/", b'{"id": "evt_1"}', content_type="application/json", headers=header)
    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


def test_signed_nonsense_is_refused(client, stripe):
    assert stripe.send(client, b"not json").status_code == 400


def test_without_a_secret_there_is_no_such_address(client):
    assert client.post("/stripe/events/", b"{}", content_type="application/json").status_code == 404


def test_same_event_again_changes_nothing(client, stripe, order):
    start(order)
    event = stripe.event(COMPLETED, stripe.pay())
    assert [stripe.send(client, event).status_code for _ in range(3)] == [200, 200, 200]
    assert (state(order), StripeEvent.objects.count()) == (PAID, 1)


@pytest.mark.both_databases
def test_refund_that_is_told_before_its_payment_is_asked_about_when_that_is_known(client, stripe, order):
    start(order)
    session = stripe.pay()
    assert stripe.tell(client, "charge.refunded", stripe.refund_there(session, amount=3000)) == 200
    assert ask_about_refunds(now=timezone.now()) == 0
    stripe.tell(client, COMPLETED, session)
    assert ask_about_refunds(now=timezone.now()) == 1
    assert list(order.refunds.values_list("amount", flat=True)) == [Decimal(30)]
    # Of a payment that is none of ours nothing is to be known, ever.
    foreign = stripe.charge_of(session | {"payment_intent": "pi_other", "metadata": {}}, refunded=3000)
    assert stripe.tell(client, "charge.refunded", foreign) == 200


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.refunded", "refund.updated"])
@pytest.mark.parametrize("told", [{"payment_intent": None}, {}])
def test_what_came_of_no_payment_intent_is_none_of_ours(client, stripe, order, kind, told):
    record_payment(order=order, amount=Decimal(100), method="cash", note="", by=factories.user(), now=timezone.now())
    told = {"id": "x_1", "amount": 100, "currency": "eur", "metadata": {}} | told
    assert stripe.tell(client, kind, told) == 200
    assert (Issue.objects.count(), StripeEvent.objects.get().kind) == (0, kind)


def test_another_event_about_the_same_payment_changes_nothing(client, stripe, order):
    start(order)
    session = stripe.pay()
    for kind in (COMPLETED, "checkout.session.async_payment_succeeded", COMPLETED):
        stripe.tell(client, kind, session)
    ask_about_open(now=timezone.now() + MINUTE)
    assert state(order) == PAID


def test_end_told_after_the_payment_changes_nothing(client, stripe, order):
    start(order)
    paid = dict(stripe.pay())
    stripe.tell(client, COMPLETED, paid)
    stripe.tell(client, "checkout.session.expired", paid | {"status": "expired", "payment_status": "unpaid"})
    assert state(order) == PAID


def test_payment_told_after_the_end_counts(client, stripe, order):
    begun = start(order)
    stripe.tell(client, "checkout.session.expired", stripe.let_expire())
    begun.refresh_from_db()
    assert (begun.state, state(order)[0]) == ("over", "pending")
    stripe.sessions[begun.session_id]["status"] = "open"
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == PAID


def test_events_of_others_are_answered_and_left(client, stripe, order):
    assert stripe.tell(client, "customer.created", {"id": "cus_1"}) == 200
    start(order)
    other_shop = dict(stripe.pay()) | {"metadata": {}}
    assert stripe.tell(client, COMPLETED, other_shop) == 200
    assert state(order) == ("pending", [], 0, [])


@pytest.mark.both_databases
def test_ten_same_events_at_once_have_one_effect(own_database, stripe):
    order = unpaid_order(factories.conference())
    start(order)
    event, answers = stripe.event(COMPLETED, stripe.pay()), []
    barrier = threading.Barrier(10)

    def send():
        barrier.wait(30)
        answers.append(stripe.send(Client(), event).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 10
    assert (state(order), StripeEvent.objects.count()) == (PAID, 1)


# --- What is not as it was --------------------------------------------------------------------------------------------
def test_less_than_was_asked_for_is_recorded_and_gives_no_ticket(client, stripe, order):
    start(order)
    stripe.tell(client, COMPLETED, stripe.pay(amount=100))
    assert state(order) == ("pending", ["1.00"], 0, ["wrong_amount"])


@pytest.mark.both_databases
def test_another_currency_is_not_taken_for_ours(client, stripe, order):
    start(order)
    stripe.tell(client, COMPLETED, stripe.pay(currency="jpy"))
    assert state(order) == ("pending", [], 0, ["wrong_currency"])
    assert Issue.objects.values_list("amount", "currency").get() == (Decimal(10000), "JPY")


def test_payment_that_names_another_order_is_nobodys(client, stripe, order, conference):
    other = unpaid_order(conference)
    start(order)
    stripe.tell(client, COMPLETED, stripe.pay() | {"client_reference_id": other.reference})
    assert state(order) == ("pending", [], 0, ["unknown"])
    assert state(other)[:2] == ("pending", [])


@pytest.mark.both_databases
def test_payment_of_before_a_restore_is_put_before_the_organisers(client, stripe, order):
    start(order)
    session = stripe.pay()
    CardPayment.objects.all().delete()
    stripe.tell(client, COMPLETED, session)
    assert state(order) == ("pending", [], 0, ["unknown"])
    assert Issue.objects.get().conference == order.conference


def expire(order):
    over = timezone.now() + 90 * MINUTE  # whoever was at the card page has left it
    Order.objects.filter(pk=order.pk).update(due_at=over)
    assert expire_order(order=order, over=over, now=over)


def test_late_payment_takes_the_places_again(client, stripe, order):
    start(order)
    expire(order)
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == PAID


def test_late_payment_for_places_that_are_gone_is_put_before_the_organisers(client, stripe, order, conference):
    start(order)
    expire(order)
    type(conference).objects.update(total_capacity=1)
    for _told in range(2):
        stripe.tell(client, COMPLETED, stripe.sessions["cs_test_1"] if _told else stripe.pay())
    assert state(order) == ("expired", ["100.00"], 0, ["late"])
    assert Issue.objects.get().amount == 100


def test_payment_of_a_cancelled_order_is_put_before_the_organisers(client, stripe, order):
    start(order)
    cancel_order(order=order, reason="Ill", by=factories.user(), now=timezone.now())
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == ("cancelled", ["100.00"], 0, ["closed"])


def test_payment_of_a_refunded_order_is_put_before_the_organisers(client, stripe, order):
    start(order)
    pay_by_hand(order)
    refund_order(
        order=order, amount=Decimal(100), seats=order.attendees.all(), reason="Ill", by=None, now=timezone.now(),
        request_id=order.checkout_id,
    )  # fmt: skip
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == ("refunded", ["100.00", "100.00"], 2, ["closed"])


def pay_by_hand(order, amount="100.00"):
    record_payment(order=order, amount=Decimal(amount), method="cash", note="", by=factories.user(), now=timezone.now())


def test_what_was_paid_twice_is_put_before_the_organisers(client, stripe, order):
    start(order)
    pay_by_hand(order)
    stripe.tell(client, COMPLETED, stripe.pay())
    assert state(order) == ("paid", ["100.00", "100.00"], 2, ["twice"])


@pytest.mark.both_databases
def test_page_of_an_order_that_is_paid_already_is_ended(stripe, order):
    now = timezone.now()
    start(order, now)
    pay_by_hand(order)
    ask_about_open(now=now + MINUTE)
    assert stripe.sessions["cs_test_1"]["status"] == "expired"
    assert (CardPayment.objects.open().count(), state(order)) == (0, PAID)


def test_page_for_an_older_amount_is_ended_before_there_is_a_new_one(stripe, order):
    start(order)
    pay_by_hand(order, "30.00")
    start(order)
    assert [(s["status"], s["amount_total"]) for s in stripe.sessions.values()] == [("expired", 10000), ("open", 7000)]


def test_page_for_an_older_amount_that_has_just_been_paid_is_taken_in(stripe, order):
    start(order)
    pay_by_hand(order, "30.00")
    stripe.pay()
    with pytest.raises(RegistrationError) as refused:
        start(order)
    assert (refused.value.code, state(order)) == ("not_payable", ("paid", ["100.00", "30.00"], 2, ["twice"]))


def test_order_does_not_expire_while_its_page_is_open(stripe, order):
    now = timezone.now()
    Order.objects.update(due_at=now + MINUTE)
    begun = start(order, now)
    assert not expire_order(order=order, over=begun.expires_at, now=begun.expires_at)
    order.refresh_from_db()
    assert order.due_at == now + MINUTE  # however often somebody opens the page
    assert expire_order(order=order, over=begun.expires_at, now=begun.expires_at + 30 * MINUTE)


@pytest.mark.parametrize("status", ["paid", "cancelled", "expired"])
def test_nothing_is_charged_for_what_is_not_owed(stripe, order, status):
    Order.objects.update(status=status)
    with pytest.raises(RegistrationError) as refused:
        start(order)
    assert (refused.value.code, stripe.requests) == ("not_payable", [])
