"""The tablet page of a new member of staff, and what its tests look at."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from conferences.models import Conference, Role
from tests import factories


@pytest.fixture
def tablet(open_page, conference):
    """`tablet(Role.DESK)`: the page of a new member of staff with that role."""

    def tablet(role: Role = Role.DOOR, size: str = "tablet on its side", **options) -> Page:
        user = factories.staff(conference=conference, role=role).user
        return open_page(reverse("checkin", args=[conference.slug]), user=user, size=size, **options)

    return tablet


def shows(page: Page, verdict: str, name: str = "") -> None:
    # A verdict is an answer of the server, which shares a busy machine with the browser.
    expect(page.locator("#result")).to_have_attribute("data-verdict", verdict, timeout=30_000)
    if name:
        expect(page.locator("#result")).to_contain_text(name)


def field(page: Page):
    return page.get_by_label("Name or code")


def seat_of(conference: Conference, name: str, **fields):
    return factories.attendee(conference=conference, user=factories.user(name=name), **fields)
