"""What a tablet keeps when the page is loaded anew, the tab is killed, or there is no room."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from playwright.sync_api import Route, expect

from conferences.models import Role
from registration.checkin.models import Checkpoint, Scan
from tests import factories
from tests.browser.offline import PATIENCE, cut, ready, scan, sent, shows, stored, strip, waits
from tests.browser.tablet import field, seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


def test_page_starts_without_the_network_and_knows_where_it_is(tablet, conference):
    seat = seat_of(conference, "Łukasz Żółkiewski")
    seat_of(conference, "Bo Li")
    Checkpoint.objects.main(conference)
    lunch = factories.checkpoint(conference=conference, name="Lunch", entry="daily")
    page = tablet(Role.DESK)
    page.goto(f"{reverse('checkin', args=[conference.slug])}?checkpoint={lunch.pk}")
    ready(page)
    cut(page)
    scan(page, seat.access_code)
    shows(page, "admitted", is_saved=True)
    page.reload()
    expect(page.locator(".where")).to_contain_text("Lunch")
    expect(page.locator(".where bdi")).not_to_be_empty()
    expect(page).to_have_title(f"Check-in · Lunch · {conference.name}")
    expect(strip(page, "offline")).to_contain_text("1 to send")
    scan(page, seat.access_code)
    shows(page, "already_admitted", "Łukasz Żółkiewski", is_saved=True)
    field(page).fill("bo")  # the desk finds by two letters
    shows(page, "search", "Bo Li")
    page.keyboard.press("Escape")
    cut(page, is_cut=False)
    sent(page)
    expect(page.locator("#count")).to_contain_text("2", timeout=PATIENCE)
    assert set(Scan.objects.values_list("checkpoint__name", "verdict")) == {
        ("Lunch", "admitted"),
        ("Lunch", "already_admitted"),
    }
    other = seat_of(conference, "Later Comer")
    scan(page, other.access_code)
    shows(page, "admitted", "Later Comer", is_saved=False)


def test_scan_in_the_first_moments_of_a_start_without_the_network_has_its_place(without_network, conference):
    """The gun is quicker than the disk, which says where this tablet is."""
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    code = json.dumps(seat.access_code)
    page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {{ queue.scan({code}, 'wedge'); }})")
    page.reload()
    shows(page, "admitted", "Bo Li", is_saved=True)
    main = Checkpoint.objects.main(conference)
    assert [(one["checkpoint"], one["place"]) for one in stored(page)] == [(main.pk, main.name)]
    cut(page, is_cut=False)
    sent(page)
    assert Scan.objects.get().checkpoint == main


def test_checkpoint_is_changed_without_the_network(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    main = Checkpoint.objects.main(conference)
    factories.checkpoint(conference=conference, name="Lunch")
    page = tablet()
    ready(page)
    page.get_by_role("button", name="Other checkpoint").click()
    page.get_by_role("link", name="Lunch").click()
    expect(page.locator(".where")).to_contain_text("Lunch")
    ready(page)
    cut(page)
    page.reload()
    page.locator("#menu > summary").click()
    page.get_by_role("link", name="Main entrance").click()
    expect(page.locator(".where")).to_contain_text("Main entrance")
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    cut(page, is_cut=False)
    sent(page)
    assert Scan.objects.get().checkpoint == main


def test_nothing_green_is_lost_when_the_tab_is_killed(without_network, conference):
    seats = [seat_of(conference, f"Guest {number}") for number in range(5)]
    page = without_network()
    for seat in seats:
        scan(page, seat.access_code)
        shows(page, "admitted", seat.name, is_saved=True)
    context = page.context
    page.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    again.goto(reverse("checkin", args=[conference.slug]))
    sent(again)
    assert Scan.objects.live_admissions().count() == 5


def test_scan_under_way_when_the_page_is_loaded_anew_is_taken_up(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    held: list[Route] = []
    page.route("**/checkin/scan/", lambda route: route.continue_() if held else held.append(route))
    scan(page, seat.access_code)
    waits(page, 1)
    page.reload()
    shows(page, "admitted", "Bo Li", is_saved=False)
    assert Scan.objects.count() == 1
    assert stored(page) == []


NO_ROOM = """() => {
    const add = (window.add = IDBObjectStore.prototype.add);
    IDBObjectStore.prototype.add = function (...given) {
        if (this.name === "scans") throw new DOMException("full", "QuotaExceededError");
        return add.apply(this, given);
    };
}"""


def scan_without_room(page, seat, *, is_cut):
    ready(page)
    page.evaluate(NO_ROOM)
    cut(page, is_cut=is_cut)
    scan(page, seat.access_code)
    shows(page, "not_saved", "no room")


@pytest.mark.parametrize("is_cut", [True, False], ids=["offline", "online"])
def test_scan_that_cannot_be_stored_is_never_green(tablet, conference, is_cut):
    seat, other = seat_of(conference, "Bo Li"), seat_of(conference, "Cyd")
    page = tablet()
    scan_without_room(page, seat, is_cut=is_cut)
    expect(page.locator("#result")).to_have_attribute("data-refuse", "")
    assert Scan.objects.count() == 0
    scan(page, other.access_code)
    expect(page.locator("#result")).to_contain_text(other.access_code)
    if is_cut:
        cut(page, is_cut=False)
        expect(page.locator("#online")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Ask the server only").click()
    shows(page, "admitted", "Cyd", is_saved=False)
    assert Scan.objects.get().attendee == other


@pytest.mark.parametrize("again", ["button", "scan"])
@pytest.mark.parametrize("is_cut", [True, False], ids=["offline", "online"])
def test_scan_is_stored_once_there_is_room_again(tablet, conference, is_cut, again):
    """As the panel says: free some space, and try again."""
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    scan_without_room(page, seat, is_cut=is_cut)
    page.evaluate("() => { IDBObjectStore.prototype.add = window.add; }")
    if again == "button":
        page.get_by_role("button", name="Try again").click()
    else:
        scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=is_cut)
    cut(page, is_cut=False)
    sent(page)
    assert Scan.objects.get().attendee == seat


def test_browser_that_stores_nothing_says_so(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet(
        prepare=lambda page: page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    )
    expect(strip(page, "storage")).to_be_visible()
    scan(page, seat.access_code)
    shows(page, "not_saved", "may not store anything")
    page.get_by_role("button", name="Ask the server only").click()
    shows(page, "admitted", "Bo Li", is_saved=False)


# Another tab that is stuck in the middle of writing.
HOLD = """() => new Promise((resolve) => {
    const opening = indexedDB.open("lanyard-checkin");
    opening.onsuccess = () => {
        const scans = opening.result.transaction(["scans"], "readwrite").objectStore("scans");
        const goOn = () => { window.isLetGo || (scans.count().onsuccess = goOn); };
        goOn();
        resolve();
    };
})"""


def test_scan_is_not_held_up_by_a_storage_that_is_stuck(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet(prepare=lambda page: page.clock.install())
    ready(page)
    stuck = page.context.new_page()
    stuck.goto("/healthz/")
    stuck.evaluate(HOLD)
    scan(page, seat.access_code)
    page.clock.run_for(5_000)
    shows(page, "not_saved", "may not store anything")
    stuck.evaluate("() => { window.isLetGo = true; }")
    page.get_by_role("button", name="Try again").click()
    shows(page, "admitted", "Bo Li", is_saved=False)
    assert Scan.objects.get().attendee == seat


def test_start_is_not_held_up_by_a_storage_that_never_answers(tablet, conference):
    """Nor does each of those that ask it wait anew."""

    def prepare(page):
        page.clock.install()
        page.add_init_script("IDBFactory.prototype.open = () => ({});")

    page = tablet(prepare=prepare)
    scan(page, seat_of(conference, "Bo Li").access_code)
    page.clock.run_for(9_000)
    expect(page.locator("#result")).to_have_attribute("data-verdict", "not_saved", timeout=8_000)


def test_app_that_has_changed_its_stores_keeps_what_waits(without_network, conference):
    """A deploy while scans wait: the page of the new version upgrades the database that the old one left."""
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    # Before the network is back: the page sends at once.
    page.route("**/checkin/sync/", lambda route: route.abort())
    cut(page, is_cut=False)

    def newer(route):
        text = route.fetch().text()
        upgraded = text.replace("const VERSION = 1;", "const VERSION = 2;").replace(
            "if (from < 1) {", 'if (from < 2) database.createObjectStore("more"); if (from < 1) {'
        )
        assert upgraded.count("2") == text.count("2") + 2
        route.fulfill(body=upgraded, content_type="text/javascript")

    page.evaluate("() => navigator.serviceWorker.getRegistration().then((worker) => worker.unregister())")
    page.context.route("**/js/checkin/store.js", newer)
    page.goto(reverse("checkin", args=[conference.slug]))
    assert page.evaluate("() => indexedDB.databases().then(([database]) => database.version)") == 2
    assert [one["code"] for one in stored(page)] == [seat.access_code]
    page.unroute("**/checkin/sync/")
    sent(page)
    assert Scan.objects.get().attendee == seat


def test_answer_that_takes_nothing_is_no_success(without_network, conference):
    """The scan stays, and the tablet goes on by itself until the server has it."""
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    answers: list[str] = []

    def empty(route):
        answers.append(route.request.url)
        route.fulfill(json={"server_now": "2026-06-01T08:00:00Z", "results": [], "roster": None})

    page.route("**/checkin/sync/", empty)
    cut(page, is_cut=False)
    page.evaluate("() => sync.now()")
    assert (len(answers) > 0, len(stored(page)), Scan.objects.count()) == (True, 1, 0)
    expect(page.locator("#offline")).to_be_visible()
    expect(strip(page, "offline")).to_contain_text("1 to send")
    page.unroute("**/checkin/sync/")
    sent(page)
    assert Scan.objects.get().attendee == seat
