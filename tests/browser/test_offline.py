"""Check-in without the server, in a browser: decided from the list, kept on the disk, sent when the server is back."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Route, expect

from conferences.models import Role
from registration.account.models import User
from registration.checkin import offline as rules
from registration.checkin.models import Method, Scan
from tests import factories
from tests.browser.conftest import AT_THE_DOOR, faults
from tests.browser.offline import cut, ready, scan, sent, shows, stored, strip, waits
from tests.browser.tablet import field, seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


def test_scans_are_decided_from_the_list_and_sent_when_the_network_is_back(without_network, conference):
    regular = factories.ticket_type(conference=conference, name="Regular")
    seat = seat_of(conference, "Þórdís Arnardóttir", ticket_type=regular)
    cancelled = seat_of(conference, "Bo Li", state="cancelled")
    flagged = seat_of(conference, "Zoë Šimůnková", needs_attention=True, staff_note="Secret note")
    page = without_network()
    age = page.locator("#list-age")
    expect(age).to_have_text(re.compile(r"list from \d\d:\d\d"))
    scan(page, seat.access_code)
    shows(page, "admitted", "Þórdís Arnardóttir", is_saved=True)
    expect(page.locator("#result")).to_contain_text("Saved on this tablet")
    expect(page.locator("#result")).to_contain_text("Regular")
    expect(strip(page, "offline")).to_contain_text("1 to send")
    expect(strip(page, "offline")).to_contain_text(
        re.compile(r"Offline since \d\d:\d\d · list from \d\d:\d\d · duplicates")
    )
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#count")).to_be_hidden()
    scan(page, f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}")
    shows(page, "already_admitted", "First admitted", is_saved=True)
    scan(page, cancelled.access_code)
    shows(page, "cancelled", "Bo Li", is_saved=True)
    scan(page, "XX4Q0000")
    shows(page, "unknown", "XX4Q0000", is_saved=True)
    scan(page, flagged.access_code)
    shows(page, "admitted", "There is a note, and it needs the network", is_saved=True)
    assert "Secret note" not in page.content()
    expect(page.locator("#last-scans li")).to_have_count(5)
    expect(strip(page, "offline")).to_contain_text("5 to send")
    assert [one["verdict"] for one in stored(page)] == [
        "admitted",
        "already_admitted",
        "cancelled",
        "unknown",
        "admitted",
    ]
    assert "Arnard" not in str(stored(page))
    assert Scan.objects.count() == 0

    cut(page, is_cut=False)
    sent(page)
    expect(page.locator("#count")).to_contain_text("2 of 2")
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#online")).to_be_visible()
    page.set_viewport_size(before)
    expect(age).to_be_visible()
    expect(strip(page, "offline")).to_be_hidden()
    kept = Scan.objects.order_by("scanned_at").values_list("verdict", "device_verdict", "conflict", "method")
    verdicts = ["admitted", "already_admitted", "cancelled", "unknown", "admitted"]
    assert list(kept) == [(verdict, verdict, False, Method.WEDGE) for verdict in verdicts]
    scan(page, seat.access_code)
    shows(page, "already_admitted", "Þórdís", is_saved=False)


def test_server_that_does_not_answer_in_time_is_waited_for_once(tablet, conference, monkeypatch):
    monkeypatch.setattr(rules, "ANSWER_WITHIN", dt.timedelta(seconds=2))
    seats = [seat_of(conference, f"Guest {number}") for number in range(3)]
    page = tablet()
    ready(page)
    asked = []
    hanging = lambda route: asked.append(route.request.url)  # noqa: E731 -- never answered
    page.route(re.compile(r"/checkin/(scan|token|sync|roster)/"), hanging)
    for seat in seats:
        scan(page, seat.access_code)
        shows(page, "admitted", seat.name, is_saved=True)
    assert len([url for url in asked if "/scan/" in url]) == 1
    page.unroute_all(behavior="ignoreErrors")
    sent(page)
    assert Scan.objects.live_admissions().count() == 3


@pytest.mark.parametrize("failure", ["503", "500 of a proxy", "portal", "answer lost"])
def test_answer_that_is_none_is_decided_here_and_sent_with_the_same_id(tablet, conference, failure):
    seat = seat_of(conference, "Ruairí Ó Ceallaigh")
    page = tablet()
    ready(page)

    def fail(route: Route) -> None:
        if failure == "answer lost":
            route.fetch()
            route.abort()
        elif failure == "portal":
            route.fulfill(status=200, body="<html>Accept the terms of this Wi-Fi</html>")
        else:
            route.fulfill(status=int(failure[:3]) + (2 if "proxy" in failure else 0), body="<html>no</html>")

    page.route("**/checkin/scan/", fail)
    scan(page, seat.access_code)
    shows(page, "admitted", "Ruairí Ó Ceallaigh", is_saved=True)
    made = page.locator("#result").get_attribute("data-scan-id")
    sent(page)
    assert [(str(one.pk), one.verdict, one.device_verdict, one.conflict) for one in Scan.objects.all()] == [
        (made, "admitted", "admitted", False)
    ]


def test_search_without_the_network_finds_names_and_admits_with_a_tap(without_network, conference):
    seat = seat_of(conference, "Þórdís Arnardóttir")
    inside = seat_of(conference, "Arnau Puigdevall")
    seat_of(conference, "刘洋")
    page = without_network()
    field(page).fill("刘洋")
    shows(page, "search", "1 person for")
    page.keyboard.press("Escape")
    scan(page, inside.access_code)
    shows(page, "admitted", is_saved=True)
    field(page).fill("arna")
    shows(page, "search", "2 people for")
    expect(page.locator(".hit", has_text="Puigdevall")).to_contain_text("In since")
    page.get_by_role("button", name="Þórdís Arnardóttir").click()
    shows(page, "admitted", "Þórdís Arnardóttir", is_saved=True)
    expect(field(page)).to_be_focused()
    field(page).fill("ar")
    page.keyboard.press("Enter")
    cut(page, is_cut=False)
    sent(page)
    assert set(Scan.objects.values_list("attendee", "method")) == {(seat.pk, "search"), (inside.pk, "wedge")}


def test_seat_without_a_name_is_known_by_ticket_and_code(without_network, conference):
    team = factories.ticket_type(conference=conference, name="Team")
    seat = factories.attendee(
        conference=conference, user=User.objects.create_placeholder(name=""), ticket_type=team, access_code="AB0D1FGJ"
    )
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "No name yet", is_saved=True)
    expect(page.locator("#result")).to_contain_text("Team AB0D1FGJ")
    expect(page.locator("#last-scans li")).to_contain_text("AB0D1FGJ")
    field(page).fill("AB0D")
    expect(page.locator("#result .hit")).to_contain_text("No name yet")


def let_in_and_undo_without_the_network(page, seat):
    ready(page)
    scan(page, seat.access_code)
    shows(page, "admitted", is_saved=False)
    cut(page)
    page.get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Wrong person").click()
    shows(page, "not_saved", "Undo needs the network")


def test_undo_needs_the_network_and_says_so(tablet, conference):
    seat = seat_of(conference, "김서연")
    page = tablet()
    let_in_and_undo_without_the_network(page, seat)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    cut(page, is_cut=False)
    # It may have been sent by itself before anybody presses.
    again.evaluate_all("buttons => buttons.forEach((button) => button.click())")
    shows(page, "undone", "Wrong person")
    page.evaluate("() => sync.now().then(sync.now)")  # the list may have learned of the admission meanwhile
    cut(page)
    scan(page, seat.access_code)
    shows(page, "admitted", is_saved=True)


def test_scan_behind_an_undo_that_waits_for_the_network_is_not_lost(tablet, conference):
    seat, other = seat_of(conference, "김서연"), seat_of(conference, "Bo Li")
    page = tablet(Role.DESK)
    let_in_and_undo_without_the_network(page, seat)
    scan(page, other.access_code)
    shows(page, "not_saved", "+1 more waiting")
    waits(page, 1)
    page.reload()
    shows(page, "admitted", "Bo Li", is_saved=True)


# --- Looks ------------------------------------------------------------------------------------------------------------
def test_panels_without_the_network_pass_the_accessibility_audit(without_network, conference):
    seat = seat_of(conference, "Friederike-Annegret Schmittmeyer-Wolfenhausen", needs_attention=True)
    codes = {
        "admitted": seat.access_code,
        "already_admitted": seat.access_code,
        "cancelled": seat_of(conference, "Bo Li", state="cancelled").access_code,
        "unknown": "XX4Q0000",
    }
    page = without_network(Role.DESK)
    for verdict, code in codes.items():
        scan(page, code)
        shows(page, verdict, is_saved=True)
        assert faults(page, AT_THE_DOOR) == [], verdict
    field(page).fill("schmitt")
    shows(page, "search")
    assert faults(page, AT_THE_DOOR) == [], "search"
