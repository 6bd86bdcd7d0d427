"""Taking an admission back on the tablet, when it does not work at once and while something else is being written."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.checkin.admission import undo_check_in
from registration.checkin.models import Scan
from tests import factories
from tests.browser.offline import cut, strip
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def admit(page: Page, seat) -> Scan:
    field(page).fill(seat.access_code)
    field(page).press("Enter")
    shows(page, "admitted", seat.name)
    return Scan.objects.get(attendee=seat, verdict="admitted")


def undo(page: Page) -> None:
    page.get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Wrong person").click()


def test_undo_without_the_network_leaves_no_form_behind(tablet, conference):
    page = tablet(Role.DESK)
    admit(page, seat_of(conference, "Bo Li"))
    cut(page)
    undo(page)
    shows(page, "not_saved", "Undo needs the network")
    expect(strip(page, "parked")).to_be_hidden()
    page.get_by_role("button", name="Leave it as it is").click()
    shows(page, "ready")


def test_undo_that_is_refused_leaves_no_form_behind(tablet, conference):
    page = tablet(Role.DESK)
    scan = admit(page, seat_of(conference, "Bo Li"))
    undo_check_in(
        conference=conference, scan_id=scan.pk, by=None, role=Role.DESK, reason="Elsewhere", now=scan.received_at
    )
    undo(page)
    shows(page, "rejected", "This was taken back already.")
    expect(strip(page, "parked")).to_be_hidden()


@pytest.mark.parametrize("is_cut", [False, True], ids=["at once", "at the second try"])
def test_undo_leaves_a_form_that_waits(tablet, conference, is_cut):
    factories.ticket_type(conference=conference, name="Week")
    page = tablet(Role.DESK)
    page.get_by_role("link", name="Walk-in").click()
    page.get_by_label("Name", exact=True).fill("Zoe Simun")
    admit(page, seat_of(conference, "Bo Li"))
    cut(page, is_cut=is_cut)
    undo(page)
    if is_cut:
        shows(page, "not_saved", "Undo needs the network")
        cut(page, is_cut=False)
        # It may have been sent by itself before anybody presses.
        page.get_by_role("button", name="Try again").evaluate_all("all => all.forEach((button) => button.click())")
    shows(page, "undone", "Bo Li")
    page.get_by_role("button", name="Back to it").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoe Simun")
    expect(strip(page, "parked")).to_be_hidden()
