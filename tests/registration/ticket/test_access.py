"""Whose ticket it is: what is somebody else's, or of another conference or order, is not there."""

import pytest

from registration.ticket.access import bought_seat, held_seat, own_seats, seat_to_change
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(conference):
    """Of two seats: the buyer's own, and a guest's without an account."""
    return factories.order(conference=conference, seats=2)


def test_seat_is_held_by_one_person_at_one_conference(conference, order):
    elsewhere = factories.conference()
    assert held_seat(user=order.user, slug=conference.slug).user == order.user
    assert held_seat(user=order.user, slug=elsewhere.slug) is None
    assert held_seat(user=factories.user(), slug=conference.slug) is None


def test_seats_are_the_buyers_in_their_order_only(conference, order):
    seat, another = order.attendees.first(), factories.order(conference=factories.conference(), user=order.user)
    mine = {"reference": order.reference, "code": seat.access_code}
    assert bought_seat(user=order.user, **mine) == seat
    assert bought_seat(user=order.user, **mine | {"reference": another.reference}) is None
    assert bought_seat(user=factories.order(conference=conference).user, **mine) is None


def test_seats_of_others_are_neither_listed_nor_changed(conference, order):
    other = factories.order(conference=conference)
    assert list(own_seats(other.user)) == list(other.attendees.all())
    for seat in order.attendees.all():
        assert seat_to_change(user=order.user, code=seat.access_code) == seat
        assert seat_to_change(user=other.user, code=seat.access_code) is None
