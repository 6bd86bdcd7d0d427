"""A badge that no longer says what it would say now is known as such, and printed again with all of its kind in one go."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.attendee.models import Attendee, AttendeeProfile
from registration.badge import choosing
from registration.badge.choosing import changed_since_printed
from registration.badge.models import BadgePrint
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(conference):
    kind = factories.ticket_type(conference=conference, name="Regular")
    seat = factories.attendee(conference=conference, user=factories.user(name="Ada Lovelace"), ticket_type=kind)
    AttendeeProfile.objects.create(user=seat.user, affiliation="Analytical Engines", dietary_needs="none")
    return seat


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


def make(desk, conference, **fields):
    sent = {"request_id": uuid.uuid4(), "format": "62x100"} | fields
    return desk.post(reverse("badges-sheets", args=[conference.slug]), sent)


def change(seat, what):
    if what == "name":
        Attendee.objects.filter(pk=seat.pk).update(name="Ada King")
    elif what == "ticket":
        type(seat.ticket_type).objects.filter(pk=seat.ticket_type_id).update(name="Student")
    elif what == "code":
        Attendee.objects.filter(pk=seat.pk).update(access_code="NEWC0DE1")
    else:
        AttendeeProfile.objects.update(**{what: "another"})


@pytest.mark.both_databases
@pytest.mark.parametrize("what", ["name", "ticket", "code", "affiliation", "pronouns", "badge_name"])
def test_badge_is_marked_and_printed_again_in_one_press(conference, seat, desk, what):
    other = factories.attendee(conference=conference, ticket_type=factories.ticket_type(conference=conference))
    make(desk, conference, who="all")
    page, person = reverse("badges", args=[conference.slug]), reverse("attendee", args=[conference.slug, seat.pk])
    said = "The badge has changed since it was printed."
    assert changed_since_printed(conference) == []
    assert "changed since" not in desk.get(page).content.decode()
    assert said not in desk.get(person).content.decode()
    change(seat, what)
    assert "1 changed since it was printed" in desk.get(page).content.decode()
    assert "Changed since it was printed" in desk.get(page, {"who": "changed"}).content.decode()
    assert said in desk.get(person).content.decode()
    make(desk, conference, who="changed")
    assert [BadgePrint.objects.filter(attendee=each).count() for each in (seat, other)] == [2, 1]
    assert changed_since_printed(conference) == []
    assert said not in desk.get(person).content.decode()


def test_what_no_badge_shows_changes_none(conference, seat, desk):
    make(desk, conference, who="all")
    AttendeeProfile.objects.update(dietary_needs="vegan")
    Attendee.objects.update(email="new@example.org", staff_note="tall")
    assert changed_since_printed(conference) == []


def test_badge_of_before_is_compared_by_name_and_code(conference, seat):
    factories.badge_print(attendee=seat)
    change(seat, "affiliation")
    assert changed_since_printed(conference) == []
    change(seat, "name")
    assert changed_since_printed(conference) == [seat.pk]


def test_who_gets_no_badge_any_more_is_left_out(conference, seat, desk):
    make(desk, conference, who="all")
    change(seat, "name")
    Attendee.objects.update(blocked_reason="stolen")
    assert changed_since_printed(conference) == []
    person = desk.get(reverse("attendee", args=[conference.slug, seat.pk]))
    assert "changed since" not in person.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_looking_asks_the_same_for_few_and_many(conference, seat, desk, count, django_assert_num_queries):
    for _number in range(count):
        factories.badge_print(attendee=factories.attendee(conference=conference))
    with django_assert_num_queries(3):  # seats, prints, profiles
        changed_since_printed(conference)


def test_whose_badge_was_printed_twice_is_found_once(conference, seat):
    for _number in range(2):
        factories.badge_print(attendee=seat)
    change(seat, "name")
    assert changed_since_printed(conference) == [seat.pk]


@pytest.mark.both_databases
def test_where_very_many_were_printed_the_page_counts_none_and_the_choice_still_finds_them(
    conference, seat, desk, monkeypatch
):
    monkeypatch.setattr(choosing, "MOST_CHANGED", 2)
    monkeypatch.setattr(choosing, "CHUNK", 2)
    seats = [seat, *(factories.attendee(conference=conference) for _number in range(2))]
    for each in seats:
        factories.badge_print(attendee=each)
    Attendee.objects.update(name="Ada King")
    page = reverse("badges", args=[conference.slug])
    assert "changed since" not in desk.get(page).content.decode()
    assert ">2 badges</h2>" in desk.get(page, {"who": "changed"}).content.decode()
    assert changed_since_printed(conference) == [each.pk for each in seats[:2]]
