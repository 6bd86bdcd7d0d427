"""A cancelled seat is refused, its place is free, and what was not yet paid is no longer owed."""

from decimal import Decimal

import pytest
from django.utils import timezone

from registration.attendee.models import AttendeeState
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.models import OrderStatus
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def make(conference, **fields):
    return factories.order(conference=conference, **fields)


def cancel(attendee, reason="ill", **fields):
    return cancel_seat(attendee=attendee, reason=reason, **{"by": None, "now": NOW} | fields)


def test_seat_is_cancelled_and_its_place_free(conference):
    order = make(conference, seats=2)
    staff = factories.user()
    seat = cancel(order.attendees.first(), reason=" ill ", by=staff)
    seat.refresh_from_db()
    assert (seat.state, seat.cancel_reason, seat.cancelled_by, seat.cancelled_at) == (
        AttendeeState.CANCELLED, "ill", staff, NOW,
    )  # fmt: skip
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (1, [])


def test_unpaid_seat_is_no_longer_owed(conference):
    order = make(conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    cancel(order.attendees.first())
    order.refresh_from_db()
    assert (order.status, order.total, order.lines.live().count()) == (OrderStatus.PENDING, Decimal("50.00"), 1)


def test_rest_of_an_order_is_complete_when_what_was_paid_covers_it(conference):
    order = make(conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    order.attendees.update(completed_registration=False)
    record_payment(order=order, amount=Decimal("50"), method="cash", note="", by=factories.user(), now=NOW)
    cancel(order.attendees.first())
    order.refresh_from_db()
    assert (order.status, [seat.completed_registration for seat in order.attendees.order_by("pk")]) == (
        OrderStatus.PAID, [False, True],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("total", "before", "after"),
    [("0.00", "paid", "cancelled"), ("50.00", "pending", "cancelled"), ("50.00", "paid", "paid")],
)
def test_order_without_seats_is_cancelled_unless_money_is_in_it(conference, total, before, after):
    order = make(conference, total=total, status=before)
    cancel(order.attendees.get())
    order.refresh_from_db()
    assert order.status == after


def test_paid_line_stays_for_the_books(conference):
    order = make(conference, total="100.00", seats=2)
    cancel(order.attendees.first())
    order.refresh_from_db()
    assert (order.total, order.lines.live().count()) == (Decimal("100.00"), 2)


def test_seat_without_an_order_can_be_cancelled(conference):
    assert cancel(factories.attendee(conference=conference)).state == AttendeeState.CANCELLED


def test_second_cancellation_is_refused_and_frees_nothing(conference):
    order = make(conference, seats=2)
    seat = cancel(order.attendees.first())
    with pytest.raises(RegistrationError) as refused:
        cancel(seat)
    assert (refused.value.code, recount_places(conference=conference)) == ("not_live", [])


def test_reason_is_needed(conference):
    seat = factories.attendee(conference=conference)
    with pytest.raises(RegistrationError) as refused:
        cancel(seat, reason=" ")
    assert refused.value.code == "reason_missing"


@pytest.mark.both_databases
def test_unpaid_order_is_cancelled_with_its_seats(conference):
    order = make(conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    cancelled = cancel_order(order=order, reason="never paid", by=None, now=NOW)
    assert cancelled.status == OrderStatus.CANCELLED
    assert list(order.attendees.values_list("state", "cancel_reason")) == [("cancelled", "never paid")] * 2
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (0, [])


def test_paid_order_is_not_cancelled_as_a_whole(conference):
    order = make(conference, total="100.00")
    with pytest.raises(RegistrationError) as refused:
        cancel_order(order=order, reason="x", by=None, now=NOW)
    assert refused.value.code == "not_pending"
