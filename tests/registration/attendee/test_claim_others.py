"""Nobody takes over what waits for an address that another account has confirmed."""

import pytest

from registration.account.models import User
from registration.attendee import claim
from registration.attendee.claim import claim_seats, claim_waiting
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(conference):
    holder = User.objects.create_placeholder(name="Grace")
    return factories.attendee(conference=conference, user=holder, email="grace@example.org")


def test_what_waits_for_the_address_of_another_account_stays(seat):
    grace, eve = factories.user(email="grace@example.org"), factories.user()
    assert claim_waiting(user=eve) == []
    assert claim_waiting(user=grace) == [seat]


def test_only_own_seats_and_those_that_wait_are_locked(seat, monkeypatch):
    """Else whoever confirms an address would wait for everybody whose ticket is just being read at the door."""
    grace, locked = factories.user(email="grace@example.org"), []
    own = factories.attendee(conference=factories.conference(), user=grace)
    factories.attendee(conference=seat.conference)
    lock = claim.lock_seats
    monkeypatch.setattr(claim, "lock_seats", lambda seats, *args: locked.extend(seats) or lock(seats, *args))
    assert claim_seats(user=grace, email="grace@example.org") == [seat]
    assert {each.pk for each in locked} == {own.pk, seat.pk}


def test_nothing_is_locked_for_what_an_own_seat_keeps_away(seat, django_assert_num_queries):
    """Another of the family waits for the same address: each look at the tickets stays one query."""
    grace = factories.user(email="grace@example.org")
    factories.attendee(conference=seat.conference, user=grace)
    with django_assert_num_queries(1):
        assert claim_waiting(user=grace) == []


def test_ticket_that_is_over_waits_for_nothing_where_another_is_over(seat, django_assert_num_queries):
    grace = factories.user(email="grace@example.org")
    factories.end(seat)
    factories.end(factories.attendee(conference=seat.conference, user=grace))
    with django_assert_num_queries(1):
        assert claim_waiting(user=grace) == []


def test_ticket_that_is_over_is_taken_where_nothing_is_held(seat):
    grace = factories.user(email="grace@example.org")
    factories.end(seat)
    factories.end(factories.attendee(conference=factories.conference(), user=grace))
    assert claim_waiting(user=grace) == [seat]
