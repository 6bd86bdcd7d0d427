"""Somebody whose role was ended while they worked is told so; to a stranger the conference is not there, as before."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from conferences.models import Role, StaffRole
from conferences.staffing import add_staff, remove_staff
from registration.checkin.models import Checkpoint
from tests import factories

pytestmark = pytest.mark.django_db

TOLD = "You are no longer on the staff"


@pytest.fixture
def client(client_as, conference):
    """Of an organiser whom another one has removed."""
    conference.contact_email = "hello@example.org"
    conference.save()
    factories.staff(conference=conference, role=Role.ORGANISER)
    client = client_as(Role.ORGANISER)
    remove_staff(held=StaffRole.objects.get(user=client.user))
    return client


@pytest.mark.parametrize(
    ("name", "is_post"),
    [("dashboard", False), ("attendees", False), ("settings", False), ("settings", True), ("settings-staff", True)],
)
def test_whose_role_was_ended_is_told_and_changes_nothing(client, conference, name, is_post):
    address = reverse(name, args=[conference.slug])
    response = client.post(address, {"name": "Mine now"}) if is_post else client.get(address)
    text = response.content.decode()
    assert (response.status_code, TOLD in text) == (403, True)
    assert f"An organiser of {conference.name} has ended your role there." in text
    assert 'href="mailto:hello@example.org"' in text
    assert f'href="{reverse("staff")}"' in text
    conference.refresh_from_db()
    assert conference.name != "Mine now"


def test_page_that_refreshes_itself_does_not_stand_still(client, conference):
    response = client.get(reverse("dashboard", args=[conference.slug]), headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (403, "true")


@pytest.mark.both_databases
def test_without_an_address_of_the_conference_nothing_is_left_open(client, conference):
    conference.contact_email = ""
    conference.save()
    text = client.get(reverse("dashboard", args=[conference.slug])).content.decode()
    assert ("ask the organisers to add you again" in text, "mailto:" in text) == (True, False)


def test_conference_is_not_there_for_a_stranger(client_as, conference, client):
    stranger, elsewhere = client_as(), client_as(Role.ORGANISER, at=factories.conference())
    answers = [
        one.get(reverse("dashboard", args=[slug]))
        for one in (stranger, elsewhere)
        for slug in (conference.slug, "no-such-conference")
    ]
    answers.append(client.get(reverse("dashboard", args=["no-such-conference"])))
    assert [answer.status_code for answer in answers] == [404] * 5
    assert len({answer.content for answer in answers}) == 1


def test_who_was_added_again_works_on(client, conference):
    by = factories.superuser()
    add_staff(conference=conference, email=client.user.email, role=Role.DOOR, by=by)
    assert client.get(reverse("checkin", args=[conference.slug])).status_code == 200
    assert TOLD not in client.get(reverse("settings", args=[conference.slug])).content.decode()


def test_tickets_page_tells_them_nothing_of_a_code(client, conference):
    """Whoever may look up no code here learns of none whether there is such a ticket."""
    seat = factories.attendee(conference=conference)
    Checkpoint.objects.main(conference)
    known, unknown = (says(client.get(f"/t/{code}/"), code) for code in (seat.access_code, "XX4Q0000"))
    assert known == unknown


def says(response, code):
    """Without the code that was asked for, and without CSRF tokens, of which each is another."""
    return response.status_code, re.sub(rf"{code}|\w{{64}}", "", response.content.decode())
