"""The tablet page in a browser: the field, scanner guns, search, undo, and a network that fails."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Checkpoint, Method, Scan
from tests import factories
from tests.browser.conftest import AT_THE_DOOR, faults
from tests.browser.gun import Gun
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_typed_code_is_scanned_and_the_field_is_ready_again(tablet, conference):
    seat = seat_of(conference, "佐藤 美咲", access_code="9C3WZ6AY")
    page = tablet()
    expect(field(page)).to_be_focused()
    page.keyboard.type("9c3w-z6ay", delay=60)
    page.keyboard.press("Enter")
    shows(page, "admitted", "佐藤 美咲")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    scan = Scan.objects.get()
    assert (scan.attendee, scan.method) == (seat, Method.TYPED)
    assert page.locator("#result").get_attribute("data-scan-id") == str(scan.pk)

    page.evaluate(
        """() => {
          const [row] = document.querySelectorAll("#last-scans > li");
          for (let number = 0; number < 10; number++) row.after(Object.assign(row.cloneNode(true), { id: `scan-${number}` }));
        }"""
    )
    page.keyboard.type("9C3WZ6AY")
    page.keyboard.press("Enter")
    shows(page, "already_admitted", "Main entrance")
    expect(page.locator("#last-scans li")).to_have_count(10)
    page.reload()
    expect(page.locator("#last-scans li")).to_have_count(2)


@pytest.mark.parametrize("end", ["Enter", "Tab"])
def test_gun_types_many_codes_and_none_is_lost(tablet, conference, end):
    """Faster than the server answers, wherever somebody has tapped before."""
    names = [f"Guest {number}" for number in range(6)]
    codes = [seat_of(conference, name).access_code for name in names]
    page = tablet()
    page.locator("#result").click()
    gun = Gun(page, rest=100)
    for code in codes:
        gun.scan(code, end=end)
    expect(page.locator("#last-scans li")).to_have_count(6, timeout=20_000)
    shows(page, "admitted", names[-1])
    assert page.locator("#last-scans bdi").all_inner_texts() == names[::-1]
    assert list(Scan.objects.order_by("received_at").values_list("code", "verdict")) == [
        (code, "admitted") for code in codes
    ]
    expect(field(page)).to_be_focused()


def test_gun_is_heard_while_a_button_has_the_focus(tablet, conference):
    seat = seat_of(conference, "Zoë Šimůnková")
    page = tablet()
    page.locator("#menu > summary").focus()
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Zoë Šimůnková")


def test_enter_twice_is_one_scan(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    field(page).fill(seat.access_code)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    shows(page, "admitted")
    page.wait_for_load_state("networkidle")
    assert Scan.objects.count() == 1


def test_search_finds_as_one_types_and_admits_with_one_tap(tablet, conference):
    seat = seat_of(conference, "Þórdís Arnardóttir")
    seat_of(conference, "Arnau Puigdevall")
    page = tablet()
    page.keyboard.type("ARNARDOT", delay=50)
    shows(page, "search", "1 person for")
    page.get_by_role("button", name="Þórdís Arnardóttir").click()
    shows(page, "admitted", "Þórdís Arnardóttir")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    assert list(Scan.objects.values_list("attendee", "method")) == [(seat.pk, Method.SEARCH)]


def test_search_by_keys_alone(tablet, conference):
    for name in ("Anna Ansel", "Annika Zorn"):
        seat_of(conference, name)
    page = tablet()
    page.keyboard.type("ann", delay=50)
    shows(page, "search", "2 people")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Anna Ansel")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Annika Zorn")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    shows(page, "admitted", "Anna Ansel")
    assert Scan.objects.count() == 1


def test_enter_on_a_name_is_no_scan_and_escape_closes(tablet, conference):
    page = tablet()
    page.keyboard.type("nobody here", delay=80)
    page.keyboard.press("Enter")
    shows(page, "search", "Nobody for")
    page.keyboard.press("Escape")
    shows(page, "ready")
    expect(field(page)).to_have_value("")
    assert Scan.objects.count() == 0


def test_undo_asks_why_and_gives_the_focus_back(tablet, conference):
    seat = seat_of(conference, "김서연")
    page = tablet()
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted")
    page.get_by_text("Undo", exact=True).click()
    expect(page.get_by_role("button", name="Wrong person")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field(page)).to_be_focused()
    page.get_by_text("Undo", exact=True).click()
    page.get_by_placeholder("Another reason").fill("Forgot the bag")
    page.get_by_role("button", name="Take back").click()
    shows(page, "undone", "Forgot the bag")
    expect(field(page)).to_be_focused()
    expect(page.locator("#last-scans li")).to_have_class("undone")
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted")
    assert Scan.objects.live_admissions().count() == 1


def test_undo_whose_button_is_tapped_twice_is_one(tablet, conference):
    seat = seat_of(conference, "김서연")
    page = tablet()
    undos: list[str] = []
    page.on("request", lambda request: request.url.endswith("/undo/") and undos.append(request.url))
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted")
    page.get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Wrong person").dblclick()
    shows(page, "undone", "Wrong person")
    page.wait_for_load_state("networkidle")
    shows(page, "undone", "Wrong person")
    assert len(undos) == 1


def test_page_works_without_javascript(tablet, conference):
    seat = seat_of(conference, "Oluwaseun Adébáyò")
    page = tablet(Role.DESK, java_script_enabled=False)
    field(page).fill(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Oluwaseun Adébáyò")
    page.get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Wrong person").click()
    shows(page, "undone", "Wrong person")
    page.get_by_label("Search a name").fill("adebayo")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Oluwaseun Adébáyò").click()
    shows(page, "admitted")
    assert Scan.objects.count() == 2


def test_checkpoint_is_changed_in_the_menu(tablet, conference):
    Checkpoint.objects.main(conference)
    factories.checkpoint(conference=conference, name="Lunch")
    page = tablet()
    page.get_by_role("button", name="Other checkpoint").click()
    page.get_by_role("link", name="Lunch").click()
    expect(page.locator(".where")).to_contain_text("Lunch")
    page.goto(reverse("checkin", args=[conference.slug]))
    expect(page.locator(".where")).to_contain_text("Lunch")


def test_names_are_shown_and_never_run(tablet, conference):
    name = "<img src=x onerror=alert(1)><b>Bobby</b>"
    seat = seat_of(conference, name, staff_note="<script>alert(2)</script>")
    page = tablet()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", name)
    page.keyboard.type("Bobby", delay=40)
    shows(page, "search", name)


def test_panels_pass_the_accessibility_audit(tablet, conference):
    seat = seat_of(conference, "Friederike-Annegret Schmittmeyer-Wolfenhausen", staff_note="Wheelchair")
    codes = {
        "admitted": seat.access_code,
        "already_admitted": seat.access_code,
        "cancelled": seat_of(conference, "Bo Li", state="cancelled").access_code,
        "unknown": "XX4Q0000",
    }
    page = tablet(Role.DESK)
    assert faults(page, AT_THE_DOOR) == []
    for verdict, code in codes.items():
        field(page).fill(code)
        page.keyboard.press("Enter")
        shows(page, verdict)
        assert faults(page, AT_THE_DOOR) == [], verdict
    page.get_by_text("Undo", exact=True).first.or_(page.locator("#menu > summary")).first.click()
    assert faults(page, AT_THE_DOOR) == [], "menu"
    page.keyboard.press("Escape")
    page.keyboard.type("schmitt", delay=40)
    shows(page, "search")
    assert faults(page, AT_THE_DOOR) == [], "search"


def test_who_stands_at_a_checkpoint_that_was_deleted_goes_on_at_another(tablet, conference):
    seat = seat_of(conference, "Ada Ansel")
    gone = factories.checkpoint(conference=conference, name="Barn door")
    page = tablet()
    page.goto(f"{reverse('checkin', args=[conference.slug])}?checkpoint={gone.pk}")
    page.wait_for_function("() => roster.current() !== null")  # it asks for its list again in half a minute only
    gone.delete()
    field(page).fill(seat.access_code)
    field(page).press("Enter")
    shows(page, "rejected", "This checkpoint does not exist here.")
    page.locator("#result").get_by_role("button", name="Other checkpoint").click()
    page.get_by_role("link", name="Main entrance").click()
    field(page).fill(seat.access_code)
    field(page).press("Enter")
    shows(page, "admitted", "Ada Ansel")
