"""Money that goes back on Stripe's own pages although it was given as credit here: nobody has it twice and unseen."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.money.models import Issue
from registration.money.payouts import ask_about_refunds, send_refunds
from registration.order.ledger import check_ledger
from registration.order.models_credit import CreditPayout
from registration.order.models_money import Refund
from registration.order.refund import refund_order
from tests.registration.order.credits import left, ordered, use

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


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
