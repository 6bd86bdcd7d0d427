"""From the conference page to the ticket, in a real browser: fields are checked as people go, and what is left follows."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from registration.attendee.models import Attendee, AttendeeProfile
from registration.catalogue.models import TicketType
from registration.invitation.inviting import Invitee, invite
from registration.order.models import OrderStatus
from tests import factories
from tests.browser.conftest import AT_HOME, axe, faults
from tests.browser.keys import press, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def regular(transactional_db):
    conference = factories.conference(
        name="Tidewater", tagline="Three days on open infrastructure", venue="De Loods, Antwerp", accent="#0f5a66",
        payment_instructions="vzw Getijdenwerk\nIBAN BE00 0000 0000 0000",
    )  # fmt: skip
    return factories.ticket_type(
        conference=conference, name="Regular", slug="regular", price=Decimal("249"), total_quantity=9
    )


def test_newcomer_comes_from_the_home_page_to_the_order_by_keyboard_alone(open_page, regular):
    page = open_page("/", size="phone")
    press(page, page.get_by_role("link", name="Tidewater"))
    press(page, page.get_by_role("link", name="Register with a Regular ticket"))
    write(page, "Name", "Nguyễn Thị Phương Thảo")
    write(page, "E-mail", "thao@example.org")
    press(page, page.get_by_role("button", name="Create account"))
    page.wait_for_url(re.compile("confirm-email"))
    code = re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    write(page, "Code", code)
    press(page, page.get_by_role("button", name="Confirm"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is coming?")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nguyễn Thị Phương Thảo")
    expect(page.locator("#said")).to_have_text(re.compile(r"^Held for you until \d\d:\d\d$"))
    press(page, page.get_by_label("T-shirt size"), "ArrowDown")
    press(page, page.get_by_label("photographs with me", exact=False), "Space")
    press(page, page.get_by_role("button", name="Order"))
    expect(page.get_by_role("heading", level=1)).to_have_text("How would you like to pay?")
    seat = Attendee.objects.get()
    assert (seat.name, seat.email, seat.order.status) == (
        "Nguyễn Thị Phương Thảo", "thao@example.org", OrderStatus.PENDING,
    )  # fmt: skip
    given = AttendeeProfile.objects.get()
    assert (given.tshirt_size != "", given.photo_consent) == (True, True)


def test_fields_are_checked_as_people_go(open_page, regular):
    page = open_page(
        f"/conferences/{regular.conference.slug}/register/?ticket=regular", user=factories.user(name="Ada")
    )
    email = page.get_by_label("E-mail")
    email.fill("ada.example")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Write it like name@example.org.")).to_be_visible()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name on the badge")).to_be_focused()
    # Until then the field that has just come is checked by nobody; people are slower.
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)
    email.fill("ada@example.org")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Write it like name@example.org.")).to_be_hidden()


def test_refused_form_leads_to_its_errors(open_page, regular):
    page = open_page(f"/conferences/{regular.conference.slug}/register/?ticket=regular", user=factories.user())
    page.get_by_label("Name", exact=True).fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Name: Enter a name.").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert axe(page) == []


@pytest.mark.counters_falsified
def test_add_on_that_sold_out_is_told_at_the_seat(open_page, regular):
    user, dinner = factories.user(), factories.add_on(conference=regular.conference, name="Dinner", total_quantity=9)
    page = open_page(
        f"/conferences/{regular.conference.slug}/register/?" + "&".join(["ticket=regular"] * 5), user=user, size="phone"
    )
    expect(page.locator("#held")).to_be_visible()
    type(dinner).objects.update(total_quantity=1, taken=1)
    box = page.get_by_role("group", name="With this ticket").nth(4).get_by_role("checkbox", name="Dinner")
    box.check()
    expect(box).to_be_focused()
    expect(box).not_to_be_checked()
    expect(box).to_have_accessible_description("Dinner is sold out.")
    expect(page.get_by_text("Dinner is sold out.")).to_be_in_viewport()
    assert faults(page, ["phone"]) == []


@pytest.mark.counters_falsified
def test_places_left_follow_without_a_reload(open_page, regular):
    page = open_page(f"/conferences/{regular.conference.slug}/")
    expect(page.get_by_text("9 left")).to_be_visible()
    TicketType.objects.update(taken=9)
    page.evaluate("document.getElementById('tickets').dispatchEvent(new Event('places'))")
    expect(page.get_by_text("Sold out")).to_be_visible()
    expect(page.get_by_role("link", name="Register with a Regular ticket")).to_have_count(0)


def test_link_of_an_invitation_registers_with_one_click(open_page, regular):
    [invitation] = invite(
        conference=regular.conference, ticket_type=regular, people=[Invitee("Ada Lovelace", "ada@example.org")],
        is_free=True, expires_at=None, by=factories.superuser(), now=timezone.now(),
    )  # fmt: skip
    page = open_page(urlsplit(invitation.link).path, size="phone")
    page.get_by_role("button", name="Register me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are registered")
    assert Attendee.objects.get().email == "ada@example.org"


def test_pages_are_accessible(open_page, regular):
    conference = regular.conference
    early = factories.ticket_type(conference=conference, name="Early", total_quantity=1)
    factories.attendee(conference=conference, ticket_type=early)
    buyer = factories.user(name="Ada Lovelace")
    unpaid = factories.order(
        conference=conference, user=buyer, total="249.00", status=OrderStatus.PENDING, ticket_type=regular
    )
    desk = factories.superuser()
    page = open_page("/", user=buyer)
    for path in (
        "/",
        f"/conferences/{conference.slug}/",
        f"/conferences/{conference.slug}/register/",
        f"/conferences/{conference.slug}/register/?ticket=regular",
        f"/orders/{unpaid.reference}/?done",
    ):
        page.goto(path)
        assert (path, faults(page, AT_HOME)) == (path, [])
    staff = open_page("/", user=desk)
    for path in (
        f"/staff/{conference.slug}/orders/",
        f"/staff/{conference.slug}/orders/{unpaid.reference}/",
        f"/staff/{conference.slug}/orders/{unpaid.reference}/cancel/",
        f"/staff/{conference.slug}/seats/{unpaid.attendees.get().access_code}/cancel/",
    ):
        staff.goto(path)
        assert (path, faults(staff, AT_HOME)) == (path, [])
