"""Banks send refunds back days later. Stripe's event may never come, or have no address to come to: the worker asks."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from registration.money.models import CardPayment, Issue
from registration.money.payouts import ask_about_refunds, send_refunds
from registration.money.worklist import worklist
from registration.order.models_money import Refund
from registration.order.refund import refund_order

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def send(order, amount="30.00"):
    refund_order(
        order=order, amount=Decimal(amount), reason="Ill", by=None, now=timezone.now(), request_id=uuid.uuid4()
    )
    assert send_refunds(now=timezone.now()) == 1


def ask_hourly(*, days):
    """How often Stripe was asked."""
    now = timezone.now()
    return sum(ask_about_refunds(now=now + hours * HOUR) for hours in range(24 * days))


@pytest.mark.parametrize("days", [0, 3, 20])
def test_refund_that_came_back_untold_is_found(stripe, paid, days):
    send(paid)
    ask_hourly(days=days)
    stripe.send_back()
    # A third of its age later at most.
    with time_machine.travel(timezone.now() + days * DAY, tick=False):
        ask_hourly(days=1 + days // 2)
    assert list(Issue.objects.values_list("kind", "amount")) == [("refund_failed", Decimal("30.00"))]
    assert worklist(paid.conference).to_pay_out == [Refund.objects.get()]


def test_it_is_asked_a_dozen_times_and_then_never_again(stripe, paid):
    send(paid)
    asked = len(stripe.requests)
    assert 5 < ask_hourly(days=60) < 15
    assert len(stripe.requests) - asked < 15
    assert CardPayment.objects.get().refunds_ask_at is None


def test_payment_of_which_nothing_went_back_is_never_asked_about(stripe, paid):
    assert (ask_hourly(days=3), CardPayment.objects.get().refunds_ask_at) == (0, None)


def test_stripe_that_is_away_is_asked_again_soon(stripe, paid):
    send(paid)
    stripe.send_back()
    later = timezone.now() + 7 * HOUR
    stripe.failures = [(500, False)] * 2
    ask_about_refunds(now=later)
    assert ask_about_refunds(now=later + dt.timedelta(minutes=5)) == 0
    assert ask_about_refunds(now=later + dt.timedelta(minutes=11)) == 1
    assert Issue.objects.get().kind == "refund_failed"


@pytest.mark.both_databases
def test_event_that_comes_while_stripe_is_asked_is_not_lost(stripe, paid, monkeypatch):
    from registration.money import payouts

    send(paid)
    now = timezone.now() + 7 * HOUR
    ask = payouts.stripe_api.list_refunds

    def ask_slowly(payment):
        told = ask(payment)
        CardPayment.objects.look_for_refunds_by(now)
        return told

    with monkeypatch.context() as patch:
        patch.setattr(payouts.stripe_api, "list_refunds", ask_slowly)
        ask_about_refunds(now=now)
    stripe.send_back()
    assert ask_about_refunds(now=now) == 1
    assert Issue.objects.get().kind == "refund_failed"


@pytest.mark.both_databases
def test_refund_that_fails_at_once_is_put_before_the_organisers(stripe, paid):
    stripe.refund_status = "failed"
    refund_order(order=paid, amount=Decimal(30), reason="Ill", by=None, now=timezone.now(), request_id=uuid.uuid4())
    assert send_refunds(now=timezone.now()) == 0
    assert Issue.objects.get().kind == "refund_failed"


@pytest.mark.both_databases
def test_payment_in_another_currency_is_let_be(client, stripe, order):
    from registration.money.card import start_card_payment

    start_card_payment(order=order, now=timezone.now())
    session = stripe.pay(currency="jpy")
    stripe.tell(client, "checkout.session.completed", session)
    stripe.tell(client, "charge.refunded", stripe.refund_there(session, amount=100))
    assert ask_hourly(days=1) == 0
    assert CardPayment.objects.get().refunds_ask_at is None


def test_payment_that_stripe_does_not_know_is_let_be(stripe, paid):
    send(paid)
    stripe.sessions.clear()
    assert ask_about_refunds(now=timezone.now() + 7 * HOUR) == 0
    assert CardPayment.objects.get().refunds_ask_at is None
