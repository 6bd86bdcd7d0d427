"""A tablet where something is handed out, with the network and without."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Scan
from tests import factories
from tests.browser.conftest import axe
from tests.browser.offline import cut, ready, scan, sent, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("service_worker")
def test_pieces_are_handed_out_one_by_one_with_the_network_and_without(open_page, conference):
    place = factories.checkpoint(conference=conference, name="Dinner table")
    place.add_ons.add(dinner := factories.add_on(conference=conference, name="Dinner"))
    seat = factories.attendee(conference=conference, name="Bo Li")
    factories.pieces(attendee=seat, add_on=dinner, quantity=4)
    user = factories.staff(conference=conference, role=Role.DOOR).user
    path = f"{reverse('checkin', args=[conference.slug])}?checkpoint={place.pk}"
    page = open_page(path, user=user, size="tablet on its side")
    ready(page)
    scan(page, seat.access_code)
    shows(page, "admitted", "1 of 4 used")
    expect(page.locator("#result .word")).to_have_text("Handed out")
    assert axe(page) == []
    page.get_by_role("button", name="Hand out another of 3").click()
    shows(page, "admitted", "2 of 4 used")
    expect(page.get_by_role("button", name="Hand out another of 2")).to_be_visible()

    cut(page)
    for number, said in enumerate(("Left after this: 1", "Left after this: 0"), start=1):
        scan(page, seat.access_code)
        page.wait_for_function("(number) => queue.unsent().length === number", arg=number)
        shows(page, "admitted", said, is_saved=True)
        expect(page.locator("#result .word")).to_have_text("Handed out")
    scan(page, seat.access_code)
    shows(page, "already_admitted", "Last one handed out", is_saved=True)
    expect(page.locator("#result .word")).to_have_text("All handed out")
    page.get_by_label("Name or code").fill("bo li")
    shows(page, "search", "All handed out")
    page.keyboard.press("Escape")
    scan(page, seat.access_code)
    expect(page.locator("#result .say")).to_have_text("Everything was handed out. Questions go to the desk.")
    cut(page, is_cut=False)
    sent(page)
    keys = Scan.objects.live_admissions().filter(attendee=seat).values_list("entry_key", flat=True)
    assert sorted(keys) == ["#1", "#2", "#3", "#4"]
    assert not Scan.objects.filter(conflict=True).exists()
