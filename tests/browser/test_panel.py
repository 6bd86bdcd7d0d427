"""The verdict panel on the screens of tablets: what there is to read first and to do is in sight, whatever else it says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.attendee.models import AttendeeProfile
from registration.checkin.models import Checkpoint
from tests import factories
from tests.browser.tablet import field, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Of iPads since 2010 and of small Android tablets, upright and on their side.
SCREENS = [(820, 1180), (768, 1024), (800, 1280), (1180, 820), (1024, 768)]

# What can be read from a metre away: capitals of 16 minutes of arc (4.7 mm), on an iPad of 132 CSS pixels an inch.
FROM_A_METRE = 34

_IS_ON_TOP = """(one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.fixture
def talkative(conference):
    """Somebody of whom the door is told all it can be told of, one of an order of three."""
    conference.desk_fields = ["photo_consent", "accessibility_needs"]
    conference.save()
    seat, *_others = factories.order(conference=conference, seats=3).attendees.order_by("pk")
    seat.name, seat.needs_attention = "Ada Ansel", True
    seat.staff_note = "Speaker in room 3 at 11:00; call Tom when she is here (0170 123456)."
    seat.save()
    AttendeeProfile.objects.create(
        user=seat.user, accessibility_needs="Wheelchair, front row", photo_consent=False, tshirt_size="M"
    )
    return seat


def scan(page: Page, code: str) -> None:
    field(page).fill(code)
    field(page).press("Enter")


def is_in_sight(page: Page, *texts: str, scrolled: bool = False) -> None:
    """Whole, and nothing lies over it."""
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.locator("#result").evaluate("(panel, y) => panel.scrollTo(0, y)", 10_000 if scrolled else 0)
        sizes = (
            page.locator("#result")
            .locator(".word, .name")
            .evaluate_all("(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
        )
        assert min(sizes) >= FROM_A_METRE, f"{sizes} at {width}x{height}"
        for text in texts:
            shown = page.locator("#result").get_by_text(text).first
            expect(shown, f"{text} at {width}x{height}").to_be_in_viewport(ratio=0.99)
            assert shown.evaluate(_IS_ON_TOP), f"{text} at {width}x{height}"


def test_note_and_what_can_be_done_are_in_sight_on_every_tablet(tablet, conference, talkative):
    page = tablet(Role.DESK)
    page.evaluate("localStorage.setItem('lanyard-label', '62x100')")
    page.reload()
    page.evaluate("window.print = () => dispatchEvent(new Event('afterprint'))")
    scan(page, talkative.access_code)
    shows(page, "admitted", "1 of 3 of this order are here")
    expect(page.locator("[data-badge]")).to_be_visible()
    is_in_sight(
        page, "Admitted", "Ada Ansel", "call Tom", "Admit the other 2", "Correct the name", "Undo", "Print the badge"
    )
    # The rest is there for who scrolls, and nothing lies over it.
    is_in_sight(page, "Wheelchair", "Photographs", scrolled=True)

    scan(page, talkative.access_code)
    shows(page, "already_admitted")
    is_in_sight(page, "Already in", "Ada Ansel", "First admitted", "Admit the other 2", "Undo the first")
    is_in_sight(page, "Ask for the badge", scrolled=True)
    page.get_by_text("Undo the first").click()
    is_in_sight(page, "Why is it taken back?", "Wrong person", "Take back", scrolled=True)


def test_payment_is_in_sight_on_every_tablet(tablet, conference):
    Checkpoint.objects.main(conference)
    Checkpoint.objects.update(unpaid="ask")
    seat = factories.order(conference=conference, total="79.00", status="pending").attendees.get()
    page = tablet(Role.DESK)
    scan(page, seat.access_code)
    shows(page, "unpaid")
    is_in_sight(page, "Not paid", "Cash: admit", "Card: admit", "Transfer: admit", "Do not admit", "Amount, note")
    page.get_by_text("Amount, note").click()
    is_in_sight(page, "Cash: admit", "Card: admit", "Transfer: admit", "Do not admit")


def test_that_the_buyer_is_at_stripe_is_in_sight_on_every_tablet(tablet, conference):
    Checkpoint.objects.main(conference)
    Checkpoint.objects.update(unpaid="ask")
    seat = factories.order(conference=conference, total="79.00", status="pending").attendees.get()
    until = timezone.now() + dt.timedelta(minutes=30)
    seat.order.card_payments.create(
        amount=79, currency="EUR", url="https://stripe.example/", expires_at=until, ask_at=until
    )
    page = tablet(Role.DESK)
    scan(page, seat.access_code)
    shows(page, "unpaid")
    is_in_sight(page, "Not paid", "there by card until", "is owed", "Cash: admit", "Card: admit", "Do not admit")
