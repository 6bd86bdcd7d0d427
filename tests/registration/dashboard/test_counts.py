"""The numbers on the dashboard."""

import datetime as dt
import random
import uuid

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.checkin.admission import check_in, undo_check_in
from registration.checkin.hand_outs import is_hand_out
from registration.checkin.models import Checkpoint, Entry, Scan, Verdict
from registration.dashboard import memo
from registration.dashboard.counts import DeskCount, Heads, TicketCount, by_desk, last_scans, named
from registration.dashboard.day import all_in_by, arrivals_today, day_start
from registration.order.models import OrderStatus
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["counted anew", "kept"], autouse=True)
def _both_ways(request, monkeypatch):
    """Each number is the same for a small conference and for one whose counts are kept."""
    monkeypatch.setattr(memo, "WORTH_KEEPING", 10**9 if request.param == "counted anew" else -1)
    monkeypatch.setattr(memo, "_heads", {})
    monkeypatch.setattr(memo, "_marks", {})


def heads(conference, now=None) -> Heads:
    return named(memo.heads(conference, now=now or timezone.now()), conference)


def scans(conference, now=None):
    now = now or timezone.now()
    since = day_start(conference, conference.local_date(now))
    return by_desk(memo.scans(conference, since=since, now=now), conference)


def scan(conference, code, *, by=None, now=None, checkpoint=None, **fields):
    return check_in(
        checkpoint=checkpoint or Checkpoint.objects.main(conference),
        code=code,
        scan_id=uuid.uuid4(),
        by=by,
        now=now or timezone.now(),
        **fields,
    )


def test_heads_are_counted_by_ticket(conference):
    regular = factories.ticket_type(conference=conference, name="Regular")
    student = factories.ticket_type(conference=conference, name="Student")
    factories.order(conference=conference, ticket_type=regular, seats=2)
    factories.order(conference=conference, ticket_type=regular, total="50.00", status=OrderStatus.PENDING)
    factories.attendee(conference=conference, ticket_type=student, completed_registration=False)
    factories.attendee(conference=conference, ticket_type=student, blocked_reason="lost")
    factories.attendee(conference=conference, ticket_type=student, state=AttendeeState.CANCELLED)
    inside = factories.attendee(conference=conference)
    factories.attendee(conference=factories.conference())
    scan(conference, inside.access_code)
    counted = heads(conference)
    assert counted == Heads(
        (TicketCount("Regular", 3, 3, 0), TicketCount("Student", 2, 0, 0), TicketCount("", 1, 1, 1)), unpaid=1
    )
    assert (counted.registered, counted.paid, counted.expected, counted.checked_in) == (6, 5, 4, 1)


@pytest.mark.both_databases
def test_every_change_shows_at_once(conference):
    """Each step is followed by a look, as the page does it, so that what was kept must notice the change."""
    ticket = factories.ticket_type(conference=conference, name="Regular")
    seen = []

    def look():
        row = heads(conference).tickets[0]
        seen.append((row.registered, row.expected, row.checked_in))

    look()
    seat = factories.attendee(conference=conference, ticket_type=ticket)
    look()
    admitted = scan(conference, seat.access_code)
    look()
    undo_check_in(
        conference=conference,
        scan_id=admitted.scan.pk,
        by=factories.user(),
        role=Role.DESK,
        reason="wrong person",
        now=timezone.now(),
    )
    look()
    seat.refresh_from_db()
    seat.blocked_reason = "lost"
    seat.save(update_fields=["blocked_reason", "updated_at"])
    look()
    factories.end(seat)
    look()
    assert seen == [(0, 0, 0), (1, 1, 0), (1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0)]


def test_who_is_blocked_right_after_coming_in_is_expected_no_more(conference):
    seat = factories.attendee(conference=conference)
    heads(conference)
    scan(conference, seat.access_code)
    seat.refresh_from_db()
    assert (heads(conference).expected, heads(conference).checked_in) == (1, 1)
    seat.blocked_reason = "lost"
    seat.save(update_fields=["blocked_reason", "updated_at"])
    assert (heads(conference).expected, heads(conference).checked_in) == (0, 1)


@pytest.mark.both_databases
def test_what_settles_from_look_to_look_is_counted_once(conference, monkeypatch):
    """A day of looks, some long after the one before: every number is that of a count of everything."""
    now = dt.datetime(2999, 6, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=30)
    chance = random.Random(5)
    tickets = [factories.ticket_type(conference=conference) for _ in range(2)]
    seats = [factories.attendee(conference=conference, ticket_type=chance.choice(tickets)) for _ in range(90)]
    desks = [factories.user(), factories.user()]

    def look():
        return heads(conference, now), scans(conference, now), arrivals_today(conference, now=now)

    for number in range(40):
        for _ in range(3):
            code = seats.pop().access_code if chance.random() < 0.7 and seats else "UNKNOWN1"
            came = now - dt.timedelta(seconds=chance.randrange(1, 30))
            scan(conference, code, by=chance.choice(desks), now=came)
        looked = look()
        with monkeypatch.context() as anew:
            anew.setattr(memo, "WORTH_KEEPING", 10**9)
            anew.setattr(memo, "_heads", {})
            anew.setattr(memo, "_marks", {})
            assert looked == look(), number
        now += dt.timedelta(seconds=chance.choice([30, 31, 45, 60, 90, 400, 1000]))


def test_admission_of_long_ago_stays_counted(conference):
    now = timezone.now()
    ticket = factories.ticket_type(conference=conference)
    for minutes in (1, 3, 30, 90):
        factories.attendee(conference=conference, ticket_type=ticket, checked_in_at=now - dt.timedelta(minutes=minutes))
    assert [heads(conference, now + dt.timedelta(minutes=later)).checked_in for later in (0, 2, 10)] == [4, 4, 4]


@pytest.mark.both_databases
def test_spans_follow_what_comes_and_what_is_taken_back(conference):
    now = timezone.now()
    edges = [now - dt.timedelta(minutes=minutes) for minutes in (120, 60, 20, -20)]

    def look():
        heads(conference)
        return memo.between(conference, column="checked_in_at", edges=edges)

    seats = [
        factories.attendee(conference=conference, checked_in_at=now - dt.timedelta(minutes=minutes))
        for minutes in (90, 60, 30, 1)
    ]
    assert [look(), look()] == [[1, 2, 1]] * 2
    scan(conference, factories.attendee(conference=conference).access_code)
    assert [look(), look()] == [[1, 2, 2]] * 2
    seats[2].checked_in_at = None
    seats[2].save(update_fields=["checked_in_at", "updated_at"])
    assert [look(), look()] == [[1, 1, 2]] * 2


@pytest.mark.both_databases
@pytest.mark.parametrize("_both_ways", ["kept"], indirect=True)
def test_span_that_is_over_is_counted_once(conference, django_assert_num_queries):
    now = timezone.now()
    edges = [now - dt.timedelta(minutes=minutes) for minutes in (120, 60, 20)]
    heads(conference)
    memo.between(conference, column="checked_in_at", edges=edges)
    with django_assert_num_queries(0):
        memo.between(conference, column="checked_in_at", edges=edges)
    with django_assert_num_queries(1):
        memo.between(conference, column="created_at", edges=edges)


def test_scans_are_counted_by_desk_and_reason(conference):
    """The conference's own day: it began an hour before UTC's here."""
    conference.timezone = "Europe/Berlin"
    noon = dt.datetime(2026, 11, 25, 11, tzinfo=dt.UTC)
    ines = factories.user(name="Ines")
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    seat = factories.attendee(conference=conference)
    scan(conference, "UNKNOWN1", by=ines, now=noon - dt.timedelta(hours=13))  # yesterday
    scan(conference, "UNKNOWN1", by=ines, now=noon - dt.timedelta(hours=12))
    scan(conference, seat.access_code, by=ines, now=noon - dt.timedelta(minutes=20))
    scan(conference, seat.access_code, by=ines, now=noon - dt.timedelta(minutes=1))
    scan(conference, seat.access_code, now=noon, checkpoint=lunch)
    tablet = factories.tablet(conference=conference, name="Tablet 1")
    scan(conference, "UNKNOWN1", now=noon - dt.timedelta(minutes=30), tablet=tablet, by_name="Kim")
    scan(conference, "UNKNOWN1", now=noon - dt.timedelta(minutes=29), tablet=tablet, by_name="Jo")
    for later in (0, 1, 9):
        counted = scans(conference, noon + dt.timedelta(minutes=later))
        recent = {0: (1, 1), 1: (1, 1), 9: (0, 0)}[later]
        assert counted.desks == (
            DeskCount("Main entrance", "Ines", "", 3, 2, recent[0]),
            DeskCount("Main entrance", "", "Tablet 1", 2, 2, 0),
            DeskCount("Lunch", "", "", 1, 0, recent[1]),
        )
        assert counted.refusals == ((Verdict.UNKNOWN, 3), (Verdict.ALREADY_ADMITTED, 1))
        assert (counted.total, counted.refused) == (6, 4)


def test_rehearsal_counts_nothing(conference):
    rehearsal = factories.checkpoint(conference=conference, rehearsal=True)
    seat = factories.attendee(conference=conference)
    scan(conference, seat.access_code, checkpoint=rehearsal)
    assert (scans(conference).desks, heads(conference).checked_in) == ((), 0)


def test_last_scans_are_the_latest_of_all_checkpoints(conference):
    now = timezone.now()
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    for minute in range(8):
        place = lunch if minute % 2 else Checkpoint.objects.main(conference)
        scan(conference, f"CODE{minute}", now=now + dt.timedelta(minutes=minute), checkpoint=place)
    scan(factories.conference(), "ELSEWHERE", now=now + dt.timedelta(hours=1))
    assert [row.code for row in last_scans(conference, count=3)] == ["CODE7", "CODE6", "CODE5"]
    assert [row.code for row in last_scans(conference, count=20)] == [f"CODE{minute}" for minute in range(7, -1, -1)]
    assert Scan.objects.count() == 9


def test_what_last_scans_handed_out_is_asked_once(conference, django_assert_num_queries):
    bar = factories.checkpoint(conference=conference, name="Bar", entry=Entry.UNLIMITED)
    bar.add_ons.add(factories.add_on(conference=conference, name="Coffee"))
    for code in ("ONE", "TWO", "THREE"):
        scan(conference, code, checkpoint=bar)
    with django_assert_num_queries(3):
        assert all(is_hand_out(row) for row in last_scans(conference, count=10))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", dt.date(2027, 3, 28), 23),
        ("Europe/Berlin", dt.date(2027, 10, 31), 25),
        ("America/New_York", dt.date(2027, 11, 7), 25),
        ("Pacific/Auckland", dt.date(2027, 4, 4), 25),
        ("Pacific/Auckland", dt.date(2027, 6, 1), 24),
    ],
)
def test_today_is_the_conferences_day(conference, zone, day, hours):
    """C8: who came in the day's first and last second came today, whatever the day's length; one second off is not."""
    conference.timezone = zone
    conference.save(update_fields=["timezone"])
    start = day_start(conference, day)
    end = start + dt.timedelta(hours=hours)
    second = dt.timedelta(seconds=1)
    for moment in (start - second, start, end - second, end):
        factories.attendee(conference=conference, checked_in_at=moment)
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=conference.tz)
    today = arrivals_today(conference, now=noon)
    assert (today.first_at, today.last_at) == (start, end - second)
    assert memo.between(conference, column="checked_in_at", edges=[start, end]) == [2]


def test_all_in_by_follows_the_last_five_minutes(conference):
    now = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
    for number in range(12):
        came = now - dt.timedelta(minutes=2) if number < 2 else None
        factories.attendee(conference=conference, checked_in_at=came)
    arrivals = arrivals_today(conference, now=now)
    assert arrivals.recent == 2
    assert all_in_by(heads(conference, now), arrivals, now=now) == now + dt.timedelta(minutes=25)
