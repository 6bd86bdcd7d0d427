"""A newer list, where the person it names by a code that is retired here is somebody else by now."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.attendee.models import Attendee, AttendeeProfile
from registration.attendee.staff_changes import reissue_code
from registration.changes.naming import correct_seat
from registration.changes.transfer import transfer_ticket
from registration.order.exchange import exchange_ticket
from registration.order.models import OrderStatus
from registration.order.payment import record_payment
from registration.roster.report import what_is_odd
from tests import factories
from tests.registration.roster.lists import load, person, seat_of

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases
@pytest.mark.parametrize("has_account", [True, False])
def test_newer_list_does_not_undo_a_transfer(conference, has_account):
    if has_account:
        factories.user(email="new@example.org")
    load(conference, person(1))
    buyer = seat_of(conference).order.user
    seat = transfer_ticket(
        attendee=seat_of(conference), code=seat_of(conference).access_code, name="New Holder", email="new@example.org",
        by=buyer, now=timezone.now(),
    )  # fmt: skip
    former = factories.user(email="person1@example.org")
    newer = {"Product": "Corporate", "Comment": "a guide dog", "Requires special attention": "Yes", "T-shirt size": "L"}
    report = load(conference, person(1, **newer))
    after = Attendee.objects.select_related("ticket_type", "user").get()
    assert (after.name, after.email, after.user, after.access_code) == (
        "New Holder", "new@example.org", seat.user, seat.access_code,
    )  # fmt: skip
    assert (after.ticket_type.name, after.staff_note, after.needs_attention) == ("Corporate", "", False)
    assert (report.kept_as_named, report.updated) == ([2], 1)
    assert not AttendeeProfile.objects.filter(tshirt_size="L").exists()
    assert not former.attendees.exists()


def test_newer_list_keeps_an_address_that_was_corrected_here(conference):
    load(conference, person(1))
    correct_seat(
        attendee=seat_of(conference), name="Person 1", email="right@example.org", by=factories.user(),
        now=timezone.now(),
    )  # fmt: skip
    assert load(conference, person(1, Comment="new")).kept_as_named == [2]
    assert Attendee.objects.get().email == "right@example.org"


def test_newer_list_updates_whoever_has_a_new_code(conference):
    load(conference, person(1))
    reissue_code(attendee=seat_of(conference), reason="lost", by=factories.user(), now=timezone.now())
    report = load(conference, person(1, Comment="new", **{"T-shirt size": "L"}))
    assert (report.kept_as_named, Attendee.objects.get().staff_note) == ([], "new")
    assert AttendeeProfile.objects.get().tshirt_size == "L"


def changed_to_business(conference):
    """The order that changes the ticket of a seat of a list, which nobody has paid yet."""
    load(conference, person(1))
    kind = factories.ticket_type(conference=conference, name="Business", price=Decimal(200))
    return exchange_ticket(
        attendee=seat_of(conference), ticket_type=kind, by=factories.user(), now=timezone.now(),
        request_id=uuid.uuid4(),
    )  # fmt: skip


def test_newer_list_does_not_undo_a_change_to_another_ticket(conference):
    order = changed_to_business(conference)
    record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=timezone.now())
    report = load(conference, person(1, Comment="new"))
    assert (report.kept_exchanged, seat_of(conference).ticket_type.name) == ([2], "Business")
    assert seat_of(conference).staff_note == "new"
    assert what_is_odd(report) == ["Changed to another ticket here, which stays: line 2."]
    load(conference, person(1, **{"Attendee name": ""}))
    assert load(conference, person(1)).revived == 1
    assert seat_of(conference).ticket_type.name == "Business"


@pytest.mark.both_databases
def test_seat_that_a_list_ends_is_not_changed_to_another_ticket_any_more(conference):
    order = changed_to_business(conference)
    load(conference, person(1, **{"Attendee name": ""}))
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert (order.lines.live().count(), order.lines.holding().count()) == (0, 0)
    assert [event.reason for event in order.events.filter(kind="cancelled")] == ["The ticket it was for has ended."]
