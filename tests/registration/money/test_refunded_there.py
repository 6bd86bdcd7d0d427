"""Money that goes back on Stripe's own pages although it was given as credit here: nobody has it twice and unseen."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.money import gone_back
from registration.money.gone_back import take_in_refunds
from registration.money.models import Issue
from registration.money.payouts import ask_about_refunds, send_refunds
from registration.money.stripe_api import list_refunds
from registration.order.ledger import check_ledger
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_money import Refund
from registration.order.refund import refund_order
from tests.registration.order.credits import left, ordered, use

pytestmark = pytest.mark.django_db


def give_credit(order, amount):
    refund_order(
        order=order, amount=Decimal(amount), reason="Ill", by=None, now=timezone.now(), request_id=uuid.uuid4(),
        as_credit=True,
    )  # fmt: skip


def refunded_there(client, stripe, *amounts):
    """`amounts` are of one after the other."""
    for amount in amounts:
        charge = stripe.refund_there(stripe.sessions["cs_test_1"], amount=amount * 100)
        for _time in range(2):
            assert stripe.tell(client, "charge.refunded", charge) == 200
            ask_about_refunds(now=timezone.now())


def issues():
    return [(kind, int(amount)) for kind, amount in Issue.objects.order_by("pk").values_list("kind", "amount")]


def refunds():
    rows = Refund.objects.order_by("pk").values_list("amount", "credit")
    return [(int(amount), "credit" if credit else "money") for amount, credit in rows]


@pytest.mark.both_databases
def test_credit_is_taken_back_as_far_as_it_is_left(client, stripe, paid):
    give_credit(paid, 100)
    refunded_there(client, stripe, 100)
    assert (left(), refunds(), issues()) == ([Decimal(0)], [(100, "credit")], [("refunded_there", 100)])
    assert (send_refunds(now=timezone.now()), len(stripe.refunds)) == (0, 1)
    assert paid.events.last().kind == "credit_paid_out"
    assert check_ledger(conference=paid.conference) == []


def test_what_was_not_given_back_here_comes_first_then_the_credit(client, stripe, paid):
    give_credit(paid, 40)
    refunded_there(client, stripe, 50, 40)
    assert (left(), refunds()) == ([Decimal(10)], [(40, "credit"), (50, "money"), (10, "money")])
    assert [int(each.amount) for each in CreditPayout.objects.all()] == [30]
    assert issues() == [("refunded_there", 50), ("refunded_there", 40)]
    assert check_ledger(conference=paid.conference) == []


def test_credit_that_is_used_up_is_told_as_had_twice(client, stripe, paid):
    give_credit(paid, 100)
    use(ordered(paid.user, paid.conference, total="80.00"))
    refunded_there(client, stripe, 100)
    assert (left(), issues()) == ([Decimal(0)], [("refunded_there", 20), ("given_twice", 80)])
    assert check_ledger(conference=paid.conference) == []


@pytest.mark.both_databases
def test_what_the_bank_sent_back_was_not_had_twice(client, stripe, paid):
    give_credit(paid, 100)
    use(ordered(paid.user, paid.conference, total="100.00"))
    refunded_there(client, stripe, 100)
    stripe.send_back()
    ask_about_refunds(now=timezone.now() + dt.timedelta(hours=7))
    assert Issue.objects.get().resolved_at is not None
    refunded_there(client, stripe, 100)
    assert issues() == [("given_twice", 100), ("given_twice", 100)]
    assert Issue.objects.open().count() == 1


def sent_back(stripe, refund=None):
    stripe.send_back(refund)
    for hours in (7, 14):
        ask_about_refunds(now=timezone.now() + dt.timedelta(hours=hours))


def test_what_the_bank_sent_back_is_credit_again(client, stripe, paid):
    give_credit(paid, 100)
    refunded_there(client, stripe, 100)
    sent_back(stripe)
    assert (left(), issues()) == ([Decimal(100)], [("refunded_there", 100), ("credit_again", 100)])
    assert paid.events.last().kind == "payout_returned"
    assert use(ordered(paid.user, paid.conference, total="100.00")).amount == 100
    assert check_ledger(conference=paid.conference) == []


@pytest.mark.both_databases
def test_only_what_had_been_taken_for_it_is_credit_again(client, stripe, paid):
    give_credit(paid, 40)
    refunded_there(client, stripe, 70, 20)
    first, _second = stripe.refunds.values()
    assert (left(), [int(each.amount) for each in CreditPayout.objects.order_by("pk")]) == ([Decimal(10)], [10, 20])
    sent_back(stripe, first)
    assert (left(), issues()[2:]) == ([Decimal(20)], [("refund_failed", 60), ("credit_again", 10)])
    assert check_ledger(conference=paid.conference) == []


def test_what_is_credit_again_is_taken_back_again_by_another_refund(client, stripe, paid):
    give_credit(paid, 100)
    refunded_there(client, stripe, 100)
    sent_back(stripe)
    refunded_there(client, stripe, 100)
    assert (left(), issues()[2:]) == ([Decimal(0)], [("refunded_there", 100)])
    assert check_ledger(conference=paid.conference) == []


def test_stale_list_takes_nothing_of_what_is_credit_again(client, stripe, paid):
    give_credit(paid, 100)
    refunded_there(client, stripe, 100)
    stale = list_refunds(paid.payments.get())
    sent_back(stripe)
    assert not take_in_refunds(payment=paid.payments.get(), told=stale, now=timezone.now())
    assert left() == [Decimal(100)]


@pytest.mark.both_databases
def test_what_is_told_late_is_taken_under_its_own_number(stripe, paid):
    give_credit(paid, 100)
    for amount in (60, 40):
        stripe.refund_there(stripe.sessions["cs_test_1"], amount=amount * 100)
    payment = paid.payments.get()
    second, first = list_refunds(payment)
    for told in ([second], [second, first]):
        assert take_in_refunds(payment=payment, told=told, now=timezone.now())
    taken = CreditPayout.objects.order_by("pk").values_list("external_id", "amount")
    assert list(taken) == [(second.id, 40), (first.id, 60)]


@pytest.mark.both_databases
def test_credit_that_is_given_while_the_order_is_waited_for_is_locked_before_it_is_taken_back(
    stripe, paid, monkeypatch
):
    stripe.refund_there(stripe.sessions["cs_test_1"], amount=10000)
    held, lock_order, lock_credit_of = [], gone_back.lock_order, gone_back.lock_credit_of

    def lock_late(pk):
        if not Credit.objects.exists():
            give_credit(paid, 100)
        return lock_order(pk)

    def lock(payment):
        held.append(lock_credit_of(payment))
        return held[-1]

    monkeypatch.setattr(gone_back, "lock_order", lock_late)
    monkeypatch.setattr(gone_back, "lock_credit_of", lock)
    assert take_in_refunds(payment=paid.payments.get(), told=list_refunds(paid.payments.get()), now=timezone.now())
    assert held == [set(), {Credit.objects.get().pk}]
    assert (left(), issues()) == ([Decimal(0)], [("refunded_there", 100)])
    assert check_ledger(conference=paid.conference) == []
