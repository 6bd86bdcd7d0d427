"""C8 of the hostile cases: once a day means the conference's own day, at its edges and when the clock is changed."""

import datetime as dt
import uuid
import zoneinfo

import pytest

from registration.checkin.admission import check_in
from registration.checkin.models import Scan
from tests import factories

pytestmark = pytest.mark.django_db

UTC = dt.UTC


def scan_at(place, seat, moment):
    return str(check_in(checkpoint=place, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=moment).verdict)


@pytest.mark.both_databases
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York", "Europe/Berlin", "UTC", "Asia/Kathmandu"])
def test_day_ends_at_the_conferences_midnight(zone):
    conference = factories.conference(timezone=zone)
    place = factories.checkpoint(conference=conference, entry="daily")
    seat = factories.attendee(conference=conference)
    midnight = dt.datetime(2027, 6, 10, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)
    before, after = midnight - dt.timedelta(seconds=1), midnight + dt.timedelta(seconds=1)

    said = [scan_at(place, seat, moment) for moment in (before, before, after, after)]

    assert said == ["admitted", "already_admitted", "admitted", "already_admitted"]
    assert set(Scan.objects.live_admissions().values_list("entry_key", flat=True)) == {"2027-06-09", "2027-06-10"}


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        # 02:30 twice, when summer time ends.
        ("Europe/Berlin", dt.datetime(2027, 10, 31, 0, 30, tzinfo=UTC), dt.datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
        ("America/New_York", dt.datetime(2027, 11, 7, 5, 30, tzinfo=UTC), dt.datetime(2027, 11, 7, 6, 30, tzinfo=UTC)),
        ("Pacific/Auckland", dt.datetime(2027, 4, 3, 13, 30, tzinfo=UTC), dt.datetime(2027, 4, 3, 14, 30, tzinfo=UTC)),
        # On both sides of the hour that is left out, when it begins.
        ("Europe/Berlin", dt.datetime(2027, 3, 28, 0, 59, tzinfo=UTC), dt.datetime(2027, 3, 28, 1, 1, tzinfo=UTC)),
        ("America/New_York", dt.datetime(2027, 3, 14, 6, 59, tzinfo=UTC), dt.datetime(2027, 3, 14, 7, 1, tzinfo=UTC)),
    ],
)
def test_change_of_the_clock_is_the_same_day(zone, first, second):
    conference = factories.conference(timezone=zone)
    place = factories.checkpoint(conference=conference, entry="daily")
    seat = factories.attendee(conference=conference)

    assert [scan_at(place, seat, moment) for moment in (first, second)] == ["admitted", "already_admitted"]


@pytest.mark.both_databases
def test_day_without_a_midnight_begins_at_its_first_hour():
    """In Santiago summer time begins at midnight: the day starts at 01:00."""
    conference = factories.conference(timezone="America/Santiago")
    place = factories.checkpoint(conference=conference, entry="daily")
    seat = factories.attendee(conference=conference)
    last, first = dt.datetime(2027, 9, 5, 3, 59, 59, tzinfo=UTC), dt.datetime(2027, 9, 5, 4, 0, 0, tzinfo=UTC)

    assert [scan_at(place, seat, moment) for moment in (last, first)] == ["admitted", "admitted"]
    assert set(Scan.objects.values_list("entry_key", flat=True)) == {"2027-09-04", "2027-09-05"}
