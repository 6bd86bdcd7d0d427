"""A tablet at a checkpoint in rehearsal, with the network and without."""

from __future__ import annotations

import datetime as dt

import pypdfium2
import pytest
import zxingcpp
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Checkpoint, Scan
from registration.checkin.rehearsal import PRACTICE_CODES, start_rehearsal
from tests import factories
from tests.browser.conftest import axe
from tests.browser.offline import PATIENCE, cut, ready, scan, sent, shows, strip
from tests.browser.tablet import seat_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAID = {
    "TEST-02": "There is a note, and it needs the network.",
    "TEST-03": "First admitted",
    "TEST-06": "Opens at",
    "TEST-12": "TEST-12",
}


@pytest.fixture
def stage(conference):
    main = Checkpoint.objects.main(conference)
    start_rehearsal(checkpoint=main, now=timezone.now())
    return main


def test_every_code_works_without_the_network_and_none_of_it_counts(stage, conference, without_network):
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    expect(strip(page, "rehearsal")).to_contain_text("It ends by itself")
    for number, one in enumerate(PRACTICE_CODES, start=1):
        scan(page, f"HTTPS://TICKETS.EXAMPLE.ORG/T/{one.code}")
        page.wait_for_function("(number) => queue.unsent().length === number", arg=number)
        shows(page, one.verdict, SAID.get(one.code, "Rehearsal: this does not count."), is_saved=True)
        expect(page.locator("#result[data-rehearsal] .rehearsed")).to_be_visible()
    for _number in range(2):
        scan(page, seat.access_code)
        shows(page, "admitted", "Bo Li", is_saved=True)
    cut(page, is_cut=False)
    sent(page)
    assert {(str(one.verdict), one.rehearsal, one.conflict) for one in Scan.objects.all()} == {
        (str(one.verdict), True, False) for one in PRACTICE_CODES
    }
    seat.refresh_from_db()
    assert seat.checked_in_at is None


def test_rehearsal_ends_on_a_tablet_that_has_no_network(stage, conference, without_network):
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    page.evaluate("""() => {
        roster.current().checkpoint.rehearsal_ends_at = new Date(place.now() + 200).toISOString();
        strip.show();
    }""")
    expect(strip(page, "rehearsal")).to_be_hidden()
    scan(page, "TEST-01")
    shows(page, "unknown")
    for verdict in ("admitted", "already_admitted"):
        scan(page, seat.access_code)
        shows(page, verdict, "Bo Li", is_saved=True)
        assert page.locator("#result[data-rehearsal]").count() == 0
    cut(page, is_cut=False)
    sent(page)
    seat.refresh_from_db()
    assert seat.checked_in_at is not None


@pytest.mark.usefixtures("service_worker")
def test_banner_goes_when_the_organisers_end_it(stage, tablet):
    page = tablet()
    ready(page)
    expect(strip(page, "rehearsal")).to_be_visible()
    scan(page, "test 04")
    shows(page, "unpaid", "Test person")
    Checkpoint.objects.update(rehearsal_ends_at=timezone.now() - dt.timedelta(seconds=1))
    page.evaluate("() => sync.now()")
    expect(strip(page, "rehearsal")).to_be_hidden(timeout=PATIENCE)
    scan(page, "test 04")
    shows(page, "unknown")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_sheet_of_codes_is_one_page_that_a_camera_reads(open_page, conference, paper):
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(reverse("settings-test-codes", args=[conference.slug]), user=user)
    sheet = pypdfium2.PdfDocument(page.pdf(format=paper))
    assert len(sheet) == 1
    read = zxingcpp.read_barcodes(sheet[0].render(scale=2).to_pil())
    assert sorted(one.text[-7:] for one in read) == [one.code for one in PRACTICE_CODES]
    text = sheet[0].get_textpage().get_text_bounded()
    assert ("Dashboard" in text, "Checkpoints" in text) == (False, False)


@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_sheet_settings_and_dashboard_can_be_used_by_everybody(open_page, conference, stage, size):
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(reverse("settings-test-codes", args=[conference.slug]), user=user, size=size)
    assert axe(page) == []
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.goto(reverse("settings-checkpoints", args=[conference.slug]))
    assert axe(page) == []
    page.goto(reverse("dashboard", args=[conference.slug]))
    assert axe(page) == []
    page.get_by_role("link", name="End it").click()
    page.get_by_role("button", name="End rehearsal Main entrance").click()
    expect(page.get_by_text("The rehearsal is over")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rehearse Main entrance").click()
    expect(page.get_by_text("Rehearsal: scans do not count")).to_be_visible()
