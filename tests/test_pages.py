"""The whole, thinly: every page answers."""

import pytest

from conferences.models import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/conferences/{slug}/",
        "/accounts/login/",
        "/accounts/signup/",
        "/healthz/",
        "/outbox/",
        "/conferences/{slug}/accent.css",
    ],
)
def test_public_page_answers(client, conference, path):
    assert client.get(path.format(slug=conference.slug)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/me/",
        "/staff/",
        "/staff/{slug}/",
        "/staff/{slug}/checkin/",
        "/staff/{slug}/attendees/",
        "/staff/{slug}/settings/",
    ],
)
def test_organisers_page_answers(client_as, conference, path):
    assert client_as(Role.ORGANISER).get(path.format(slug=conference.slug)).status_code == 200
