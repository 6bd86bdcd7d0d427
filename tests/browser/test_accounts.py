"""Signing up and in with a keyboard, and every account and settings page at every size."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from conferences.models import Conference, Role
from registration.account.models import User
from registration.checkin.models import Checkpoint, Entry
from tests import factories
from tests.browser.conftest import AT_HOME, faults
from tests.browser.keys import press, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clean_cache")]


def code() -> str:
    return re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]


def assert_is_fine(page: Page) -> None:
    assert page.locator("h1").count() == 1, page.url
    assert faults(page, AT_HOME) == [], page.url


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no key leads to {selector}")


def test_sign_up_needs_no_mouse_and_no_password(open_page):
    page = open_page("/accounts/signup/?next=/accounts/")
    tab_to(page, "#id_name")
    page.keyboard.type("Ada Lovelace")
    page.keyboard.press("Tab")
    page.keyboard.type("no address")
    page.keyboard.press("Enter")
    expect(page.locator("#id_email")).to_be_focused()
    assert_is_fine(page)
    page.keyboard.press("Control+A")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your address")
    assert_is_fine(page)
    tab_to(page, "#id_code")
    page.keyboard.type(code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert User.objects.get().emailaddress_set.get().verified


def test_button_pressed_again_while_nothing_has_come_back_sends_nothing(open_page):
    """The page of a second sign-up would wait for a code that is not sent, since there is an account by then."""
    page = open_page("/accounts/signup/?next=/accounts/")
    page.locator("#id_name").fill("Ada Lovelace")
    page.locator("#id_email").fill("ada@example.org")
    sent = []
    page.route(lambda url: "/accounts/signup/" in url, lambda route: sent.append(route))
    page.evaluate(
        """async () => {
          for (const _time of [1, 2]) {
            document.querySelector("main form .btn-primary").click();
            await new Promise((done) => setTimeout(done, 100));
          }
        }"""
    )
    sent[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your address")
    assert len(sent) == 1
    page.locator("#id_code").fill(code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_sign_in_by_code_with_the_keyboard(open_page):
    factories.user(email="ada@example.org")
    page = open_page("/accounts/login/?next=/accounts/")
    tab_to(page, "[name=by_code]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in by code")
    expect(page.locator("#id_email")).to_be_focused()
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    assert_is_fine(page)
    tab_to(page, "#id_code")
    page.keyboard.type(code().lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_address_typed_at_the_sign_in_page_is_not_asked_for_again(open_page):
    factories.user(email="ada@example.org")
    page = open_page("/accounts/login/?next=/accounts/", size="phone")
    page.fill("#id_login", "ada@example.org")
    page.get_by_role("button", name="Send me a sign-in code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    expect(page.get_by_text("We have sent a code to ada@example.org")).to_be_visible()
    page.fill("#id_code", code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_form_of_a_page_that_was_left_open_leads_back_to_the_page(open_page):
    """Somebody signs in in another tab: what was open before has an old token, and sending it again would not help."""
    user = factories.user(email="ada@example.org")
    page = open_page("/accounts/login/?next=/accounts/")
    other = page.context.new_page()
    other.goto("/accounts/login/")
    for tab in (other, page):
        tab.fill("#id_login", user.email)
        tab.fill("#id_password", "correct horse")
        tab.get_by_role("button", name="Sign in", exact=True).click()
        expect(tab.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page was open for too long")
    assert_is_fine(page)
    page.get_by_role("link", name="Open the page anew").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_public_account_pages_are_fine(open_page):
    """Those that say the same to whoever is signed in are looked at with every page (`test_every_page.py`)."""
    page = open_page("/")
    for path in ("login/", "signup/", "login/code/", "password/reset/key/1-used/"):
        page.goto(f"/accounts/{path}")
        assert_is_fine(page)


def test_own_account_pages_are_fine(open_page):
    """Those where addresses make no difference are looked at with every page (`test_every_page.py`)."""
    user = factories.user(name="Ada")
    user.emailaddress_set.create(email="second@example.org", verified=True)
    user.emailaddress_set.create(email="third@example.org", verified=False)
    page = open_page("/accounts/", user=user)
    assert_is_fine(page)
    page.goto("/accounts/email/")
    assert_is_fine(page)


@pytest.mark.counters_falsified
@pytest.mark.long
def test_settings_pages_are_fine(open_page):
    conference = factories.conference(name="Tidewater 2027", accent="#0b5d66")
    organiser = factories.staff(conference=conference, role=Role.ORGANISER).user
    factories.staff(conference=conference, role=Role.DOOR)
    sold = factories.ticket_type(
        conference=conference, price=249, total_quantity=400, taken=312, description="Three days"
    )
    factories.ticket_type(conference=conference, is_active=False)
    main = Checkpoint.objects.main(conference)
    factories.checkpoint(conference=conference, rehearsal=True)
    page = open_page("/staff/", user=organiser)
    assert_is_fine(page)
    for path in (
        "",
        "tickets/",
        "tickets/new/",
        f"tickets/{sold.pk}/",
        "checkpoints/",
        "checkpoints/new/",
        f"checkpoints/{main.pk}/",
        "staff/",
    ):
        page.goto(f"/staff/{conference.slug}/settings/{path}")
        assert_is_fine(page)


@pytest.mark.long
def test_conference_is_set_up_by_keyboard_alone(open_page):
    """The short name writes itself and the colour shows itself; then what is for sale, where it is scanned, and who works."""
    page = open_page("/staff/", user=factories.superuser())
    press(page, page.get_by_role("link", name="Set up a conference"))
    write(page, "Name", "Tidewater Óslo 2027")
    expect(page.locator("#id_slug")).to_have_value("tidewater-oslo-2027")
    page.fill("#id_accent", "#0b5d66")  # by keyboard it is the browser's own dialog
    colour = "getComputedStyle(document.getElementById('accent_preview')).getPropertyValue('--conference-accent')"
    assert page.evaluate(colour) == "#0b5d66"
    press(page, page.get_by_role("button", name="Set up"))
    expect(page.locator("#errors")).to_be_focused()
    assert_is_fine(page)
    page.locator("#errors").focus()
    write(page, "Time zone", "oslo")
    press(page, page.locator("#id_start_date"), "0")
    page.keyboard.type("6092027")
    press(page, page.locator("#id_end_date"), "0")
    page.keyboard.type("6112027")
    press(page, page.get_by_role("button", name="Set up"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Tickets")
    assert "/staff/tidewater-oslo-2027/settings/tickets/" in page.url

    press(page, page.get_by_role("link", name="Add a ticket"))
    write(page, "Name", "Student")
    write(page, "Price in EUR", "40")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name="Student")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.dismiss())
    press(page, page.get_by_role("button", name="Delete Student"))
    press(page, page.get_by_role("button", name="Take off sale Student"))
    expect(page.get_by_text("Off sale", exact=True)).to_be_visible()

    press(page, page.get_by_role("navigation", name="Settings").get_by_role("link", name="Checkpoints"))
    press(page, page.get_by_role("link", name="Add a checkpoint"))
    write(page, "Name", "Lunch")
    press(page, page.get_by_role("radio").first, "ArrowDown")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Edit Lunch")).to_be_visible()

    press(page, page.get_by_role("navigation", name="Settings").get_by_role("link", name="Staff"))
    write(page, "E-mail", "door@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("Desk")
    press(page, page.get_by_role("button", name="Add and send a mail"))
    expect(page.get_by_role("button", name="Remove door@example.org")).to_be_visible()
    made = Conference.objects.get()
    assert (made.slug, str(made.start_date), made.timezone) == ("tidewater-oslo-2027", "2027-06-09", "Europe/Oslo")
    sold = made.ticket_types.get()
    assert (sold.name, sold.price, sold.is_active) == ("Student", 40, False)
    assert (made.checkpoints.get(is_main=False).entry, made.staff_roles.get().role) == (Entry.DAILY, Role.DESK)


def test_what_was_said_keeps_its_distance_from_what_comes_below(open_page):
    kind = factories.ticket_type(conference=factories.conference())
    page = open_page(f"/conferences/{kind.conference.slug}/register/?ticket={kind.slug}", size="phone")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Confirm").click()
    said, below = page.get_by_role("status").first, page.locator(".steps")
    expect(said).to_contain_text("ada@example.org is confirmed.")
    assert below.bounding_box()["y"] - sum(said.bounding_box()[part] for part in ("y", "height")) >= 16
