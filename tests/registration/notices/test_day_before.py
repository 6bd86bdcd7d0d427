import datetime as dt

import pytest
from django.db import transaction
from post_office.models import Email

from registration.attendee.models import Attendee, AttendeeState
from registration.mail.message import files_of
from registration.notices import telling
from registration.notices.day_before import tell_the_day_before
from registration.notices.models import Notice
from tests import factories

pytestmark = pytest.mark.django_db

# 10:00 in Auckland on the day before; the day before that in UTC.
TEN = dt.datetime(2027, 6, 7, 22, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def auckland():
    days = {"start_date": dt.date(2027, 6, 9), "end_date": dt.date(2027, 6, 11)}
    return factories.conference(
        name="Tidewater", timezone="Pacific/Auckland", venue="Old Hall", address="Quay 1",
        directions="Bus 12 to the harbour.", contact_email="hello@tidewater.example", **days,
    )  # fmt: skip


def seat(conference, **fields):
    return factories.attendee(conference=conference, **{"created_at": TEN - dt.timedelta(days=9)} | fields)


def test_everybody_gets_their_code_and_the_way_once(auckland):
    seats = [seat(auckland) for _number in range(3)]
    assert tell_the_day_before(now=TEN + MINUTE) == 3
    assert tell_the_day_before(now=TEN + 2 * MINUTE) == 0
    mails = list(Email.objects.order_by("pk"))
    assert [mail.to for mail in mails] == [[one.email] for one in seats]
    first = mails[0]
    assert first.subject == "Tomorrow: Tidewater"
    assert first.headers == {"Reply-To": "hello@tidewater.example"}
    for said in (
        seats[0].access_code[:4],
        "Old Hall",
        "Quay 1",
        "Bus 12 to the harbour.",
        "openstreetmap.org/search?query=Old+Hall%2C+Quay+1",
    ):
        assert said in first.message and said in first.html_message
    assert [file.name for file in files_of(first)] == ["qr.png", "ticket.ics", "ticket.pdf"]


@pytest.mark.parametrize(
    ("now", "told"),
    [(TEN - MINUTE, 0), (TEN, 1), (TEN + dt.timedelta(hours=13, minutes=59), 1), (TEN + dt.timedelta(hours=14), 0)],
)
def test_it_is_told_from_ten_to_midnight_of_the_conferences_own_day(auckland, now, told):
    seat(auckland)
    assert tell_the_day_before(now=now) == told


def test_who_is_not_expected_or_has_just_got_a_ticket_gets_none(auckland):
    seat(auckland, state=AttendeeState.CANCELLED)
    seat(auckland, blocked_reason="asked to stay away")
    seat(auckland, completed_registration=False)
    seat(auckland, created_at=TEN + MINUTE)
    other = factories.conference(start_date=dt.date(2027, 6, 10), end_date=dt.date(2027, 6, 11))
    seat(other)
    hidden = factories.conference(start_date=dt.date(2027, 6, 9), end_date=dt.date(2027, 6, 9), is_active=False)
    seat(hidden)
    assert tell_the_day_before(now=TEN + 2 * MINUTE) == 0


@pytest.mark.both_databases
def test_a_conference_that_moves_tells_again_the_day_before(auckland):
    seat(auckland)
    assert tell_the_day_before(now=TEN) == 1
    auckland.start_date += dt.timedelta(days=1)
    auckland.save()
    assert tell_the_day_before(now=TEN + dt.timedelta(days=1)) == 1


def test_turns_are_short_and_go_on_where_they_stopped(auckland, monkeypatch):
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    for _number in range(3):
        seat(auckland)
    assert [tell_the_day_before(now=TEN) for _turn in range(3)] == [2, 1, 0]


@pytest.mark.both_databases
def test_another_worker_that_was_quicker_leaves_one_mail(auckland):
    """Both have read the same seats; what the first has noted decides."""
    one = seat(auckland)
    waiting, mailed = Attendee.objects.filter(pk=one.pk), []
    about = {"kind": "day_before", "about": auckland.start_date.isoformat()}
    telling.list_to_tell([one.pk], **about)

    def tell():
        return telling._tell(waiting, [one.pk], *about.values(), telling._one_by_one(mailed.append), TEN)

    assert (tell(), tell(), mailed) == (1, 0, [one])


def test_a_crash_after_half_leaves_nothing_half_done(auckland):
    seat(auckland)
    with pytest.raises(RuntimeError), transaction.atomic():
        tell_the_day_before(now=TEN)
        raise RuntimeError
    assert (Email.objects.count(), Notice.objects.count()) == (0, 0)
    assert tell_the_day_before(now=TEN) == 1


def test_an_address_that_is_none_keeps_nobody_else(auckland):
    Attendee.objects.filter(pk=seat(auckland).pk).update(email="not an address")
    seat(auckland)
    assert tell_the_day_before(now=TEN) == 2
    assert Email.objects.count() == 1
    assert tell_the_day_before(now=TEN) == 0
