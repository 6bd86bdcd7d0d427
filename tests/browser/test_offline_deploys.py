"""A deploy while tablets are in use: pages, service workers and servers of different versions, and a queue that stays whole."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registration.checkin import views_offline
from registration.checkin.models import Scan
from tests.browser.camera import until
from tests.browser.offline import PATIENCE, cut, ready, scan, sent, shows, stored, strip
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]

UPDATE = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update().catch(() => {});
    const coming = registration.installing ?? registration.waiting;
    if (!coming) return "nothing new";
    return new Promise((resolve) => {
        const tell = () => ["activated", "redundant"].includes(coming.state) && resolve(coming.state);
        coming.addEventListener("statechange", tell);
        tell();
    });
}"""
CACHES = "() => caches.keys()"


@pytest.fixture
def waiting(without_network, conference):
    """A page with one scan that waits, and whose that is."""
    seat = seat_of(conference, "Bo Li")
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    return page, seat


ANSWERS = {
    "moved": {"status": 404, "body": "<h1>Not here</h1>", "content_type": "text/html"},
    "gone": {"status": 410, "json": {"error": "gone"}},
    "other form": {"status": 400, "json": {"error": "unreadable"}},
    "a page": {"status": 200, "body": "<!doctype html><h1>Back soon</h1>", "content_type": "text/html"},
    "other names": {"status": 200, "json": {"now": "2026-06-01T08:00:00Z", "scans": {"taken": []}}},
    "half an answer": {"status": 200, "body": '{"server_now": "2026-06-01T08:00:00Z", "results": [{"id": ', "content_type": "application/json"},
}  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_page_from_before_keeps_what_a_newer_server_does_not_take(waiting, answer):
    page, seat = waiting
    asked: list[str] = []

    def newer(route) -> None:
        asked.append(route.request.url)
        route.fulfill(**answer)

    page.route("**/checkin/sync/", newer)
    cut(page, is_cut=False)
    page.evaluate("() => sync.now()")
    assert (len(asked) > 0, [one["code"] for one in stored(page)]) == (True, [seat.access_code])
    scan(page, seat.access_code)  # it goes on as before
    shows(page, "already_admitted", "Bo Li", is_saved=True)
    page.unroute("**/checkin/sync/")
    sent(page)
    assert list(Scan.objects.order_by("scanned_at").values_list("verdict", flat=True)) == [
        "admitted",
        "already_admitted",
    ]


def test_page_from_before_goes_on_under_a_newer_service_worker(waiting, conference):
    page, seat = waiting
    page.route("**/checkin/sync/", lambda route: route.abort())
    cut(page, is_cut=False)
    before = page.evaluate(CACHES)
    conference.accent = "#7a1f5c"
    conference.save(update_fields=["accent"])
    assert page.evaluate(UPDATE) == "activated"
    until(page, lambda: len(set(page.evaluate(CACHES)) - set(before)) == 1)
    cut(page)
    other = seat_of(conference, "Cyd")
    scan(page, other.access_code)  # not on the list of before
    shows(page, "unknown", is_saved=True)
    page.reload()
    expect(strip(page, "offline")).to_contain_text("2 to send", timeout=PATIENCE)
    assert [one["code"] for one in stored(page)] == [seat.access_code, other.access_code]
    page.unroute("**/checkin/sync/")
    cut(page, is_cut=False)
    sent(page)
    assert sorted(Scan.objects.values_list("code", "device_verdict")) == sorted(
        [(seat.access_code, "admitted"), (other.access_code, "unknown")]
    )


def test_page_from_before_gets_its_own_files_under_a_newer_service_worker(without_network, conference, monkeypatch):
    """What it loads late, such as the reader of codes, has another address in the new version."""
    monkeypatch.setattr(views_offline, "_LOADED", (*views_offline._LOADED, "css/kiosk.css"))
    page = without_network()
    cut(page, is_cut=False)
    sent(page)
    monkeypatch.undo()
    assert page.evaluate(UPDATE) == "activated"
    cut(page)
    load = "() => fetch('/static/css/kiosk.css', {cache: 'no-store'}).then((response) => response.ok, () => false)"
    assert page.evaluate(load) is True


def test_service_worker_of_half_a_deploy_is_not_installed(waiting, conference, monkeypatch):
    """One of its files is not there yet: the one before goes on, and the page starts without the network as before."""
    page, seat = waiting
    cut(page, is_cut=False)
    sent(page)
    before = page.evaluate(CACHES)
    monkeypatch.setattr(views_offline, "_LOADED", (*views_offline._LOADED, "js/not-there-yet.js"))
    assert page.evaluate(UPDATE) in {"redundant", "nothing new"}
    assert page.evaluate(CACHES) == before
    starts_without_network(page, conference)
    scan(page, seat.access_code)
    shows(page, "already_admitted", "Bo Li", is_saved=True)
    monkeypatch.undo()
    cut(page, is_cut=False)
    sent(page)


def starts_without_network(page: Page, conference) -> None:
    ready(page)
    cut(page)
    page.goto(reverse("checkin", args=[conference.slug]))
    expect(strip(page, "offline")).to_be_visible(timeout=PATIENCE)
