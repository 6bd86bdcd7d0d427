"""A tablet that has no list yet, when the server fails: nothing is lost, nothing is counted twice, nothing is guessed."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, Route, expect

from registration.checkin.models import Scan
from tests.browser.camera import until
from tests.browser.offline import shows, stored, waits
from tests.browser.tablet import field, seat_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def without_list(page: Page) -> None:
    page.route("**/checkin/roster/**", lambda route: route.abort())


@pytest.mark.parametrize("failure", ["no network", "503", "answer lost"])
def test_failed_scan_says_so_and_is_sent_again_with_its_id(tablet, conference, failure):
    seat = seat_of(conference, "Ruairí Ó Ceallaigh")
    page = tablet(prepare=without_list)
    sent = []

    def fail(route: Route) -> None:
        sent.append(re.search(r"scan_id=([\w-]+)", route.request.post_data).group(1))
        if failure == "no network":
            route.abort()
        elif failure == "503":
            route.fulfill(status=503, body="<html>a proxy's own page</html>")
        else:
            route.fetch()
            route.abort()

    page.route("**/checkin/scan/", fail)
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "not_saved", "Try again")
    page.reload()
    shows(page, "not_saved", seat.access_code)
    page.unroute("**/checkin/scan/")
    shows(page, "admitted", "Ruairí Ó Ceallaigh")  # by itself
    expect(field(page)).to_be_focused()
    assert [str(scan.pk) for scan in Scan.objects.all()] == [*set(sent)]
    expect(page.locator("#last-scans li")).to_have_count(1)
    assert stored(page) == []


def test_scans_behind_a_failed_one_wait_and_keep_their_order(tablet, conference):
    seats = [seat_of(conference, f"Guest {number}") for number in range(3)]
    page = tablet(prepare=without_list)
    page.route("**/checkin/scan/", lambda route: route.abort())
    page.keyboard.type(seats[0].access_code)
    page.keyboard.press("Enter")
    shows(page, "not_saved")
    page.keyboard.type(seats[1].access_code)
    page.keyboard.press("Enter")
    shows(page, "not_saved", "+1 more waiting")
    page.unroute("**/checkin/scan/")
    page.keyboard.type(seats[2].access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Guest 2")
    assert list(Scan.objects.order_by("received_at").values_list("attendee", flat=True)) == [seat.pk for seat in seats]


def test_failed_scan_can_be_forgotten(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet(prepare=without_list)
    page.route("**/checkin/scan/", lambda route: route.abort())
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "not_saved")
    page.get_by_role("button", name="Forget this scan").click()
    shows(page, "ready")
    waits(page, 0)
    assert Scan.objects.count() == 0


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "failed"])
@pytest.mark.parametrize("behind", [1, 0], ids=["one behind", "none behind"])
def test_scan_that_is_forgotten_while_it_is_sent_costs_none_behind_it(tablet, conference, is_answered, behind):
    first, *others = [seat_of(conference, name) for name in ("Bo Li", "Zoë Šimůnková")[: 1 + behind]]
    page = tablet(prepare=without_list)
    held: list[Route] = []
    is_slow = False

    def fail(route: Route) -> None:
        if first.access_code not in route.request.post_data:
            route.continue_()
        elif is_slow:
            held.append(route)
        else:
            route.abort()

    page.route("**/checkin/scan/", fail)
    for seat in (first, *others):
        page.keyboard.type(seat.access_code)
        page.keyboard.press("Enter")
        shows(page, "not_saved", seat.access_code if seat == first else "+1 more waiting")
    is_slow = True
    until(page, lambda: bool(held))  # it is sent again by itself
    page.get_by_role("button", name="Forget this scan").click()
    held[0].continue_() if is_answered else held[0].abort()
    if others:
        shows(page, "admitted", others[0].name)
    else:
        shows(page, "admitted" if is_answered else "ready")
    waits(page, 0)
    expected = [first.pk] * is_answered + [seat.pk for seat in others]
    assert list(Scan.objects.order_by("received_at").values_list("attendee", flat=True)) == expected


def test_scan_ids_are_random_also_where_the_browser_has_no_maker_for_them(tablet, conference):
    page = tablet()
    page.evaluate("crypto.randomUUID = undefined")
    page.keyboard.type("XX4Q0000")
    page.keyboard.press("Enter")
    shows(page, "unknown")
    assert uuid.UUID(page.locator("#result").get_attribute("data-scan-id")).version == 4
