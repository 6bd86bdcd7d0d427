"""A page that started without the server: it asks who is at the tablet, and becomes the server's page when that is back."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registration.checkin.models import Checkpoint, Scan
from tests import factories
from tests.browser.conftest import AT_THE_DOOR, faults
from tests.browser.offline import cut, ready, scan, sent, shows, strip
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


@pytest.fixture
def started(open_page, conference, live_server):
    """A paired tablet that is switched on without the network, on the day after it was used."""
    Checkpoint.objects.main(conference)
    _tablet, secret = factories.paired_tablet(conference=conference, name="Tablet 2")

    def started() -> Page:
        page = open_page("/healthz/", size="tablet")
        page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
        page.goto(reverse("checkin", args=[conference.slug]))
        ready(page)
        page.evaluate("""() => localStorage.setItem("lanyard-who", '{"name": "Jonas", "day": "2020-01-01"}')""")
        cut(page)
        page.reload()
        expect(strip(page, "offline")).to_be_visible()
        return page

    return started


def tell(page: Page, name: str) -> None:
    page.get_by_label("First name or initials").fill(name)
    page.get_by_role("button", name="That is me").click()
    expect(page.locator("#who-name")).to_have_text(name)


def test_tablet_asks_who_is_at_it_also_without_the_network(started, conference):
    seat = seat_of(conference, "Bo Li")
    page = started()
    expect(page.locator("#who-dialog")).to_be_visible()
    assert faults(page, AT_THE_DOOR[:1]) == []
    expect(page.locator("#count")).to_be_hidden()  # how many are in, nobody knows
    tell(page, "Kim")
    expect(page.locator(".where")).to_have_text(re.compile(r"Main entrance\s*Tablet 2 · Kim"))
    scan(page, seat.access_code)
    shows(page, "admitted", is_saved=True)
    cut(page, is_cut=False)
    sent(page)
    expect(page.locator("[data-actions]")).to_contain_text("Sign in with your own account")
    expect(page.locator("#count")).to_contain_text("1 of 1")
    assert Scan.objects.get().scanned_by_name == "Kim"
    page.locator("#who-open").click()
    tell(page, "Zoë")
    scan(page, seat.access_code)
    shows(page, "already_admitted", is_saved=False)
    assert Scan.objects.exclude(scanned_by_name="Kim").get().scanned_by_name == "Zoë"


def test_page_that_fails_to_come_when_the_server_is_back_is_asked_for_again(started, conference):
    page = started()
    page.keyboard.press("Escape")
    address = re.compile(r"/checkin/\?checkpoint=")
    page.route(address, lambda route: route.fulfill(status=503, body="busy"), times=1)
    cut(page, is_cut=False)
    sent(page)
    expect(page.locator("[data-actions]")).to_contain_text("Sign in with your own account", timeout=20_000)
    assert page.evaluate("place.here.isShell") is False


def test_page_that_knows_nobody_says_so_at_every_scan(tablet, conference):
    page = tablet()
    ready(page)
    page.evaluate("() => store.wipe()")
    cut(page)
    page.goto(reverse("checkin", args=[conference.slug]))
    shows(page, "ready", "Nobody is signed in on this tablet")
    scan(page, "X")
    shows(page, "not_saved", "Nobody is signed in on this tablet")
    expect(page.locator("#sending")).to_be_empty()


def test_page_of_an_account_asks_nobody(without_network, conference):
    page = without_network()
    name = page.locator(".where bdi").inner_text()
    page.reload()
    expect(strip(page, "offline")).to_be_visible()
    expect(page.locator(".where span")).to_have_text(name)
    assert page.locator(".where").get_attribute("href") is None
    expect(page.locator("#who-dialog")).to_be_hidden()
