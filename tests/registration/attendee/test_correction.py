import datetime as dt

import pytest
from django.utils import timezone

from registration.account.models import User
from registration.attendee.correction import correct_details
from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState
from registration.errors import RegistrationError
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_correct_details_writes_name_and_answers_and_search_finds_them(conference):
    seat = factories.attendee(conference=conference, name="Ada Lovelase")
    answers = {"affiliation": "Analytical Engines"}
    correct_details(attendee=seat, name="Ada Lovelace", answers=answers, by=seat.user, now=timezone.now())
    seat.refresh_from_db()
    assert (seat.name, AttendeeProfile.objects.get().affiliation) == ("Ada Lovelace", "Analytical Engines")
    assert list(Attendee.objects.matching("lovelace analytical", emails=False)) == [seat]
    assert list(Attendee.objects.matching("lovelase", emails=False)) == []
    assert seat.user.name != "Ada Lovelace"  # the account keeps its own name


def test_correct_details_of_a_guest_names_the_placeholder_too(conference):
    guest = User.objects.create_placeholder()
    buyer = factories.user()
    seat = factories.attendee(conference=conference, user=guest)
    correct_details(attendee=seat, name="Grace", answers={"tshirt_size": "M"}, by=buyer, now=timezone.now())
    guest.refresh_from_db()
    assert (guest.name, AttendeeProfile.objects.get(user=guest).tshirt_size) == ("Grace", "M")


def test_correct_details_is_refused_from_the_moment_changes_close(conference):
    now = timezone.now()
    conference.changes_close_at = now
    conference.save(update_fields=["changes_close_at"])
    seat = factories.attendee(conference=conference, name="Ada")
    with pytest.raises(RegistrationError) as refused:
        correct_details(attendee=seat, name="Eve", answers={"pronouns": "x"}, by=seat.user, now=now)
    assert refused.value.code == "changes_closed"
    assert (Attendee.objects.get().name, AttendeeProfile.objects.count()) == ("Ada", 0)
    correct_details(attendee=seat, name="Eve", answers={}, by=seat.user, now=now - dt.timedelta(seconds=1))


@pytest.mark.parametrize("state", [AttendeeState.CANCELLED, AttendeeState.REFUNDED])
def test_correct_details_of_a_dead_ticket_is_refused(conference, state):
    seat = factories.attendee(conference=conference, name="Ada", state=state)
    with pytest.raises(RegistrationError) as refused:
        correct_details(attendee=seat, name="Eve", answers={}, by=seat.user, now=timezone.now())
    assert refused.value.code == "not_live"
