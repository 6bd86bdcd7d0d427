"""Who comes on a seat: named at once or later, by the buyer until an account has taken it over."""

import datetime as dt

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.account.models import User
from registration.attendee.claim import claim_waiting
from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState, RetiredCode
from registration.changes.naming import correct_details, correct_seat
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def order(conference):
    """The buyer's seat, and a guest's that nobody is named for."""
    made = factories.order(conference=conference, seats=2)
    made.attendees.exclude(user=made.user).update(name="", email="")
    return made


def guest_of(order):
    return order.attendees.exclude(user=order.user).get()


def correct(seat, by, **fields):
    return correct_details(attendee=seat, by=by, now=NOW, **{"name": seat.name, "answers": {}} | fields)


def refused(call, *args, **fields):
    with pytest.raises(RegistrationError) as refusal:
        call(*args, **fields)
    return refusal.value.code


def test_name_and_answers_are_written_and_search_finds_them(conference):
    seat = factories.attendee(conference=conference, name="Ada Lovelase")
    correct(seat, seat.user, name="Ada Lovelace", answers={"affiliation": "Analytical Engines"})
    seat.refresh_from_db()
    assert (seat.name, AttendeeProfile.objects.get().affiliation) == ("Ada Lovelace", "Analytical Engines")
    assert list(Attendee.objects.matching("lovelace analytical", emails=False)) == [seat]
    assert list(Attendee.objects.matching("lovelase", emails=False)) == []
    assert seat.user.name != "Ada Lovelace"  # the account keeps its own name


@pytest.mark.both_databases
def test_named_guest_gets_the_ticket_at_once_and_the_history_says_so(order):
    guest = correct(guest_of(order), order.user, name="Grace", email="grace@example.org", answers={"tshirt_size": "M"})
    assert (guest.user.name, AttendeeProfile.objects.get(user=guest.user).tshirt_size) == ("Grace", "M")
    assert [(mail.to, guest.access_code[:4] in mail.message) for mail in Email.objects.all()] == [
        (["grace@example.org"], True)
    ]
    event = order.events.get()
    assert (event.kind, event.by, event.details) == ("named", order.user, {"seat": "Grace", "was": ""})


@pytest.mark.both_databases
def test_another_address_gets_a_new_code_and_the_old_one_is_dead(order):
    guest = correct(guest_of(order), order.user, name="Grace", email="wrong@example.org")
    old = guest.access_code
    guest = correct(guest, order.user, name="Grace", email="right@example.org")
    assert RetiredCode.objects.get().code == old != guest.access_code
    assert [mail.to for mail in Email.objects.order_by("pk")] == [["wrong@example.org"], ["right@example.org"]]
    assert guest.access_code[:4] in Email.objects.latest("pk").message


def test_nothing_is_mailed_while_the_order_is_unpaid_nor_for_a_name_alone(conference, order):
    guest = correct(guest_of(order), order.user, name="Grace", email="grace@example.org")
    code = guest.access_code
    guest = correct(guest, order.user, name="Grace Hopper", email="grace@example.org")
    assert (Email.objects.count(), guest.access_code) == (1, code)
    unpaid = factories.order(conference=conference, total="10.00", status="pending", seats=2)
    unpaid.attendees.update(completed_registration=False)
    correct(guest_of(unpaid), unpaid.user, name="Alan", email="alan@example.org")
    assert Email.objects.count() == 1


def test_guest_with_an_account_looks_after_their_details_and_the_buyer_no_longer_can(order):
    guest = correct(guest_of(order), order.user, name="Grace", email="grace@example.org")
    grace = factories.user(email="grace@example.org")
    assert claim_waiting(user=grace) == [guest]
    assert refused(correct, guest, order.user, name="Eve") == "taken_over"
    assert correct(guest, grace, name="Grace Hopper").name == "Grace Hopper"
    assert refused(correct, guest, grace, email="other@example.org") == "email_of_account"


def test_naming_tells_nobody_whether_an_account_exists(order):
    factories.user(email="grace@example.org")
    guest = correct(guest_of(order), order.user, name="Grace", email="grace@example.org")
    assert User.objects.get(pk=guest.user_id).is_placeholder


def test_claim_takes_one_seat_a_conference_and_only_by_confirmed_addresses(order):
    correct(guest_of(order), order.user, name="Grace", email="Grace@Example.org")
    assert claim_waiting(user=factories.user(email="grace@example.org", verified=False)) == []
    order.user.emailaddress_set.create(email="grace@example.org", verified=True)
    assert claim_waiting(user=order.user) == []  # has a seat here


def test_address_needs_a_name(order):
    assert refused(correct, guest_of(order), order.user, name="", email="grace@example.org") == "name_missing"


@pytest.mark.both_databases
def test_details_are_closed_from_the_moment_changes_close(conference):
    conference.changes_close_at = NOW
    conference.save(update_fields=["changes_close_at"])
    seat = factories.attendee(conference=conference, name="Ada")
    assert refused(correct, seat, seat.user, name="Eve", answers={"pronouns": "x"}) == "changes_closed"
    assert (Attendee.objects.get().name, AttendeeProfile.objects.count()) == ("Ada", 0)
    correct_details(attendee=seat, name="Eve", answers={}, by=seat.user, now=NOW - dt.timedelta(seconds=1))


@pytest.mark.parametrize("state", [AttendeeState.CANCELLED, AttendeeState.REFUNDED])
def test_dead_ticket_has_nothing_to_correct(conference, state):
    seat = factories.attendee(conference=conference, name="Ada", state=state)
    assert refused(correct, seat, seat.user, name="Eve") == "not_live"


def test_staff_correct_whenever_and_say_why(conference, order):
    conference.changes_close_at = NOW - dt.timedelta(days=1)
    conference.save(update_fields=["changes_close_at"])
    staff = factories.user()
    fields = {"name": "Grace", "email": "grace@example.org", "by": staff, "now": NOW, "reason": "she phoned"}
    seat = correct_seat(attendee=guest_of(order), **fields)
    event = order.events.get()
    assert (seat.name, event.by, event.reason, Email.objects.count()) == ("Grace", staff, "she phoned", 1)
    assert refused(correct_seat, attendee=seat, **fields | {"name": " "}) == "name_missing"
