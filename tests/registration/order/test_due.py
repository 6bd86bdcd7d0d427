"""Until when an order is to be paid, one mail before, one after, and its end where the organisers want it so."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import transaction
from post_office.models import Email

from registration.mail.models import MailText
from registration.order import due
from registration.order.due import due_at, ends_at, expire_order, expire_unpaid, remind
from registration.order.models import OrderStatus
from registration.order.payment import receive_payment, record_payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
NOON = dt.datetime(2027, 3, 1, 11, tzinfo=dt.UTC)  # in Berlin 12:00


@pytest.fixture
def conference(db):
    return factories.conference(start_date=dt.date(2027, 6, 9), end_date=dt.date(2027, 6, 11))


@pytest.fixture
def order(conference):
    return factories.order(
        conference=conference, total="100.00", status=OrderStatus.PENDING, seats=2, created_at=NOON,
        due_at=due_at(conference, now=NOON),
    )  # fmt: skip


def mails(subject):
    return Email.objects.filter(subject__startswith=subject).count()


@pytest.mark.parametrize(
    ("ordered", "days", "due"),
    [
        ((2027, 3, 1, 11), 14, (2027, 3, 15, 22, 59, 59)),
        ((2027, 3, 1, 23, 30), 14, (2027, 3, 16, 22, 59, 59)),  # in Berlin it is the next day
        ((2027, 6, 1, 11), 14, (2027, 6, 8, 21, 59, 59)),  # no later than the day before the first
        ((2027, 6, 10, 11), 14, (2027, 6, 10, 21, 59, 59)),  # at once, when it has begun
    ],
)
def test_due_is_the_end_of_a_day_there_before_it_begins(conference, ordered, days, due):
    conference.days_to_pay = days
    assert due_at(conference, now=dt.datetime(*ordered, tzinfo=dt.UTC)) == dt.datetime(*due, tzinfo=dt.UTC)


def test_no_days_are_no_due_date(conference):
    conference.days_to_pay = 0
    assert due_at(conference, now=NOON) is None


def test_one_mail_before_and_one_after(order):
    sent = [remind(now=NOON + day * DAY) for day in range(30)]
    assert [day for day, count in enumerate(sent) if count] == [12, 18]
    assert (mails("Payment due soon"), mails("Payment overdue")) == (1, 1)
    assert list(order.events.values_list("kind", flat=True)) == ["reminded", "overdue"]
    text = Email.objects.filter(subject__startswith="Payment overdue").get().message
    assert (order.reference in text, "€100" in text, "Monday 15 March 2027" in text) == (True, True, True)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("kind", "day", "when"),
    [
        ("order_due", 12, "Until Monday 15 March 2027"),
        ("order_overdue", 18, "It was to be paid by Monday 15 March 2027."),
    ],
)
def test_no_words_lose_what_is_to_be_paid_and_until_when(conference, order, kind, day, when):
    MailText.objects.create(conference=conference, kind=kind, subject="Please pay", text="Please pay, {buyer}.")
    remind(now=NOON + day * DAY)
    mail = Email.objects.get(subject="Please pay")
    for text in (mail.message, mail.html_message):
        assert "To be paid: €100" in re.sub(r"<[^>]+>", "", text)
        assert (when in text, "Until" in text) == (True, when.startswith("Until"))
        assert "If nothing is paid, the order ends on Monday 22 March 2027." in text


def test_who_has_paid_in_part_is_reminded_of_the_rest(order):
    record_payment(order=order, amount=Decimal("95"), method="cash", note="", by=factories.user(), now=NOON)
    sent = [remind(now=NOON + day * DAY) for day in range(30)]
    assert [day for day, count in enumerate(sent) if count] == [12, 18]
    assert (mails("€5 is missing"), mails("Payment due soon"), mails("Payment overdue")) == (3, 0, 0)
    said = [mail.message for mail in Email.objects.order_by("pk")]
    assert ["Until Monday 15 March 2027" in text for text in said] == [True, True, False]
    assert "It was to be paid by Monday 15 March 2027." in said[2]


@pytest.mark.both_databases
def test_two_workers_that_found_the_same_order_send_one_mail(order):
    stale = [type(order).objects.select_related("conference", "user").get(pk=order.pk) for _ in range(2)]
    assert [due._remind(each, "reminded_at", NOON) for each in stale] == [1, 0]
    assert mails("Payment due soon") == 1


@pytest.mark.both_databases
def test_nobody_is_reminded_who_has_just_ordered(conference, order):
    type(order).objects.update(created_at=order.due_at - 2 * DAY)
    assert remind(now=order.due_at - DAY) == 0


@pytest.mark.both_databases
def test_reminder_is_sent_from_its_moment_on_until_it_is_due_to_who_had_ordered_before(conference, order):
    moment, tick = order.due_at - conference.remind_before_days * DAY, dt.timedelta(microseconds=1)

    def sent(now, created_at=NOON):
        type(order).objects.update(created_at=created_at, reminded_at=None)
        return remind(now=now)

    assert [sent(now) for now in (moment - tick, moment, order.due_at - tick, order.due_at)] == [0, 1, 1, 0]
    assert [sent(moment, created_at) for created_at in (moment - tick, moment)] == [1, 0]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "change", [{"status": "paid"}, {"status": "cancelled"}, {"approval": "asked"}, {"due_at": None}]
)
def test_nobody_is_reminded_of_what_is_not_owed(order, change):
    type(order).objects.update(**change)
    assert (remind(now=NOON + 20 * DAY), Email.objects.count()) == (0, 0)


@pytest.mark.both_databases
def test_reminders_can_be_turned_off(conference, order):
    type(conference).objects.update(remind_before_days=0, remind_after_days=0)
    assert sum(remind(now=NOON + day * DAY) for day in range(30)) == 0


@pytest.mark.both_databases
def test_unpaid_order_waits_for_ever_where_the_organisers_want_it_so(conference, order):
    type(conference).objects.update(expire_after_days=None)
    order.conference.refresh_from_db()
    assert (ends_at(order), expire_unpaid(now=NOON + 300 * DAY)) == (None, 0)


@pytest.fixture
def expiring(order):
    """As nobody set it otherwise."""
    return order


def test_buyer_is_told_when_an_unpaid_order_ends(client, order):
    client.force_login(order.user)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "If nothing is paid, the order ends on 22 March 2027, 23:59." in page
    remind(now=order.due_at + 3 * DAY)
    told = Email.objects.get(subject__startswith="Payment overdue")
    ends = "If nothing is paid, the order ends on Monday 22 March 2027."
    assert (ends in told.message, ends in told.html_message) == (True, True)


@pytest.mark.both_databases
def test_order_does_not_end_while_it_is_being_paid_by_card(order):
    over = ends_at(order)
    type(order).objects.update(kept_until=over + 1.5 * HOUR)
    assert [expire_unpaid(now=over + hours * HOUR) for hours in range(3)] == [0, 0, 1]


def state(order):
    order.refresh_from_db()
    return order.status, sorted(order.attendees.values_list("state", flat=True))


def test_unpaid_order_ends_some_days_after_it_was_due(conference, expiring):
    assert expire_unpaid(now=NOON + 21 * DAY) == 0
    assert [expire_unpaid(now=NOON + 22 * DAY) for _ in range(2)] == [1, 0]
    assert state(expiring) == (OrderStatus.EXPIRED, ["cancelled", "cancelled"])
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (0, [])
    assert (mails("Your order for"), expiring.events.get().kind) == (1, "expired")


def test_order_with_a_payment_or_somebody_who_is_in_does_not_end(conference, expiring):
    other = factories.order(
        conference=conference, total="10.00", status=OrderStatus.PENDING, due_at=expiring.due_at, created_at=NOON
    )
    other.attendees.update(checked_in_at=NOON)
    record_payment(order=expiring, amount=Decimal("1.00"), method="cash", note="", by=factories.user(), now=NOON)
    assert expire_unpaid(now=NOON + 100 * DAY) == 0


def pay_late(order, amount="100.00"):
    import uuid

    return receive_payment(
        order=order, amount=Decimal(amount), method="bank_transfer", note="", by=None, now=NOON + 30 * DAY,
        request_id=uuid.uuid4(),
    )  # fmt: skip


def test_late_payment_takes_the_places_again(conference, expiring):
    expire_unpaid(now=NOON + 22 * DAY)
    pay_late(expiring)
    assert state(expiring) == (OrderStatus.PAID, ["valid", "valid"])
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (2, [])
    assert list(expiring.events.values_list("kind", flat=True)) == ["expired", "payment", "revived", "paid"]


@pytest.mark.both_databases
def test_late_payment_for_places_that_are_gone_is_kept_and_gives_no_ticket(conference, expiring):
    expire_unpaid(now=NOON + 22 * DAY)
    type(conference).objects.update(total_capacity=1)
    pay_late(expiring)
    assert state(expiring) == (OrderStatus.EXPIRED, ["cancelled", "cancelled"])
    assert (expiring.payments.count(), recount_places(conference=conference)) == (1, [])


def test_late_payment_of_too_little_takes_no_place(conference, expiring):
    expire_unpaid(now=NOON + 22 * DAY)
    pay_late(expiring, "40.00")
    assert state(expiring)[0] == OrderStatus.EXPIRED
    pay_late(expiring, "60.00")
    assert state(expiring)[0] == OrderStatus.PAID


@pytest.mark.both_databases
def test_late_payment_for_somebody_with_another_ticket_by_now_gives_no_second(conference, expiring):
    expire_unpaid(now=NOON + 22 * DAY)
    again = factories.order(conference=conference, seats=0)
    expiring.attendees.filter(pk=expiring.attendees.first().pk).update(order=again, state="valid")
    recount_places(conference=conference, fix=True)
    pay_late(expiring)
    assert state(expiring)[0] == OrderStatus.EXPIRED
    assert recount_places(conference=conference) == []


@pytest.mark.parametrize(("microseconds", "ended"), [(-1, 0), (0, 1), (1, 1)])
def test_order_can_end_from_the_moment_until_which_it_was_kept(expiring, microseconds, ended):
    """By what the worker looks for, and by what is asked again once the order is locked."""
    kept_until = ends_at(expiring) + HOUR
    type(expiring).objects.update(kept_until=kept_until)
    now = kept_until + dt.timedelta(microseconds=microseconds)
    over = now - DAY * expiring.conference.expire_after_days
    with transaction.atomic():
        assert expire_order(order=expiring, over=over, now=now) is bool(ended)
        transaction.set_rollback(True)
    assert expire_unpaid(now=now) == ended
