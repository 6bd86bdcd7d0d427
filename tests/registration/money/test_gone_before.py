"""Some of a card payment goes back on Stripe's own pages, and more is to go back from here than is left: told in whichever
order, or never, the buyer has it once, and the books say what went back.
"""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from registration.errors import RegistrationError
from registration.money import gone_back, payouts
from registration.money.issues import resolve_issue
from registration.money.models import Issue
from registration.money.payouts import ask_about_refunds, send_refunds
from registration.money.worklist import worklist
from registration.order.ledger import check_ledger
from registration.order.models_money import Payout, Refund, total_of
from registration.order.refund import pay_out, refund_order
from tests import factories
from tests.registration.money.cards import start
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=1)


def decide(order, amount, **fields):
    return refund_order(
        order=order,
        amount=Decimal(amount),
        reason="Ill",
        by=None,
        now=timezone.now(),
        request_id=uuid.uuid4(),
        **fields,
    )


def at_their_pages(stripe, amount):
    return stripe.refund_there(stripe.sessions["cs_test_1"], amount=amount * 100)


def tell(client, stripe, charge):
    assert stripe.tell(client, "charge.refunded", charge) == 200
    ask_about_refunds(now=timezone.now())


def work(hours=0):
    send_refunds(now=timezone.now() + hours * HOURS)
    ask_about_refunds(now=timezone.now() + hours * HOURS)


def gone(stripe, order):
    """At Stripe and by the books, which must agree with each other too."""
    assert check_ledger(conference=order.conference) == []
    there = sum(each["amount"] for each in stripe.refunds.values() if each["status"] != "failed")
    return there / 100, int(total_of(Payout.objects.standing()))


def issues():
    return [(kind, int(amount)) for kind, amount in Issue.objects.order_by("pk").values_list("kind", "amount")]


@pytest.mark.parametrize("told", ["between", "after", "never"])
def test_what_had_gone_back_there_is_counted_and_the_rest_is_sent(client, stripe, paid, told):
    charge = at_their_pages(stripe, 40)
    (refund,) = decide(paid, 100)
    if told == "between":
        tell(client, stripe, charge)
    work()
    for _time in range(2):
        if told == "after":
            tell(client, stripe, charge)
    work(hours=7)
    assert (gone(stripe, paid), issues()) == ((100, 100), [("counted_there", 40)])
    assert sorted(int(each.amount) for each in refund.payouts.all()) == [40, 60]
    assert (Refund.objects.count(), worklist(paid.conference).to_pay_out) == (1, [])


def test_what_is_told_before_leaves_so_much_less_to_give_back(client, stripe, paid):
    tell(client, stripe, at_their_pages(stripe, 40))
    with pytest.raises(RegistrationError) as refused:
        decide(paid, 100)
    decide(paid, 60)
    work()
    assert (refused.value.code, gone(stripe, paid), issues()) == (
        "more_than_paid",
        (100, 100),
        [("refunded_there", 40)],
    )


@pytest.mark.both_databases
def test_what_is_refunded_there_in_the_moment_of_sending_is_counted_at_once(stripe, paid, monkeypatch):
    """Stripe refuses, since less is left than a moment ago."""
    (refund,) = decide(paid, 100)
    create = payouts.stripe_api.create_refund

    def create_late(*args, **fields):
        if not stripe.refunds:
            at_their_pages(stripe, 40)
        return create(*args, **fields)

    monkeypatch.setattr(payouts.stripe_api, "create_refund", create_late)
    work()
    assert (gone(stripe, paid), issues()) == ((100, 100), [("counted_there", 40)])
    assert list(refund.payouts.order_by("pk").values_list("succeeded", "amount")) == [
        (False, 100),
        (True, 40),
        (True, 60),
    ]


def test_what_is_refunded_there_after_it_was_sent_is_given_back_beside_it(client, stripe, paid):
    decide(paid, 50)
    work()
    tell(client, stripe, at_their_pages(stripe, 40))
    assert (gone(stripe, paid), issues(), Refund.objects.count()) == ((90, 90), [("refunded_there", 40)], 2)


def test_two_refunds_are_filled_one_after_the_other(stripe, paid):
    at_their_pages(stripe, 70)
    first, second = (decide(paid, 50)[0] for _time in range(2))
    work()
    assert (gone(stripe, paid), issues()) == ((100, 100), [("counted_there", 70)])
    parts = [[int(each.amount) for each in refund.payouts.order_by("pk")] for refund in (first, second)]
    assert parts == [[50], [20, 30]]


def test_what_stripe_refused_and_people_sent_there_is_not_to_be_paid_out_any_more(client, stripe, paid):
    decide(paid, 50)
    stripe.refuse_refunds = "The account is empty"
    work()
    tell(client, stripe, at_their_pages(stripe, 50))
    stripe.refuse_refunds = ""
    work(hours=7)
    assert (gone(stripe, paid), issues()) == ((50, 50), [("refund_failed", 50)])
    assert worklist(paid.conference).to_pay_out == []


def test_what_is_refunded_there_once_the_failure_was_settled_is_told(client, stripe, paid):
    """Nobody was asked to send it any more."""
    decide(paid, 50)
    stripe.refuse_refunds = "The account is empty"
    work()
    resolve_issue(issue=Issue.objects.get(), note="Wait for the account", by=factories.user(), now=timezone.now())
    tell(client, stripe, at_their_pages(stripe, 50))
    assert (gone(stripe, paid), issues()) == ((50, 50), [("refund_failed", 50), ("counted_there", 50)])


def test_what_people_paid_out_and_is_refunded_there_as_well_is_told(client, stripe, paid):
    (refund,) = decide(paid, 100)
    pay_out(refund=refund, by=factories.user(), now=timezone.now())
    for _time in range(2):
        tell(client, stripe, at_their_pages(stripe, 50))
    assert (gone(stripe, paid), issues()) == ((100, 100), [("given_twice", 50), ("given_twice", 50)])


@pytest.mark.both_databases
def test_people_pay_out_what_is_left_of_it(client_as, stripe, paid):
    at_their_pages(stripe, 40)
    (refund,) = decide(paid, 100)
    stripe.refuse_refunds = "The account is empty"
    work()
    page = client_as("organiser").get(f"/staff/{paid.conference.slug}/money/").content.decode()
    assert "€60" in page
    assert "What is left of €100" in page
    pay_out(refund=refund, by=factories.user(), now=timezone.now())
    assert (refund.payouts.last().amount, Refund.objects.get().is_paid_out) == (60, True)
    with pytest.raises(RegistrationError):
        pay_out(refund=refund, by=factories.user(), now=timezone.now())


def test_part_that_comes_back_is_left_to_pay_out(client, stripe, paid):
    at_their_pages(stripe, 40)
    (refund,) = decide(paid, 100)
    work()
    stripe.send_back(next(iter(stripe.refunds.values())))
    work(hours=7)
    assert (gone(stripe, paid), Refund.objects.get().left) == ((60, 60), 40)
    assert [each.pk for each in worklist(paid.conference).to_pay_out] == [refund.pk]


def test_control_without_a_look_at_stripe_it_is_refused_and_never_sent(stripe, paid, monkeypatch):
    monkeypatch.setattr(payouts, "take_in_refunds", lambda **_fields: False)
    at_their_pages(stripe, 40)
    decide(paid, 100)
    work()
    assert issues() == [("refund_failed", 100)]


def sent_by_two_workers(client, stripe, monkeypatch):
    """Both have asked what went back before either sends; what Stripe sent of 20, the rest of 30."""
    order = unpaid_order(factories.conference())
    start(order)
    stripe.tell(client, "checkout.session.completed", stripe.pay())
    at_their_pages(stripe, 10)
    decide(order, 30)
    barrier, ask = threading.Barrier(2), payouts.stripe_api.list_refunds

    def ask_together(payment):
        told = ask(payment)
        barrier.wait(30)
        return told

    def send():
        send_refunds(now=timezone.now())
        connection.close()

    monkeypatch.setattr(payouts.stripe_api, "list_refunds", ask_together)
    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each["amount"] for each in stripe.refunds.values() if each["metadata"]], order


@pytest.mark.both_databases
def test_two_workers_at_once_send_it_once(own_database, client, stripe, monkeypatch):
    sent, order = sent_by_two_workers(client, stripe, monkeypatch)
    assert (sent, gone(stripe, order), issues()) == ([2000], (30, 30), [("counted_there", 10)])


@pytest.mark.both_databases
def test_control_two_workers_without_a_common_key_send_it_twice(own_database, client, stripe, monkeypatch):
    create = payouts.stripe_api.create_refund

    def create_anew(refund, *, amount, attempt):
        return create(refund, amount=amount, attempt=uuid.uuid4())

    monkeypatch.setattr(payouts.stripe_api, "create_refund", create_anew)
    sent, order = sent_by_two_workers(client, stripe, monkeypatch)
    # The books say so nevertheless.
    assert (sent, gone(stripe, order)) == ([2000, 2000], (50, 50))


def test_worker_that_sees_another_amount_left_does_not_send_it_again(stripe, paid):
    """Another has sent it, and has not written it down; what is refunded there meanwhile leaves less to send."""
    (refund,) = decide(paid, 50)
    payouts.stripe_api.create_refund(refund, amount=Decimal(50), attempt=0)
    with pytest.raises(payouts.stripe_api.UnreachableError):
        payouts.stripe_api.create_refund(refund, amount=Decimal(30), attempt=0)
    work()
    assert (gone(stripe, paid), len(stripe.refunds)) == ((50, 50), 1)


def test_what_people_pay_out_in_the_moment_of_sending_is_put_before_them(stripe, paid, monkeypatch):
    (refund,) = decide(paid, 30)
    create = payouts.stripe_api.create_refund

    def create_late(*args, **fields):
        pay_out(refund=refund, by=factories.user(), now=timezone.now())
        return create(*args, **fields)

    monkeypatch.setattr(payouts.stripe_api, "create_refund", create_late)
    work()
    # 30 by hand, and 30 by Stripe.
    assert (gone(stripe, paid), issues()) == ((30, 60), [("refunded_there", 30)])


def test_stale_list_brings_nothing_back(stripe, paid):
    decide(paid, 50)
    work()
    payment = paid.payments.get()
    stale = payouts.stripe_api.list_refunds(payment)
    stripe.send_back()
    work(hours=7)
    assert not gone_back.take_in_refunds(payment=payment, told=stale, now=timezone.now())
    assert Refund.objects.get().left == 50
