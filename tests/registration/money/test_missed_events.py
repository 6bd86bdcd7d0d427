"""Events that never come, lost on the way or with no webhook to come to, are read from Stripe's list and dealt with as if they
had come.
"""

import datetime as dt
import json
import threading

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from registration.money import missed_events, stripe_api
from registration.money.missed_events import read_missed_events
from registration.money.models import EventReading, Issue, StripeEvent
from registration.money.payouts import ask_about_refunds, send_refunds
from registration.money.webhook import TOLD_BY_EVENTS_ALONE
from registration.order.ledger import check_ledger
from registration.order.models_money import Payout, total_of

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
LISTED = "GET /v1/events"


def refund_untold(stripe, amount=40):
    return stripe.refund_there(next(iter(stripe.sessions.values())), amount=amount * 100)


def work(after=dt.timedelta(0)):
    now = timezone.now() + after
    read_missed_events(now=now)
    ask_about_refunds(now=now)


def issues():
    return [(kind, int(amount)) for kind, amount in Issue.objects.order_by("pk").values_list("kind", "amount")]


def gone(order):
    assert check_ledger(conference=order.conference) == []
    return int(total_of(Payout.objects.standing()))


def test_refund_there_of_which_no_event_came_is_found_and_recorded(stripe, paid):
    work()
    assert (gone(paid), issues()) == (0, [])
    refund_untold(stripe)
    work(after=HOUR)
    assert (gone(paid), issues()) == (40, [("refunded_there", 40)])
    assert (send_refunds(now=timezone.now() + HOUR), len(stripe.refunds)) == (0, 1)


def test_refund_that_the_bank_sent_back_is_found_too(stripe, paid):
    refund_untold(stripe)
    work()
    stripe.send_back()
    work(after=HOUR)
    assert (gone(paid), issues()) == (0, [("refunded_there", 40), ("refund_failed", 40)])


def test_dispute_of_which_no_event_came_is_put_before_the_organisers(stripe, paid):
    dispute(stripe, paid)
    work()
    assert issues() == [("disputed", 100)]


@pytest.mark.both_databases
@pytest.mark.parametrize("first", ["event", "list"])
def test_event_that_comes_as_well_changes_nothing(client, stripe, paid, first):
    refund_untold(stripe)
    sent = [json.dumps(event).encode() for event in stripe.events if event["type"] in TOLD_BY_EVENTS_ALONE]
    if first == "list":
        work()
    for payload in sent:
        assert stripe.send(client, payload).status_code == 200
    work()
    work(after=HOUR)
    assert (gone(paid), issues()) == (40, [("refunded_there", 40)])
    assert StripeEvent.objects.filter(kind__in=TOLD_BY_EVENTS_ALONE).count() == len(sent)


def test_it_is_one_request_an_hour(stripe, paid):
    now = timezone.now()
    for minutes in range(0, 180, 5):
        read_missed_events(now=now + minutes * MINUTE)
    assert stripe.requests.count(LISTED) == 3


def test_the_first_reading_goes_back_as_far_as_the_list_and_the_next_an_hour_before_it(stripe, monkeypatch):
    since, ask = [], stripe_api.list_events

    def note(kinds, **fields):
        since.append(fields["since"])
        return ask(kinds, **fields)

    monkeypatch.setattr(stripe_api, "list_events", note)
    now = timezone.now()
    for hours in (0, 1, 72):
        read_missed_events(now=now + hours * HOUR)
    # After days without a worker nothing is left out.
    assert since == [now - 30 * DAY - HOUR, now - HOUR, now]


def test_what_happened_shortly_before_the_last_reading_and_was_listed_late_is_found(stripe, paid):
    now = timezone.now()
    refund_untold(stripe)
    late, stripe.events = stripe.events, []
    read_missed_events(now=now + 50 * MINUTE)
    stripe.events = late
    work(after=2 * HOUR)
    assert gone(paid) == 40


@pytest.mark.both_databases
def test_much_is_read_a_page_at_a_time_and_nothing_that_happens_meanwhile_is_left_out(stripe, paid):
    refund_untold(stripe)
    for _number in range(210):
        stripe.event("charge.refunded", {"payment_intent": "pi_of_others", "metadata": {}})
    now = timezone.now()
    assert read_missed_events(now=now) == 100
    assert EventReading.objects.get().read_until < now
    stripe.event("charge.refunded", {"payment_intent": "pi_of_others", "metadata": {}})
    assert [read_missed_events(now=now + MINUTE), read_missed_events(now=now + 2 * MINUTE)] == [100, 11]
    ask_about_refunds(now=now + 2 * MINUTE)
    assert (gone(paid), EventReading.objects.get().read_until, stripe.requests.count(LISTED)) == (40, now, 3)
    assert read_missed_events(now=now + 62 * MINUTE) == 1


def test_stripe_that_is_away_is_asked_again_in_ten_minutes(stripe, paid):
    refund_untold(stripe)
    stripe.failures = [(500, False)] * 2
    work()
    asked = len(stripe.requests)
    work(after=9 * MINUTE)
    assert (gone(paid), len(stripe.requests)) == (0, asked)
    work(after=10 * MINUTE)
    assert gone(paid) == 40


@pytest.mark.both_databases
def test_page_that_stripe_does_not_know_any_more_is_begun_again(stripe, paid):
    now = timezone.now()
    EventReading.objects.create(read_until=now - DAY, begun_at=now - HOUR, page_after="evt_long_ago", ask_at=now)
    refund_untold(stripe)
    work()
    work(after=10 * MINUTE)
    assert (gone(paid), EventReading.objects.get().read_until) == (40, now - HOUR)


def dispute(stripe, order, **fields):
    told = {"id": "dp_1", "amount": 10000, "currency": "eur", "payment_intent": order.payments.get().external_id}
    stripe.event("charge.dispute.created", told | fields)
    return stripe.events[-1]


def of_others(stripe, number):
    for _time in range(number):
        stripe.event("charge.refunded", {"payment_intent": "pi_of_others", "metadata": {}})


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 104), (104, 1), (104, 104)])
def test_event_that_fails_keeps_back_no_other_and_is_tried_again_until_it_is_dealt_with(
    stripe, paid, caplog, before, after
):
    """`before` and `after` are how many others happened: on its own page, or on pages read after and before it."""
    stripe.events.clear()
    of_others(stripe, before)
    failing = dispute(stripe, paid, currency=None)
    of_others(stripe, after)
    for event in stripe.events[: before + 1]:
        event["created"] -= 3 * 86400
    now = timezone.now()

    def read(hour):
        return sum(read_missed_events(now=now + hour * HOUR + minute * MINUTE) for minute in range(20))

    assert [read(hour) for hour in range(3)] == [before + after, 0, 0]
    assert (issues(), StripeEvent.objects.filter(event_id=failing["id"]).exists()) == ([], False)
    said = [record.getMessage() for record in caplog.records if record.name == missed_events.__name__]
    assert said == [f"Stripe's event {failing['id']} failed: AttributeError"] * 3
    failing["data"]["object"]["currency"] = "eur"
    assert ([read(3), read(4)], issues()) == ([1, 0], [("disputed", 100)])
    assert EventReading.objects.get().read_until >= now + 4 * HOUR


def test_event_that_failed_and_is_no_longer_listed_is_let_be(stripe, paid):
    failing = dispute(stripe, paid, currency=None)
    work()
    assert EventReading.objects.get().read_until == dt.datetime.fromtimestamp(failing["created"], dt.UTC)
    stripe.events.clear()
    now = timezone.now() + HOUR
    read_missed_events(now=now)
    assert EventReading.objects.get().read_until == now


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_database_that_is_away_ends_the_page_and_it_is_read_again(stripe, paid, monkeypatch, error):
    refund_untold(stripe)
    now = timezone.now()

    def away(_event, *, now):
        raise error

    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(missed_events, "handle_event", away)
        read_missed_events(now=now)
    assert EventReading.objects.get().read_until == now - 30 * DAY
    work(after=10 * MINUTE)
    assert gone(paid) == 40


@pytest.mark.both_databases
def test_they_are_dealt_with_in_the_order_in_which_they_happened(stripe, paid):
    for number in range(3):
        dispute(stripe, paid, id=f"dp_{number}")
    work()
    assert list(Issue.objects.order_by("pk").values_list("external_id", flat=True)) == ["dp_0", "dp_1", "dp_2"]


def test_without_a_key_nothing_is_asked_or_written(stripe, paid, settings):
    settings.STRIPE_SECRET_KEY = ""
    asked = len(stripe.requests)
    assert read_missed_events(now=timezone.now()) == 0
    assert (len(stripe.requests), EventReading.objects.count()) == (asked, 0)


@pytest.mark.both_databases
def test_of_two_workers_one_asks(own_database, stripe, monkeypatch):
    """Both have seen that it is time before either says that it asks."""
    now = timezone.now()
    EventReading.objects.create(read_until=now, ask_at=now)
    barrier, look = threading.Barrier(2), EventReading.objects.get_or_create

    def look_together(**fields):
        found = look(**fields)
        barrier.wait(30)
        return found

    def read():
        read_missed_events(now=now)
        connection.close()

    monkeypatch.setattr(missed_events.EventReading.objects, "get_or_create", look_together)
    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stripe.requests.count(LISTED) == 1
