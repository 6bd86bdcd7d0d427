import datetime as dt

import pytest

from conferences.models import Conference
from conferences.templatetags.lanyard import days


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("2027-06-09", "2027-06-09", "9 June 2027"),
        ("2027-06-09", "2027-06-11", "9–11 June 2027"),
        ("2027-06-30", "2027-07-02", "30 June – 2 July 2027"),
        ("2027-12-30", "2028-01-02", "30 December 2027 – 2 January 2028"),
    ],
)
def test_days_are_written_as_people_write_them(first, last, written):
    assert days(Conference(start_date=dt.date.fromisoformat(first), end_date=dt.date.fromisoformat(last))) == written
