"""What an order sells, whose its seats are, and what it refuses."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def buyer(db):
    return factories.user(name="Ada Lovelace", email="ada@example.org")


def order(conference, buyer, *ticket_types, **fields):
    given = {"name": buyer.name, "email": buyer.email} | fields
    checkout_id = given.pop("checkout_id", None) or uuid.uuid4()
    now = given.pop("now", NOW)
    seats = [SeatRequest(ticket_type=kind, **given) for kind in ticket_types]
    return place_order(conference=conference, buyer=buyer, seats=seats, checkout_id=checkout_id, now=now)


def refusal(*args, **fields):
    """The code of the refusal; nothing may have been written by it."""
    before = (Order.objects.count(), Attendee.objects.count(), OrderLine.objects.count())
    with pytest.raises(RegistrationError) as refused:
        order(*args, **fields)
    assert (Order.objects.count(), Attendee.objects.count(), OrderLine.objects.count()) == before
    assert recount_places(conference=args[0]) == []
    return refused.value.code


@pytest.mark.both_databases
def test_free_order_is_complete_at_once(conference, buyer):
    kind = factories.ticket_type(conference=conference, name="Free")
    placed = order(conference, buyer, kind, profile={"affiliation": "Analytical Engines"})
    seat = placed.attendees.get()
    assert (placed.status, placed.total, placed.user) == (OrderStatus.PAID, Decimal("0.00"), buyer)
    assert (seat.user, seat.name, seat.email, seat.completed_registration, seat.state) == (
        buyer, "Ada Lovelace", "ada@example.org", True, AttendeeState.VALID,
    )  # fmt: skip
    assert AttendeeProfile.objects.get(user=buyer).affiliation == "Analytical Engines"
    kind.refresh_from_db()
    conference.refresh_from_db()
    assert (kind.taken, conference.places_taken) == (1, 1)


def test_paid_order_waits_for_its_money(conference, buyer):
    kind = factories.ticket_type(conference=conference, price=Decimal("79.00"), name="Student")
    placed = order(conference, buyer, kind)
    line = placed.lines.get()
    assert (placed.status, placed.subtotal, placed.total) == (OrderStatus.PENDING, Decimal("79.00"), Decimal("79.00"))
    assert (line.text, line.price, line.quantity, line.attendee) == (
        "Student", Decimal("79.00"), 1, placed.attendees.get(),
    )  # fmt: skip
    assert placed.attendees.get().completed_registration is False


def test_same_form_again_gives_the_same_order(conference, buyer):
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    checkout_id = uuid.uuid4()
    first, again = (order(conference, buyer, kind, checkout_id=checkout_id) for _ in range(2))
    assert first == again
    assert Attendee.objects.count() == 1
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
def test_same_form_gives_the_same_order_after_registration_has_closed(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    checkout_id = uuid.uuid4()
    first = order(conference, buyer, kind, checkout_id=checkout_id)
    conference.registration_closes_at = NOW
    conference.save(update_fields=["registration_closes_at"])
    assert order(conference, buyer, kind, checkout_id=checkout_id) == first


def test_form_of_somebody_else_is_refused(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    placed = order(conference, factories.user(), kind)
    assert refusal(conference, buyer, kind, checkout_id=placed.checkout_id) == "checkout_id_reused"


def test_guest_is_held_by_a_placeholder(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    placed = order(conference, buyer, kind, name="Grace Hopper", email="grace@example.org", profile={"pronouns": "she"})
    seat = placed.attendees.get()
    assert (seat.user.is_placeholder, seat.user.name, seat.email) == (True, "Grace Hopper", "grace@example.org")
    assert AttendeeProfile.objects.get(user=seat.user).pronouns == "she"


def test_second_seat_of_a_family_address_is_a_guests(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    mine = order(conference, buyer, kind, email="ADA@example.org").attendees.get()
    child = order(conference, buyer, kind, name="Annabella").attendees.get()
    assert (mine.user, child.user.is_placeholder, child.email) == (buyer, True, "ada@example.org")


def test_own_seat_twice_is_refused(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    order(conference, buyer, kind)
    assert refusal(conference, buyer, kind, name=" ada  LOVELACE ") == "already_registered"


def test_seat_may_stay_unnamed(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    seat = order(conference, buyer, kind, name="", email="").attendees.get()
    assert (seat.name, seat.email, seat.user.is_placeholder) == ("", "", True)


@pytest.mark.both_databases
def test_registering_again_uses_the_cancelled_row_with_its_code(conference, buyer):
    kind = factories.ticket_type(conference=conference)
    old = order(conference, buyer, kind).attendees.get()
    cancel_seat(attendee=old, reason="ill", by=None, now=NOW)
    again = order(conference, buyer, kind, name="Ada King")
    seat = again.attendees.get()
    assert (seat.pk, seat.access_code, seat.state, seat.name, seat.cancel_reason, seat.cancelled_at) == (
        old.pk, old.access_code, AttendeeState.VALID, "Ada King", "", None,
    )  # fmt: skip
    assert recount_places(conference=conference) == []


def test_several_seats_are_one_order(conference, buyer):
    regular = factories.ticket_type(conference=conference, price=Decimal("249"))
    student = factories.ticket_type(conference=conference, price=Decimal("79"))
    placed = order(conference, buyer, regular, student, regular)
    assert [seat.user.is_placeholder for seat in placed.attendees.all()] == [False, True, True]
    assert placed.total == Decimal("577.00")
    regular.refresh_from_db()
    assert (regular.taken, recount_places(conference=conference)) == (2, [])


def test_sold_out_type_is_refused(conference, buyer):
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    order(conference, factories.user(), kind, email="x@example.org")
    assert refusal(conference, buyer, kind) == "sold_out"


def test_sold_out_venue_is_refused(buyer):
    conference = factories.conference(total_capacity=1)
    first, second = (factories.ticket_type(conference=conference) for _ in range(2))
    order(conference, factories.user(), first)
    assert refusal(conference, buyer, second) == "sold_out"


def test_order_of_several_takes_all_or_nothing(conference, buyer):
    kind = factories.ticket_type(conference=conference, total_quantity=2)
    assert refusal(conference, buyer, kind, kind, kind) == "sold_out"


def test_limit_counts_live_seats_of_the_buyer_of_that_type(conference, buyer):
    limited = factories.ticket_type(conference=conference, limit_per_user=2)
    order(conference, buyer, limited)
    guest = order(conference, buyer, limited, name="Guest", email="").attendees.get()
    assert refusal(conference, buyer, limited, name="Another", email="") == "limit_per_user"
    cancel_seat(attendee=guest, reason="ill", by=None, now=NOW)
    assert order(conference, buyer, limited, name="Another", email="").attendees.count() == 1
    assert order(conference, factories.user(), limited, name="Of somebody else").attendees.count() == 1


def test_limit_counts_within_one_order(conference, buyer):
    limited = factories.ticket_type(conference=conference, limit_per_user=2)
    assert refusal(conference, buyer, limited, limited, limited) == "limit_per_user"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"is_active": False}, "not_on_sale"),
        ({"requires_voucher": True}, "not_on_sale"),
        ({"available_from": NOW + dt.timedelta(seconds=1)}, "not_on_sale"),
        ({"available_until": NOW}, "not_on_sale"),
    ],
)
def test_ticket_that_is_not_sold_is_refused(conference, buyer, fields, code):
    assert refusal(conference, buyer, factories.ticket_type(conference=conference, **fields)) == code


def test_ticket_of_another_conference_is_refused(conference, buyer):
    other = factories.ticket_type(conference=factories.conference())
    assert refusal(conference, buyer, other) == "not_on_sale"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"registration_opens_at": NOW + dt.timedelta(seconds=1)}, "registration_not_open"),
        ({"registration_closes_at": NOW}, "registration_closed"),
        ({"is_active": False}, "registration_closed"),
        ({"start_date": NOW.date() - dt.timedelta(9), "end_date": NOW.date() - dt.timedelta(7)}, "registration_closed"),
    ],
)
def test_closed_registration_is_refused(buyer, fields, code):
    conference = factories.conference(**fields)
    assert refusal(conference, buyer, factories.ticket_type(conference=conference)) == code


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prices=st.lists(st.decimals(min_value=0, max_value=Decimal("99999.99"), places=2), min_size=1, max_size=4))
def test_lines_add_up_to_the_total(conference, buyer, prices):
    kinds = [factories.ticket_type(conference=conference, price=price) for price in prices]
    placed = order(conference, buyer, *kinds, name="Guest", email="")
    placed.refresh_from_db()
    assert placed.total == placed.subtotal == sum(line.amount for line in placed.lines.all()) == sum(prices)
    assert placed.is_paid is (placed.total == 0)
    if placed.is_pending:
        # Cancelled before it was paid: no longer owed.
        cancel_seat(attendee=placed.attendees.first(), reason="ill", by=None, now=NOW)
        placed.refresh_from_db()
        assert placed.total == sum(line.amount for line in placed.lines.live()) == sum(prices[1:])
    assert recount_places(conference=conference) == []


def test_seat_is_found_by_the_code_of_its_ticket(conference, buyer):
    seat = order(conference, buyer, factories.ticket_type(conference=conference)).attendees.get()
    assert list(conference.attendees.matching(seat.access_code[:6], emails=False)) == [seat]
