"""At which moments exactly something is for sale, and until which day a ticket can be cancelled. No database."""

import datetime as dt

import pytest

from conferences.models import Conference
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.offers import _has_ended, _opens

FROM = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
UNTIL = dt.datetime(2027, 5, 1, 8, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
BEGINS = dt.date(2027, 6, 9)

MOMENTS = pytest.mark.parametrize(
    ("now", "has_begun", "has_ended"),
    [
        (FROM - MOMENT, False, False), (FROM, True, False), (FROM + MOMENT, True, False),
        (UNTIL - MOMENT, True, False), (UNTIL, True, True), (UNTIL + MOMENT, True, True),
    ],
)  # fmt: skip


@MOMENTS
@pytest.mark.parametrize("kind", [TicketType, AddOn])
def test_sale_begins_with_its_first_moment_and_is_over_at_its_last(kind, now, has_begun, has_ended):
    item = kind(is_active=True, available_from=FROM, available_until=UNTIL)
    assert item.is_on_sale(now=now) is (has_begun and not has_ended)


@MOMENTS
@pytest.mark.parametrize("is_of_the_conference", [True, False])
def test_what_the_public_is_told_changes_at_the_same_moments(is_of_the_conference, now, has_begun, has_ended):
    if is_of_the_conference:
        conference, item = Conference(registration_opens_at=FROM, registration_closes_at=UNTIL), TicketType()
    else:
        conference, item = Conference(), TicketType(available_from=FROM, available_until=UNTIL)
    assert (not _opens(item, conference, now), _has_ended(item, conference, now)) == (has_begun, has_ended)


@pytest.mark.parametrize(("days", "can_cancel"), [(-1, True), (0, True), (1, False)])
@pytest.mark.parametrize("last", [dt.date(2027, 5, 1), None])
def test_last_day_to_cancel_is_one_of_them(last, days, can_cancel):
    """Where none is named, it is the day before the conference begins."""
    ticket = TicketType(conference=Conference(start_date=BEGINS), is_cancellable=True, cancellable_until=last)
    assert ticket.is_cancellable_on((last or BEGINS - DAY) + days * DAY) is can_cancel


def test_ticket_that_cannot_be_cancelled_has_no_last_day():
    ticket = TicketType(conference=Conference(start_date=BEGINS), is_cancellable=False)
    assert not ticket.is_cancellable_on(BEGINS - 9 * DAY)
