"""Scans that the server cannot record, and those held back for an organiser: on the tablet, and on the organisers' page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Error, Page, expect

from conferences.models import Role
from registration.checkin import quarantine
from registration.checkin.checkpoints import delete_checkpoint
from registration.checkin.models import Checkpoint, Scan
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from tests import factories
from tests.browser.camera import until
from tests.browser.conftest import axe
from tests.browser.offline import cut, ready, scan, shows, stored, strip, waits
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


def at_once(page: Page, is_so: Callable[[], bool]) -> None:
    """Until `is_so`. What the tablet tries again after longer and longer pauses, it tries without any."""

    def tried() -> bool:
        with contextlib.suppress(Error):  # a page that goes, or is not there yet
            page.evaluate("() => sync.now()")
        return is_so()

    until(page, tried)


def test_green_scan_of_a_deleted_checkpoint_leaves_the_tablet_when_the_server_keeps_it(tablet, conference, monkeypatch):
    """As long as the server has no room for it, it stays."""
    seat, lunch = seat_of(conference, "Bo Li"), factories.checkpoint(conference=conference, name="Lunch")
    page = tablet(Role.DESK)
    page.goto(f"{reverse('checkin', args=[conference.slug])}?checkpoint={lunch.pk}")
    ready(page)
    cut(page)
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    delete_checkpoint(checkpoint=lunch)
    monkeypatch.setattr(quarantine, "MAX_HELD", 0)
    main = Checkpoint.objects.main(conference)
    cut(page, is_cut=False)
    # The checkpoint is no more: the page of another takes over, with what waits.
    at_once(page, lambda: page.locator(".where b").inner_text() == "Main entrance")
    at_once(page, lambda: page.evaluate("typeof roster !== 'undefined' && roster.current() !== null"))
    ready(page)
    page.evaluate("() => sync.now()")
    assert ([one["place"] for one in stored(page)], HeldScan.objects.count()) == (["Lunch"], 0)

    monkeypatch.undo()
    page.evaluate("() => sync.now()")
    waits(page, 0)
    held = HeldScan.objects.get()
    assert (held.checkpoint, held.place, held.device_verdict) == (None, "Lunch", "admitted")
    expect(strip(page, "refused")).to_contain_text("1 scan could not be recorded")
    assert axe(page) == []

    organiser = factories.staff(conference=conference, role=Role.ORGANISER).user
    quarantine.accept_batch(batch=HeldBatch.objects.get(), by=organiser, now=held.received_at, checkpoint=main)
    assert Scan.objects.get().attendee == seat


@pytest.mark.parametrize("size", ["tablet", "phone", "laptop"])
def test_page_of_what_is_held_back_passes_the_accessibility_audit(open_page, conference, size):
    seat = seat_of(conference, "Bo Li")
    held = factories.held_scan(attendee=seat, scanned_by_name="Kim")
    lost = {"checkpoint": None, "place": "Lunch", "refusal": "This checkpoint does not exist here."}
    factories.held_scan(attendee=seat, batch=held.batch, **lost)
    factories.held_scan(attendee=seat, batch=held.batch, code="", given='{"code": 5}', **lost)
    address = reverse("checkin-held", args=[conference.slug, held.batch.pk])
    for role in (Role.DESK, Role.ORGANISER):
        user = factories.staff(conference=conference, role=role).user
        for dark in (False, True):
            page = open_page(address, user=user, size=size, dark=dark)
            assert axe(page) == []
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("Choose where these scans")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Say why")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Where?").select_option("Main entrance")
    page.get_by_role("button", name="Take them in").click()
    expect(page.locator(".grid-table").get_by_text("Admitted").first).to_be_visible()
    assert axe(page) == []
    assert Scan.objects.count() == 3
