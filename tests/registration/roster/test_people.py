"""The list of people, page by page."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.account.models import User
from registration.roster.people import PER_PAGE, Filters, Sorting, get_page, people
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize("sorting", Sorting)
def test_pages_are_those_of_the_whole_list_and_read_from_the_end_that_is_nearer(conference, sorting):
    for number in range(4 * PER_PAGE + 3):
        came = timezone.now() - dt.timedelta(hours=number // 3) if number % 2 else None
        user = User.objects.create_placeholder()
        factories.attendee(conference=conference, user=user, name=f"Person {number % 10}", checked_in_at=came)
    seats = people(conference, Filters(sorting=sorting))
    with CaptureQueriesContext(connection) as captured:
        pages = [get_page(seats, str(number)) for number in range(1, 6)]
    assert [seat.pk for page in pages for seat in page.seats] == list(seats.values_list("pk", flat=True))
    skipped = [int(count) for query in captured for count in re.findall(r"OFFSET (\d+)", query["sql"])]
    # Of the pages 2, 3 and 4; from the start, and twice from the end.
    assert skipped == [PER_PAGE, PER_PAGE + 3, 3]


def test_ticket_that_waits_for_approval_is_incomplete_and_not_unpaid(conference):
    order = factories.order(conference=conference, total="79.00", status="pending", approval="asked")
    order.attendees.update(completed_registration=False)
    found = {state: people(conference, Filters(condition=state)).count() for state in ("unpaid", "incomplete", "valid")}
    assert found == {"unpaid": 0, "incomplete": 1, "valid": 0}
