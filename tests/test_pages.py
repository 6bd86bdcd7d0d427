"""The whole, thinly: every page answers."""

import re

import pytest
from django.conf import settings

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


def test_a_heading_has_the_size_that_its_class_says():
    """Bootstrap's classes lie in a layer below the sizes of the bare elements, so they have to stand beside those."""
    pages = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    used = {size for page in pages for size in re.findall(r'<h\d class="[^"]*\b(h[1-6])\b', page)}
    known = set(re.findall(r"\.(h[1-6])\b", (settings.BASE_DIR / "static/css/lanyard.css").read_text()))
    assert used
    assert used <= known
