"""Scanner guns that are a keyboard: told from fingers by their speed, on any layout, wherever the focus is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Method, Scan
from tests.browser.gun import FRENCH, GERMAN, US, Gun
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TICKET = "HTTPS://TICKETS.EXAMPLE.ORG/T/"


@pytest.mark.parametrize(("end", "rest"), [("Enter", 900), ("Tab", 900), ("Enter", 80)])
def test_gun_in_the_middle_of_a_typed_name_leaves_the_name(tablet, conference, end, rest):
    seat = seat_of(conference, "Zoë Šimůnková", access_code="9C3WZ6AY")
    page = tablet()
    gun = Gun(page)
    for letter in "Arnar":
        gun.press(letter, f"Key{letter.upper()}", text=letter, wait=80)
    gun.rest = rest
    gun.scan("9C3WZ6AY", end=end)
    shows(page, "admitted", "Zoë Šimůnková")
    expect(field(page)).to_have_value("Arnar")
    page.keyboard.type("d", delay=80)
    expect(field(page)).to_have_value("Arnard")
    assert list(Scan.objects.values_list("attendee", "method", "code")) == [(seat.pk, Method.WEDGE, "9C3WZ6AY")]


def test_gun_leaves_the_reason_of_an_undo_as_it_is_and_scans_when_it_is_closed(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    Gun(page).scan(seat.access_code)
    shows(page, "admitted", "Bo Li")
    page.get_by_text("Undo", exact=True).click()
    expect(page.locator("#result .undo[open] button").first).to_be_focused()
    reason = page.get_by_placeholder("Another reason")
    reason.fill("Forgot the bag")
    Gun(page).scan("XX4Q0000")
    expect(page.locator("[data-strip=held]")).to_contain_text("Scanned meanwhile: 1")
    expect(reason).to_have_value("Forgot the bag")
    expect(reason).to_be_focused()
    assert Scan.objects.count() == 1
    page.keyboard.press("Escape")
    shows(page, "unknown", "XX4Q0000")
    assert Scan.objects.get(code="XX4Q0000").method == Method.WEDGE


@pytest.mark.parametrize("layout", [US, GERMAN, FRENCH], ids=["us", "german", "french"])
@pytest.mark.parametrize("text", [f"{TICKET}9C3WZ6AY", "9C3WZ6AQ"], ids=["ticket", "code"])
def test_gun_of_another_layout_is_understood(tablet, conference, layout, text):
    seat = seat_of(conference, "Łukasz Żółkiewski", access_code=text[-8:])
    page = tablet()
    if layout is GERMAN and text[0] == "9":
        # Z and Y change places, and either is a code. The first ticket of the day tells which gun it is.
        Gun(page, layout).scan(f"{TICKET}XX4Q0000")
        shows(page, "unknown", "XX4Q0000")
    Gun(page, layout).scan(text)
    shows(page, "admitted", "Łukasz Żółkiewski")
    assert Scan.objects.get(attendee=seat).code == text[-8:]


def test_reading_that_is_on_the_list_goes_before_the_other(tablet, conference):
    page = tablet()
    page.evaluate("""() => {
        window.scanned = [];
        queue.scan = (...scan) => window.scanned.push(scan[0]);
        list.has = (code) => code === "9C3WZ6AY";
    }""")
    gun = Gun(page, GERMAN)
    gun.scan("9C3WZ6AY")
    gun.layout = US
    gun.scan("9C3WZ6AY")
    assert page.evaluate("window.scanned") == ["9C3WZ6AY", "9C3WZ6AY"]


def test_fingers_are_no_gun(tablet, conference):
    """Neither a quick typist, nor a key that is held down, nor short cuts."""
    page = tablet()
    Gun(page, between=60).scan("Konferenz")
    shows(page, "search", "Nobody for")
    page.keyboard.press("Escape")
    holding = Gun(page)
    for number in range(9):
        holding.press("a", "KeyA", text="a", repeat=number > 0)
    holding.press("Enter", "Enter", text="\r")
    shows(page, "search", "aaaaaaaaa")
    page.keyboard.press("Escape")
    shortcuts = Gun(page)
    for letter in "Konfer":
        shortcuts.press(letter, f"Key{letter.upper()}", control=True)
    shortcuts.press("Enter", "Enter", text="\r")
    page.wait_for_load_state("networkidle")
    assert Scan.objects.count() == 0


def test_what_a_gun_reads_is_a_scan_whatever_it_is(tablet):
    page = tablet()
    Gun(page).scan("Konferenz Ticket")
    shows(page, "unknown", "Konferenz Ticket")
    Gun(page).scan("Konferenz Eintritt", pauses={2: 60, 3: 70})
    shows(page, "unknown", "Konferenz Eintritt")
    assert set(Scan.objects.values_list("method", flat=True)) == {Method.WEDGE}


def test_gun_that_stutters_or_ends_twice_makes_one_whole_scan(tablet, conference):
    seat = seat_of(conference, "Bo Li", access_code="9C3WZ6AY")
    page = tablet(Role.DESK)
    for number, pauses in enumerate([{1: 90}, {2: 300}, {5: 60}], start=1):
        Gun(page).scan("9C3WZ6AY", pauses=pauses)
        expect(page.locator("#last-scans li")).to_have_count(number)
        expect(field(page)).to_have_value("")
    page.get_by_text("Undo the first").focus()
    twice = Gun(page)
    twice.scan("9C3WZ6AY")
    twice.press("Tab", "Tab")
    expect(page.locator("#last-scans li")).to_have_count(4)
    expect(field(page)).to_be_focused()
    assert list(Scan.objects.order_by("received_at").values_list("attendee", "code")) == [(seat.pk, "9C3WZ6AY")] * 4


@pytest.mark.parametrize("before_end", [0, 120], ids=["quick end", "late end"])
def test_gun_that_stops_for_long_inside_a_code_is_understood(tablet, conference, before_end):
    """What comes after the pause may be long enough for a code of its own."""
    seat = seat_of(conference, "Bo Li", access_code="9C3WZ6AY")
    page = tablet()
    for number, (text, at) in enumerate([("9C3WZ6AY", 1), ("9C3WZ6AY", 2), (f"{TICKET}9C3WZ6AY", 12)], start=1):
        gun = Gun(page)
        gun.scan(text, pauses={at: 1200}, end="")
        gun.press("Enter", "Enter", text="\r", wait=before_end)
        expect(page.locator("#last-scans li")).to_have_count(number)
        expect(field(page)).to_have_value("")
    wedge = (seat.pk, "9C3WZ6AY", Method.WEDGE)
    assert list(Scan.objects.values_list("attendee", "code", "method")) == [wedge] * 3


@pytest.mark.parametrize(("pauses", "before_end"), [({5: 1200}, 8), ({}, 120), ({3: 70, 6: 900}, 120)])
def test_gun_that_stops_for_long_sends_no_form(tablet, conference, pauses, before_end):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    Gun(page).scan(seat.access_code)
    shows(page, "admitted", "Bo Li")
    page.get_by_text("Undo", exact=True).click()
    reason = page.get_by_placeholder("Another reason")
    reason.fill("Forgot the bag")
    gun = Gun(page)
    gun.scan("XX4Q0000", pauses=pauses, end="")
    gun.press("Enter", "Enter", text="\r", wait=before_end)
    gun.press("Enter", "Enter", text="\r", wait=120)
    expect(page.locator("[data-strip=held]")).to_contain_text("Scanned meanwhile: 1")
    expect(reason).to_have_value("Forgot the bag")
    assert Scan.objects.live_admissions().count() == 1


def test_name_of_eight_letters_is_searched_however_soon_enter_comes(tablet, conference):
    """All of them are letters of codes."""
    seat_of(conference, "Ada Andersen")
    page = tablet()
    fingers = Gun(page, between=90)
    fingers.scan("Andersen", end="", pauses={4: 40})
    fingers.press("Enter", "Enter", text="\r", wait=40)
    shows(page, "search", "Ada Andersen")
    assert Scan.objects.count() == 0


@pytest.mark.parametrize("end", ["Enter", "Tab"])
@pytest.mark.parametrize("code", ["9C3WZ6AY", "KWRNZXAY"], ids=["digits", "letters"])
def test_gun_as_slow_as_fingers_is_understood(tablet, conference, code, end):
    """Eight letters may be a name too; they are a code when nobody is called so."""
    seat = seat_of(conference, "Zoë Šimůnková", access_code=code)
    page = tablet()
    Gun(page, between=90).scan(code, end=end)
    shows(page, "admitted", "Zoë Šimůnková")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    assert list(Scan.objects.values_list("attendee", "method")) == [(seat.pk, Method.TYPED)]
