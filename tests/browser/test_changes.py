"""What people change of their ticket, on a phone and by keyboard alone, and the preview of a mail beside its words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.mail.models import MailText
from registration.order.models import Order
from tests import factories
from tests.browser.conftest import axe
from tests.browser.keys import press, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def seat() -> Attendee:
    today = timezone.now().date()
    conference = factories.conference(
        name="Tidewater", start_date=today + dt.timedelta(days=30), end_date=today + dt.timedelta(days=31)
    )
    kind = factories.ticket_type(conference=conference, name="Regular", is_cancellable=True)
    factories.ticket_type(conference=conference, name="Supporter", price=Decimal("20"))
    order = factories.order(conference=conference, user=factories.user(name="Ada Lovelace"), ticket_type=kind)
    return order.attendees.get()


def opened(open_page, seat: Attendee, name: str) -> Page:
    page = open_page(reverse(name, args=[seat.access_code]), user=seat.user, size="phone")
    assert axe(page) == []
    return page


def test_ticket_is_given_away(open_page, seat):
    page = opened(open_page, seat, "ticket-change")
    press(page, page.get_by_role("link", name="Give it away"))
    expect(page.get_by_role("heading", name="Who gets the ticket?")).to_be_visible()
    write(page, "Name", "Grace Hopper")
    write(page, "E-mail", "no address")
    press(page, page.get_by_role("button", name="Give the ticket away"))
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    assert axe(page) == []
    write(page, "E-mail", "grace@example.org")
    press(page, page.get_by_role("button", name="Give the ticket away"))
    page.wait_for_url(lambda url: "transfer" not in url)
    code = seat.access_code
    seat.refresh_from_db()
    assert (seat.name, seat.email, seat.access_code != code) == ("Grace Hopper", "grace@example.org", True)
    assert axe(page) == []


def test_ticket_is_cancelled(open_page, seat):
    page = opened(open_page, seat, "ticket-change")
    press(page, page.get_by_role("link", name="Cancel the ticket"))
    expect(page.get_by_role("heading", name="Cancel this ticket?")).to_be_visible()
    assert axe(page) == []
    press(page, page.get_by_role("button", name="Cancel the ticket"))
    page.wait_for_url(lambda url: not url.endswith("/cancel/"))
    seat.refresh_from_db()
    assert (seat.is_live, axe(page)) == (False, [])


def test_ticket_is_changed_for_a_dearer_one(open_page, seat):
    page = opened(open_page, seat, "ticket-change")
    press(page, page.get_by_role("link", name="See the other tickets"))
    expect(page.get_by_role("heading", name="Another ticket")).to_be_visible()
    assert axe(page) == []
    press(page, page.get_by_role("radio", name=re.compile("Supporter")), "Space")
    press(page, page.get_by_role("button", name="Change the ticket"))
    page.wait_for_url(lambda url: "/exchange/" not in url)
    order = Order.objects.get(replaces=seat.order)
    assert (order.total, order.status) == (Decimal("20.00"), "pending")
    assert (TicketType.objects.get(name="Supporter").taken, axe(page)) == (1, [])


def test_name_is_put_right(open_page, seat):
    page = open_page(reverse("ticket-details", args=[seat.conference.slug]), user=seat.user, size="phone")
    assert axe(page) == []
    write(page, "Name", "Ada King")
    press(page, page.get_by_role("button", name="Save"))
    page.wait_for_url(lambda url: "details" not in url)
    seat.refresh_from_db()
    assert (seat.name, axe(page)) == ("Ada King", [])


def test_preview_of_a_mail_follows_its_words(open_page):
    conference = factories.conference(name="Tidewater")
    text = MailText.objects.create(conference=conference, kind="ticket", subject="Ahoy {name}", text="Welcome aboard")
    page = open_page(reverse("admin:registration_mailtext_change", args=[text.pk]), user=factories.superuser())
    mail = page.frame_locator("iframe.mail-preview")
    expect(mail.get_by_role("heading", name="Welcome aboard")).to_be_visible()
    page.get_by_label("Text").fill("Mind the gap, {name}\n\nSee you at {conference}.")
    expect(mail.get_by_role("heading", name="Mind the gap, Ada Lovelace")).to_be_visible()
    expect(mail.get_by_text("See you at Tidewater.")).to_be_visible()
    page.get_by_label("Subject").fill("Bon voyage")
    expect(mail.locator("strong", has_text="Bon voyage")).to_be_visible()
    text.refresh_from_db()
    assert text.subject == "Ahoy {name}"
