"""Refunds of cards are sent back by Stripe, each once, and what cannot be sent is put before the organisers."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.money import payouts
from registration.money.models import Issue
from registration.money.payouts import ask_about_refunds, send_older_refunds, send_refunds
from registration.money.worklist import worklist
from registration.order.models_money import Payout, Refund
from registration.order.recount import recount_places
from registration.order.refund import pay_out, refund_order
from tests import factories

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=1)


def refund(order, amount, seats=(), **fields):
    return refund_order(
        order=order, amount=Decimal(amount), seats=seats, reason="Ill", by=None, now=timezone.now(),
        request_id=uuid.uuid4(), **fields,
    )  # fmt: skip


def test_refund_goes_back_to_the_card_once(stripe, paid):
    (back,) = refund(paid, "50.00", [paid.attendees.first()])
    assert [send_refunds(now=timezone.now()) for _ in range(2)] == [1, 0]
    assert [each["amount"] for each in stripe.refunds.values()] == [5000]
    payout = Payout.objects.get()
    assert (payout.refund, payout.succeeded, payout.external_id) == (back, True, next(iter(stripe.refunds)))
    assert list(paid.events.values_list("kind", flat=True))[-2:] == ["refunded", "paid_out"]


@pytest.mark.both_databases
def test_refund_that_nobody_could_send_for_days_is_sent_all_the_same(stripe, paid):
    refund(paid, "50.00", [paid.attendees.first()])
    later = timezone.now() + 200 * HOURS
    assert (send_refunds(now=later), send_older_refunds(now=later), send_older_refunds(now=later)) == (0, 1, 0)
    assert len(stripe.refunds) == 1


def test_two_refunds_of_the_same_amount_are_two(stripe, paid):
    for seat in paid.attendees.all():
        refund(paid, "50.00", [seat])
    assert (send_refunds(now=timezone.now()), len(stripe.refunds)) == (2, 2)


def test_what_was_paid_by_hand_is_not_sent_by_stripe(client, stripe, order):
    from registration.order.payment import receive_payment

    receive_payment(
        order=order,
        amount=Decimal("100.00"),
        method="cash",
        note="",
        by=None,
        now=timezone.now(),
        request_id=uuid.uuid4(),
    )
    refund(order, "10.00")
    assert (send_refunds(now=timezone.now()), stripe.requests) == (0, [])


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_lost_answer_sends_nothing_twice(stripe, paid, done):
    refund(paid, "100.00")
    stripe.failures = [(500, done)] * 2
    assert send_refunds(now=timezone.now()) == 0
    assert send_refunds(now=timezone.now()) == 1
    assert (len(stripe.refunds), Payout.objects.count()) == (1, 1)


@pytest.mark.both_databases
def test_worker_that_dies_before_it_writes_it_down_sends_nothing_twice(stripe, paid, monkeypatch):
    refund(paid, "100.00")
    with monkeypatch.context() as patch:
        patch.setattr(payouts, "take_in_refunds", lambda **_fields: False)
        send_refunds(now=timezone.now())
    assert (len(stripe.refunds), Payout.objects.count()) == (1, 0)
    assert send_refunds(now=timezone.now()) == 1
    assert (len(stripe.refunds), Payout.objects.count()) == (1, 1)


@pytest.mark.both_databases
def test_refused_refund_is_put_before_the_organisers_and_tried_again_later(stripe, paid):
    now = timezone.now()
    refund(paid, "100.00")
    stripe.refuse_refunds = "The charge is disputed"
    assert [send_refunds(now=now + hours * HOURS) for hours in (0, 1, 7)] == [0, 0, 0]
    assert list(Payout.objects.values_list("succeeded", flat=True)) == [False, False]
    assert Refund.objects.with_failure().get().failure == "The charge is disputed"
    assert list(Issue.objects.values_list("kind", "amount")) == [("refund_failed", Decimal("100.00"))]
    stripe.refuse_refunds = ""
    assert send_refunds(now=now + 14 * HOURS) == 1


def test_order_whose_refund_was_refused_does_not_say_that_it_is_on_its_way(stripe, paid, client_as):
    organiser, page = client_as(Role.ORGANISER), f"/staff/{paid.conference.slug}/orders/{paid.reference}/"

    def said():
        text = organiser.get(page).content.decode()
        return [words for words in ("On its way", "To be paid out") if words in text]

    refund(paid, "100.00")
    assert said() == ["On its way"]
    stripe.refuse_refunds = "The charge is disputed"
    send_refunds(now=timezone.now())
    assert said() == ["To be paid out"]


@pytest.mark.both_databases
def test_refund_on_stripes_own_pages_is_recorded_and_not_sent_again(client, stripe, paid):
    charge = stripe.refund_there(stripe.sessions["cs_test_1"], amount=3000)
    for _time in range(2):
        stripe.tell(client, "charge.refunded", charge)
        ask_about_refunds(now=timezone.now())
    paid.refresh_from_db()
    assert (paid.status, list(Refund.objects.values_list("amount", flat=True))) == ("partially_refunded", [Decimal(30)])
    assert (send_refunds(now=timezone.now()), len(stripe.refunds)) == (0, 1)
    assert list(Issue.objects.values_list("kind", flat=True)) == ["refunded_there"]
    assert recount_places(conference=paid.conference) == []


def test_our_own_refund_told_by_stripe_changes_nothing(client, stripe, paid):
    refund(paid, "30.00")
    send_refunds(now=timezone.now())
    stripe.tell(client, "charge.refunded", stripe.charge_of(stripe.sessions["cs_test_1"], refunded=3000))
    ask_about_refunds(now=timezone.now())
    assert (Refund.objects.count(), Payout.objects.count(), Issue.objects.count()) == (1, 1, 0)


def test_refund_that_comes_back_days_later_is_to_be_paid_out_again_by_people(client, stripe, paid):
    (back,) = refund(paid, "30.00")
    send_refunds(now=timezone.now())
    for _time in range(2):
        stripe.tell(client, "refund.failed", stripe.send_back())
        ask_about_refunds(now=timezone.now())
    assert list(Issue.objects.values_list("kind", "amount")) == [("refund_failed", Decimal("30.00"))]
    assert [each.pk for each in worklist(paid.conference).to_pay_out] == [back.pk]
    assert (back.is_paid_out, send_refunds(now=timezone.now() + 24 * HOURS), len(stripe.refunds)) == (False, 0, 1)
    pay_out(refund=back, by=factories.user(), now=timezone.now(), remark="By transfer")
    assert (worklist(paid.conference).to_pay_out, Refund.objects.get().is_paid_out) == ([], True)
    kinds = ["refunded", "paid_out", "payout_returned", "paid_out"]
    assert list(paid.events.values_list("kind", flat=True))[-4:] == kinds


@pytest.mark.both_databases
def test_refund_whose_key_stripe_has_forgotten_is_not_sent_again(stripe, paid, monkeypatch):
    """The worker died before it wrote it down, and the machine was away for two days."""
    refund(paid, "30.00")
    with monkeypatch.context() as patch:
        patch.setattr(payouts, "take_in_refunds", lambda **_fields: False)
        send_refunds(now=timezone.now())
    stripe.answers.clear()
    assert send_refunds(now=timezone.now() + 48 * HOURS) == 1
    assert Payout.objects.get().external_id == next(iter(stripe.refunds))
    assert len(stripe.refunds) == 1


def test_refund_that_nobody_sent_for_two_days_is_sent(stripe, paid):
    refund(paid, "30.00")
    refund(paid, "20.00")
    stripe.answers.clear()
    assert send_refunds(now=timezone.now() + 48 * HOURS) == 2
    assert sorted(each["amount"] for each in stripe.refunds.values()) == [2000, 3000]


@pytest.mark.both_databases
def test_dispute_is_put_before_the_organisers(client, stripe, paid):
    dispute = {
        "id": "dp_1",
        "amount": 10000,
        "currency": "eur",
        "payment_intent": stripe.sessions["cs_test_1"]["payment_intent"],
    }
    assert stripe.tell(client, "charge.dispute.created", dispute) == 200
    assert list(Issue.objects.values_list("kind", "order")) == [("disputed", paid.pk)]


@pytest.mark.both_databases
def test_payment_that_stripe_does_not_know_is_put_before_the_organisers(stripe, paid):
    """The keys are of another account now."""
    (back,) = refund(paid, "30.00")
    stripe.sessions.clear()
    now = timezone.now()
    assert send_refunds(now=now) == 0
    asked = len(stripe.requests)
    assert (send_refunds(now=now + HOURS), len(stripe.requests)) == (0, asked)
    assert list(Issue.objects.values_list("kind", "amount")) == [("refund_failed", Decimal("30.00"))]
    assert Payout.objects.get(refund=back).note == "No such payment_intent"


def test_stripe_that_is_away_is_not_asked_for_each_refund(stripe, paid):
    for _number in range(4):
        refund(paid, "10.00")
    asked = len(stripe.requests)
    stripe.failures = [(500, False)] * 20
    assert send_refunds(now=timezone.now()) == 0
    assert len(stripe.requests) - asked == 4  # two refunds, and each request is made once more
    stripe.failures = []
    assert send_refunds(now=timezone.now()) == 4


@pytest.mark.both_databases
def test_dispute_that_was_lost_is_written_down_as_the_list_says(client, stripe, paid, client_as):
    stripe.tell(client, "charge.dispute.created", {
        "id": "dp_1", "object": "dispute", "amount": 10000, "currency": "eur",
        "payment_intent": stripe.sessions["cs_test_1"]["payment_intent"],
    })  # fmt: skip
    organiser = client_as(Role.ORGANISER)
    money = f"/staff/{paid.conference.slug}/money/"
    assert "Stripe refuses to send it once more; then note it below" in organiser.get(money).content.decode()
    (lost,) = refund(paid, "100.00", paid.attendees.all())
    stripe.refuse_refunds = "The charge is disputed"
    send_refunds(now=timezone.now())
    organiser.post(f"/staff/{paid.conference.slug}/refunds/{lost.pk}/paid-out/", {"note": "Lost", "from": "money"})
    stripe.refuse_refunds = ""
    assert (send_refunds(now=timezone.now() + 24 * HOURS), stripe.refunds) == (0, {})
    assert (worklist(paid.conference).to_pay_out, Refund.objects.get().is_paid_out) == ([], True)
