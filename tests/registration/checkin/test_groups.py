"""The others of an order: who they are, and one tap that scans each of them."""

import datetime as dt
import uuid

import pytest

from registration.checkin import groups
from registration.checkin.admission import check_in
from registration.checkin.groups import admit_group, group_of
from registration.checkin.models import Checkpoint, Entry, Method, Scan
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 7, 12, tzinfo=dt.UTC)


@pytest.fixture
def seats(conference):
    return list(factories.order(conference=conference, seats=5).attendees.order_by("pk"))


@pytest.fixture
def scanned(conference):
    def scanned(seat, checkpoint=None):
        place = checkpoint or Checkpoint.objects.main(conference)
        return check_in(checkpoint=place, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=NOW).scan

    return scanned


def others(scan):
    group = group_of(scan, order=scan.attendee.order_id)
    return (group.inside, group.total, [member.code for member in group.others]) if group else None


def test_group_is_who_of_the_order_is_in_and_who_could_be_let_in(conference, seats, scanned):
    factories.end(seats[3])
    scanned(seats[1])
    scan = scanned(seats[0])
    assert others(scan) == (2, 4, [seats[2].access_code, seats[4].access_code])
    # A second look at somebody who is in already counts the same.
    assert others(scanned(seats[0])) == (2, 4, [seats[2].access_code, seats[4].access_code])


def test_seat_alone_or_with_all_in_has_no_group(conference, seats, scanned):
    assert others(scanned(factories.attendee(conference=conference))) is None
    scans = [scanned(seat) for seat in seats]
    assert others(scans[-1]) is None


@pytest.mark.counters_falsified
def test_group_is_of_this_checkpoint_and_of_tickets_valid_there(conference, seats, scanned):
    scanned(seats[1])
    room = factories.checkpoint(conference=conference)
    room.ticket_types.add(seats[0].ticket_type)
    seats[4].ticket_type = factories.ticket_type(conference=conference)
    seats[4].save()
    assert others(scanned(seats[0], room)) == (1, 4, [seat.access_code for seat in seats[1:4]])
    free = factories.checkpoint(conference=conference, entry=Entry.UNLIMITED)
    assert others(scanned(seats[0], free)) is None


@pytest.mark.both_databases
def test_large_order_is_no_group(seats, scanned, monkeypatch):
    monkeypatch.setattr(groups, "MOST", 4)
    assert others(scanned(seats[0])) is None


def test_each_is_a_scan_of_its_own_with_its_own_verdict(conference, seats, scanned):
    scanned(seats[0])
    place = Checkpoint.objects.main(conference)
    seats[2].blocked_reason = "Ask Ines"
    seats[2].save()
    scans = [(seat.access_code, uuid.uuid4()) for seat in seats[:3]]
    told = admit_group(checkpoint=place, scans=scans, by=None, by_name="Ada", now=NOW)
    assert [one.answer.verdict for one in told] == ["already_admitted", "admitted", "blocked"]
    made = Scan.objects.filter(pk__in=[scan_id for _code, scan_id in scans])
    assert {(scan.method, scan.scanned_by_name) for scan in made} == {(Method.GROUP, "Ada")}
    again = admit_group(checkpoint=place, scans=scans, by=None, by_name="Ada", now=NOW)
    assert [(one.answer.verdict, one.answer.is_replay) for one in again] == [
        ("already_admitted", True),
        ("admitted", True),
        ("blocked", True),
    ]
    assert made.count() == 3


def test_scan_that_is_refused_keeps_nobody_else_out(conference, seats, scanned):
    taken = scanned(seats[0])
    scans = [(seats[1].access_code, taken.pk), (seats[2].access_code, uuid.uuid4())]
    told = admit_group(checkpoint=taken.checkpoint, scans=scans, by=None, now=NOW)
    assert [one.refusal.code if one.refusal else one.answer.verdict for one in told] == ["scan_id_reused", "admitted"]
