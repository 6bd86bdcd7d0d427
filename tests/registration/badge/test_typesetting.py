from __future__ import annotations

import os

import pypdfium2
import pytest

from registration.attendee.models import AttendeeProfile
from registration.badge import typesetting
from registration.badge.models import BadgeFormat
from registration.badge.typesetting import make_job, typeset
from registration.errors import RegistrationError
from registration.typesetting import process
from tests import factories
from tests.registration.badge.pages import codes_in, letters, picture, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(conference, settings):
    settings.SITE_URL = "https://tickets.example.org"
    kind = factories.ticket_type(conference=conference, name="Speaker")
    seat = factories.attendee(conference=conference, user=factories.user(name="Ada Lovelace"), ticket_type=kind)
    AttendeeProfile.objects.create(
        user=seat.user, badge_name="Countess Ada", pronouns="she/her", affiliation="Analytical Engines"
    )
    return seat


def texts(conference, *seats):
    job = make_job(conference=conference, attendees=seats, badge_format=BadgeFormat.LABEL)
    return [[one[key] for key in ("name", "pronouns", "affiliation", "ticket")] for one in job["people"]]


def test_badge_is_set_in_a_process_of_its_own(conference, seat):
    with typeset(conference=conference, attendees=[seat], badge_format=BadgeFormat.LABEL) as file:
        page = pypdfium2.PdfDocument(file.read())[0]
    told = f"{conference.name} Countess Ada she/her Analytical Engines {seat.access_code} Speaker"
    assert letters(text_of(page)) == letters(told)
    assert codes_in(picture(page)) == [f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}"]


def test_badge_tells_what_the_profile_has_and_the_conference_asks(conference, seat):
    other = factories.attendee(conference=conference, user=factories.user(name="Grace"))
    assert texts(conference, seat, other) == [
        ["Countess Ada", "she/her", "Analytical Engines", "Speaker"], ["Grace", "", "", ""],
    ]  # fmt: skip
    conference.profile_fields = ["affiliation"]
    assert texts(conference, seat) == [["Ada Lovelace", "", "Analytical Engines", "Speaker"]]


def test_badge_does_without_a_profile_model(conference, seat, settings):
    settings.DJANGO_PROGRAM = {"attendee_profile_model": ""}
    assert texts(conference, seat) == [["Ada Lovelace", "", "", "Speaker"]]


def test_gathering_takes_the_same_queries_for_any_number(conference, seat, django_assert_num_queries):
    others = [factories.attendee(conference=conference, ticket_type=seat.ticket_type) for _number in range(3)]
    for seats in ([seat], [seat, *others]):
        with django_assert_num_queries(2):  # profiles, logo
            make_job(conference=conference, attendees=seats, badge_format=BadgeFormat.A4)


def test_typesetter_gets_none_of_the_secrets(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert "SECRET_KEY" in os.environ
    assert {"SECRET_KEY", "DATABASE_URL"} & set(dict(process._environment())) == set()


def test_failure_is_logged_without_what_was_to_be_set(conference, seat, caplog, monkeypatch):
    monkeypatch.setattr(typesetting, "SHAPES", {BadgeFormat.LABEL: typesetting.SHAPES[BadgeFormat.A4]})
    conference.accent = "Ada's own colour"
    with pytest.raises(RegistrationError):
        typeset(conference=conference, attendees=[seat], badge_format=BadgeFormat.LABEL)
    assert "registration.badge.press made nothing" in caplog.text
    assert [word for word in ("Ada", "Countess", seat.access_code) if word in caplog.text] == []


def test_typesetter_that_hangs_is_ended(conference, seat, monkeypatch):
    monkeypatch.setattr(process, "_SECONDS", 0.001)
    with pytest.raises(RegistrationError):
        typeset(conference=conference, attendees=[seat], badge_format=BadgeFormat.LABEL)
