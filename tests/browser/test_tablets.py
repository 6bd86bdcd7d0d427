"""A tablet in a browser, from the QR code on the organiser's screen to a scan with a name beside it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.checkin.models import Checkpoint, Scan, Tablet
from tests import factories
from tests.browser.conftest import axe
from tests.browser.gun import Gun
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOON = 20_000


@pytest.fixture
def organiser(open_page, conference, settings, live_server):
    """The organiser's page of tablets."""
    settings.SITE_URL = live_server.url
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    return open_page(reverse("settings-tablets", args=[conference.slug]), user=user)


@pytest.fixture
def paired(open_page, conference, live_server):
    """`paired(name="Tablet 2")`: the check-in page of a device that is paired already."""

    def paired(size: str = "tablet on its side", dark: bool = False, options=None, **fields) -> Page:
        Checkpoint.objects.main(conference)
        _tablet, secret = factories.paired_tablet(conference=conference, **fields)
        page = open_page("/healthz/", size=size, dark=dark, **options or {})
        page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
        page.goto(reverse("checkin", args=[conference.slug]))
        return page

    return paired


def tell(page: Page, name: str) -> None:
    page.get_by_label("First name or initials").fill(name)
    page.get_by_role("button", name="That is me").click()
    expect(page.locator("#who-dialog")).to_be_hidden()
    expect(page.locator("#who-name")).to_have_text(name)


def scan(page: Page, code: str) -> None:
    field(page).fill(code)
    page.keyboard.press("Enter")


def test_device_is_paired_and_its_scans_are_named(organiser, open_page, conference):
    seat = seat_of(conference, "佐藤 美咲")
    desk = factories.staff(conference=conference, role=Role.DESK).user
    organiser.get_by_role("link", name="Add a tablet").click()
    organiser.get_by_label("Name").fill("Tablet 2")
    organiser.get_by_role("button", name="Save and show its QR code").click()
    link = organiser.locator(".pairing-link").inner_text()
    expect(organiser.get_by_role("img", name="QR code that pairs the tablet")).to_be_visible()
    expect(organiser.locator("#pairing")).to_contain_text("Waiting for the device")

    device = open_page(link, user=desk, size="tablet")
    expect(device.get_by_text("is signed in on this device. Pairing signs them out of this browser.")).to_be_visible()
    assert axe(device) == []
    device.get_by_role("button", name="Pair this device").click()
    expect(organiser.locator("#pairing")).to_contain_text("The device is ready to scan.", timeout=SOON)
    expect(open_page(link).get_by_text("works only once")).to_be_visible()

    tell(device, "Jonas")
    scan(device, seat.access_code)
    shows(device, "admitted", "佐藤 美咲")
    scan(device, seat.access_code)
    shows(device, "already_admitted", "Main entrance, Tablet 2")
    expect(device.locator("#result")).to_contain_text("by Jonas")
    expect(device.locator("#last-scans li").first).to_contain_text("Jonas")
    tablet = Tablet.objects.get()
    assert set(Scan.objects.values_list("tablet", "scanned_by", "scanned_by_name")) == {(tablet.pk, None, "Jonas")}

    organiser.get_by_role("link", name="Tablets", exact=True).first.click()
    row = organiser.get_by_role("row", name=re.compile("Tablet 2"))
    expect(row).to_contain_text("Jonas", timeout=SOON)
    expect(row).to_contain_text("Online")
    organiser.get_by_role("link", name="Tablet 2").click()
    organiser.get_by_role("button", name="Revoke").click()
    expect(organiser.locator("#pairing")).to_contain_text("Revoked")
    scan(device, seat.access_code)
    expect(device.get_by_role("heading", name="No longer paired")).to_be_visible(timeout=SOON)
    assert Scan.objects.count() == 2


def test_name_is_asked_once_a_day_and_changed_in_the_top_bar(paired, conference, time_machine):
    device = paired()
    tell(device, "Kim")
    device.reload()
    expect(field(device)).to_be_visible()
    expect(device.locator("#who-name")).to_have_text("Kim")
    expect(device.locator("#who-dialog")).to_be_hidden()
    device.locator("#who-open").click()
    tell(device, "Zoë 佐藤")
    scan(device, "XX4Q0000")
    shows(device, "unknown")
    assert Scan.objects.get().scanned_by_name == "Zoë 佐藤"

    device.evaluate("""() => {
        const told = JSON.parse(localStorage.getItem("lanyard-who"));
        localStorage.setItem("lanyard-who", JSON.stringify({ ...told, day: "2020-01-01" }));
        document.cookie = `who=; Path=${location.pathname}; Max-Age=0`;
    }""")
    device.reload()
    expect(device.locator("#who-dialog")).to_be_visible()
    expect(device.get_by_label("First name or initials")).to_have_value("Zoë 佐藤")


def test_question_never_stands_in_the_way_of_a_queue(paired, conference):
    """It can be put off, and a scanner gun that types into it has scanned a ticket."""
    seat = seat_of(conference, "Bo Li")
    device = paired()
    expect(device.locator("#who-dialog")).to_be_visible()
    gun = Gun(device)
    gun.scan(seat.access_code)
    shows(device, "admitted", "Bo Li")
    expect(device.locator("#who-dialog")).to_be_visible()
    expect(device.get_by_label("First name or initials")).to_have_value("")
    device.keyboard.press("Escape")
    expect(field(device)).to_be_focused()
    expect(device.locator("#who-name")).to_have_text("Who is at it?")
    gun.scan(seat.access_code)
    shows(device, "already_admitted")
    assert set(Scan.objects.values_list("scanned_by_name", flat=True)) == {""}


def test_staff_sign_in_on_a_tablet_and_out_again(organiser, open_page, conference):
    """In a real browser, whose cookies the sign-out clears."""
    organiser.get_by_role("link", name="Add a tablet").click()
    organiser.get_by_label("Name").fill("Tablet 2")
    organiser.get_by_role("button", name="Save and show its QR code").click()
    device = open_page(organiser.locator(".pairing-link").inner_text(), size="tablet")
    device.get_by_role("button", name="Pair this device").click()
    tell(device, "Kim")
    desk = factories.staff(conference=conference, role=Role.DESK).user
    device.locator("#menu > summary").click()
    device.get_by_role("link", name="Sign in with your own account").click()
    device.get_by_label("E-mail").fill(desk.email)
    device.get_by_label("Password").fill("correct horse")
    device.get_by_role("button", name="Sign in", exact=True).click()
    expect(device.locator(".where")).to_contain_text(desk.name, timeout=SOON)
    device.locator("#menu > summary").click()
    expect(device.get_by_text(f"Signed in as {desk.name}")).to_be_visible()
    device.get_by_role("button", name="Sign out").click()
    expect(device.locator(".where")).to_contain_text("Tablet 2 · Kim", timeout=SOON)
    assert {cookie["name"] for cookie in device.context.cookies()} & {"sessionid", "messages"} == set()
    scan(device, "XX4Q0000")
    shows(device, "unknown")
    assert Scan.objects.get().tablet == Tablet.objects.get()


def test_name_is_told_without_javascript(paired, conference):
    seat = seat_of(conference, "Oluwaseun Adébáyò")
    device = paired(options={"java_script_enabled": False})
    device.locator("#who-open").click()
    device.get_by_label("First name or initials").fill("Kim")
    device.get_by_role("button", name="That is me").click()
    expect(device.locator(".where")).to_contain_text("Kim")
    field(device).fill(seat.access_code)
    device.keyboard.press("Enter")
    shows(device, "admitted", "Oluwaseun Adébáyò")
    assert Scan.objects.get().scanned_by_name == "Kim"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_of_tablets_pass_the_accessibility_audit(organiser, open_page, paired, conference, live_server, dark):
    device = paired(dark=dark, size="tablet", name="Tablet 1", waiting=3, battery=12, clock_offset=600.0)
    expect(device.locator("#who-dialog")).to_be_visible()
    assert axe(device) == []
    device.keyboard.press("Escape")
    device.locator("#menu > summary").click()
    assert axe(device) == []
    organiser.emulate_media(color_scheme="dark" if dark else "light")
    organiser.reload()
    assert axe(organiser) == []
    organiser.get_by_role("link", name="Tablet 1").click()
    expect(organiser.get_by_role("heading", name="Tablet 1")).to_be_visible()
    assert axe(organiser) == []
    organiser.get_by_role("button", name="New QR code").click()
    expect(organiser.locator(".pairing-link")).to_be_visible()
    assert axe(organiser) == []
    device.close()
    Tablet.objects.update(waiting=3)  # its last word before it is asked for
    organiser.get_by_role("button", name="Revoke").click()
    expect(organiser.get_by_role("button", name="Revoke all the same")).to_be_visible()
    assert axe(organiser) == []
