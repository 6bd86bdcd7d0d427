"""The staff's list in a real browser: search as one types, the way back, and axe at three sizes."""

import pytest
from playwright.sync_api import expect

from conferences.models import Role
from tests import factories
from tests.browser.conftest import AT_HOME, axe, faults
from tests.registration.checkin.test_admission import scan
from tests.registration.roster.lists import load, person, pretix

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def organiser(conference):
    load(
        conference,
        *(person(number, Paid="No" if number % 3 else "Yes", Comment="note") for number in range(1, 30)),
        person(30, **{"Attendee name": "Zoë Quintus"}),
    )
    seat = conference.attendees.by_name()[0]
    for _scan in range(2):
        scan(conference, seat.access_code)
    return factories.staff(conference=conference, role=Role.ORGANISER).user


def test_axe_finds_nothing_and_all_fits(open_page, conference, organiser):
    seat = conference.attendees.by_name()[0]
    page = open_page(f"/staff/{conference.slug}/attendees/", user=organiser)
    page.locator(".c-box input").first.check()
    assert faults(page) == []
    for path in ("?q=nobody-is-called-so", f"{seat.pk}/", "import/"):
        page.goto(f"/staff/{conference.slug}/attendees/{path}")
        for summary in page.locator(".changes summary").all():
            summary.click()
        assert (path, faults(page, AT_HOME)) == (path, [])


def test_search_as_one_types_and_the_way_back(open_page, conference, organiser):
    page = open_page(f"/staff/{conference.slug}/attendees/", user=organiser)
    page.get_by_label("Name, e-mail, order, company or code").type("zoe quint")
    page.wait_for_selector("text=1–1 of 1")
    assert "q=zoe%20quint" in page.url
    expect(page.locator("#said")).to_have_text("1–1 of 1")
    page.get_by_role("link", name="Zoë Quintus").click()
    page.wait_for_selector("h1:has-text('Zoë Quintus')")
    page.go_back()
    page.wait_for_selector("text=1–1 of 1")
    assert page.get_by_label("Name, e-mail, order, company or code").input_value() == "zoe quint"
    page.go_back()
    page.wait_for_selector("text=1–25 of 30")
    page.get_by_role("link", name="2", exact=True).press("Enter")
    page.wait_for_selector("text=26–30 of 30")
    assert "page=2" in page.url
    expect(page.get_by_role("link", name="2", exact=True)).to_be_focused()


def test_import_is_tried_and_done_with_one_choice_of_the_file(open_page, conference, organiser, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(pretix(person(99)))
    page = open_page(f"/staff/{conference.slug}/attendees/import/", user=organiser)
    page.set_input_files("input[type=file]", file)
    held = []
    page.route("**/import/", lambda route: held.append(route), times=1)
    at_work = page.get_by_text("The list is being read")
    expect(at_work).to_be_hidden()
    page.get_by_role("button", name="Check the file").click()
    expect(at_work).to_be_visible()
    held[0].continue_()
    expect(at_work).to_be_hidden()
    page.get_by_role("button", name="Import for good").click()
    page.wait_for_selector("h2:has-text('Imported')")
    assert conference.attendees.filter(name="Person 99").count() == 1
    assert axe(page) == []
