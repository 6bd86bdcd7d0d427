"""At which moments exactly registration opens and closes. No database."""

import datetime as dt

import pytest

from conferences.models import Conference

OPENS = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
CLOSES = dt.datetime(2027, 5, 1, 8, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)


def conference(**fields):
    days = {"start_date": dt.date(2027, 6, 9), "end_date": dt.date(2027, 6, 11)}
    return Conference(**{"timezone": "Europe/Berlin", "is_active": True} | days | fields)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (OPENS - MOMENT, False), (OPENS, True), (OPENS + MOMENT, True),
        (CLOSES - MOMENT, True), (CLOSES, False), (CLOSES + MOMENT, False),
    ],
)  # fmt: skip
def test_registration_is_open_from_its_first_moment_and_no_more_at_its_last(now, is_open):
    window = {"registration_opens_at": OPENS, "registration_closes_at": CLOSES}
    assert conference(**window).is_registration_open(now=now) is is_open


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (dt.datetime(2027, 6, 11, 21, 59, 59, 999999, tzinfo=dt.UTC), True),
        (dt.datetime(2027, 6, 11, 22, tzinfo=dt.UTC), False),  # midnight there
    ],
)
def test_without_a_last_moment_it_closes_with_the_last_day_there(now, is_open):
    assert conference().is_registration_open(now=now) is is_open
