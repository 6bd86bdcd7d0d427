"""Who may not be here any more: a revoked tablet, a person whose role was taken, a stranger at another conference."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from conferences.models import Role
from conferences.staffing import remove_staff
from registration.checkin import quarantine
from registration.checkin.models import Scan, Tablet
from registration.checkin.models_quarantine import HeldScan
from tests import factories
from tests.browser.camera import until
from tests.browser.conftest import axe
from tests.browser.offline import PATIENCE, cut, ready, scan, shows
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]

# What is left on the device: scans that wait, lists, places, caches.
LEFT = """async () => [
    (await store.unsent()).length, (await store.lists()).length, (await store.places()).length,
    (await caches.keys()).length,
]"""


@pytest.fixture
def paired(open_page, conference, live_server) -> Page:
    """The page of a paired tablet, with its list, of somebody who said who they are."""
    _tablet, secret = factories.paired_tablet(conference=conference, name="Tablet 1")
    page = open_page("/healthz/", size="tablet")
    page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
    page.goto(reverse("checkin", args=[conference.slug]))
    page.locator("#who-dialog").get_by_role("textbox").fill("Kim")
    page.keyboard.press("Enter")
    ready(page)
    return page


def let_in(page: Page, *seats) -> None:
    for seat in seats:
        scan(page, seat.access_code)
        shows(page, "admitted", seat.name, is_saved=True)


def is_over(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Scans handed to the organisers")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate(LEFT) == [0, 0, 0, 0]


def test_tablet_that_was_revoked_while_it_was_away_hands_its_scans_over_and_drops_its_list(paired, conference):
    seats = [seat_of(conference, f"Guest {number}") for number in range(3)]
    paired.evaluate("() => sync.now()")
    cut(paired)
    let_in(paired, *seats[:2])
    Tablet.objects.update(revoked_at=timezone.now())
    cut(paired, is_cut=False)
    is_over(paired, "No longer paired")
    expect(paired.locator("#handover")).to_contain_text("who decide about them: 2")
    assert (HeldScan.objects.count(), Scan.objects.count()) == (2, 0)
    assert axe(paired) == []


def test_tablet_that_was_switched_off_when_it_was_revoked_does_so_when_it_starts(paired, conference):
    """The page itself is refused, before any of its scripts could ask."""
    seat = seat_of(conference, "Bo Li")
    paired.evaluate("() => sync.now()")
    cut(paired)
    let_in(paired, seat)
    context = paired.context
    paired.close(run_before_unload=False)
    Tablet.objects.update(revoked_at=timezone.now())
    context.set_offline(False)
    again = context.new_page()
    again.goto(reverse("checkin", args=[conference.slug]))
    is_over(again, "No longer paired")
    assert HeldScan.objects.get().scanned_by_name == "Kim"


NO_STORAGE = """() => {
    window.index = IDBObjectStore.prototype.index;
    IDBObjectStore.prototype.index = () => { throw new Error("away for a moment"); };
}"""


def test_what_the_server_has_no_room_for_waits_on_the_device_and_is_told(paired, conference, monkeypatch):
    """The page tries again by itself, as it does where what the server has cannot be taken away from here."""
    seats = [seat_of(conference, f"Guest {number}") for number in range(2)]
    paired.evaluate("() => sync.now()")
    cut(paired)
    let_in(paired, *seats)
    context = paired.context
    paired.close(run_before_unload=False)
    Tablet.objects.update(revoked_at=timezone.now())
    monkeypatch.setattr(quarantine, "MAX_HELD", 0)
    context.set_offline(False)
    again = context.new_page()
    again.clock.install()
    again.goto(reverse("checkin", args=[conference.slug]))
    waiting = again.get_by_text("Scans still on this device: 2. Leave this page open: it tries again by itself.")
    expect(waiting).to_be_visible(timeout=PATIENCE)
    assert again.evaluate(LEFT) == [2, 0, 0, 0]
    assert axe(again) == []
    monkeypatch.undo()
    again.evaluate(NO_STORAGE)
    again.clock.run_for(20_000)
    until(again, lambda: HeldScan.objects.count() == 2)
    expect(waiting).to_be_visible(timeout=PATIENCE)
    again.evaluate("() => { IDBObjectStore.prototype.index = window.index; }")
    again.clock.run_for(20_000)
    is_over(again, "No longer paired")
    assert HeldScan.objects.count() == 2


def test_scan_under_way_when_the_tablet_is_revoked_is_not_green(paired, conference):
    seat = seat_of(conference, "Bo Li")
    paired.evaluate("() => sync.now()")
    shown: list[str] = []
    paired.expose_function("note", lambda verdict: shown.append(verdict))
    paired.evaluate("""() => new MutationObserver(() => note(document.getElementById("result")?.dataset.verdict))
        .observe(document.querySelector(".live"), {childList: true, subtree: true})""")
    Tablet.objects.update(revoked_at=timezone.now())
    scan(paired, seat.access_code)
    is_over(paired, "No longer paired")
    assert "admitted" not in shown
    assert HeldScan.objects.get().device_verdict == ""


def test_person_whose_role_was_taken_is_told_and_their_scans_are_kept(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet(Role.DOOR)
    ready(page)
    cut(page)
    let_in(page, seat)
    remove_staff(held=conference.staff_roles.get())
    cut(page, is_cut=False)
    is_over(page, "No longer on the staff")
    assert (HeldScan.objects.count(), Scan.objects.count()) == (1, 0)


def test_stranger_has_no_list(tablet, conference):
    seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    conference.staff_roles.all().delete()  # past everything that remembers it
    page.evaluate("() => { sync.now(); }")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible(timeout=PATIENCE)
    lists = """() => new Promise((resolve) => {
        const opening = indexedDB.open("lanyard-checkin");
        opening.onsuccess = () => {
            const all = opening.result.transaction("people").objectStore("people").getAll();
            all.onsuccess = () => resolve(all.result);
        };
    })"""
    assert page.evaluate(lists) == []
