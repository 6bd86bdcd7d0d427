"""What cannot be taken back asks first, on every page that says so."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, expect

from conferences.models import Role
from registration.invitation.inviting import Invitee, invite
from registration.waiting.models import WaitingEntry
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pages(conference):
    """The address of each page, its button and the question."""
    kind = factories.ticket_type(conference=conference)
    factories.waiting(ticket_type=kind)
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    people = [Invitee("Ada", "ada@example.org")]
    now = timezone.now()
    invite(conference=conference, ticket_type=kind, people=people, is_free=True, expires_at=None, by=user, now=now)
    return user, {
        "waiting-list": ("Remove", "Take this person off the list?"),
        "invitations": ("Take back", "Take this invitation back?"),
        "settings-staff": ("Remove", "Remove from the staff?"),
    }


def test_who_thinks_better_of_it_has_changed_nothing(open_page, conference, pages):
    user, asked = pages
    page = open_page(user=user)
    for name, (button, question) in asked.items():
        heard: list[str] = []

        def answer(dialog: Dialog, heard: list[str] = heard) -> None:
            heard.append(dialog.message)
            dialog.dismiss()

        page.once("dialog", answer)
        page.goto(reverse(name, args=[conference.slug]))
        address = page.url
        page.get_by_role("button", name=button).first.click()
        assert (name, len(heard), page.url) == (name, 1, address)
        assert question in heard[0]
    page.goto(reverse("waiting-list", args=[conference.slug]))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody waits.")).to_be_visible()
    assert not WaitingEntry.objects.filter(state="waiting").exists()
