"""Self check-in in a browser: a ticket, a welcome, ready again; and the PIN."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registration.checkin import offline, views_kiosk
from registration.checkin.kiosk import start_kiosk, stop_kiosk
from registration.checkin.models import Checkpoint, Method, Scan, Tablet
from registration.checkin.models_quarantine import HeldScan
from tests import factories
from tests.browser import video
from tests.browser.camera import camera_tablet, until  # noqa: F401 -- a fixture
from tests.browser.conftest import AT_THE_DOOR, faults
from tests.browser.gun import Gun
from tests.browser.offline import has_worker, ready
from tests.browser.tablet import seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOON = 20_000


@pytest.fixture
def kiosk(open_page, conference, live_server):
    """`kiosk(size="phone")`: the page of a tablet in self check-in with the PIN 2468."""

    def kiosk(**options) -> Page:
        Checkpoint.objects.main(conference)
        tablet, secret = factories.paired_tablet(conference=conference, name="Stand")
        start_kiosk(tablet=tablet, pin="2468")
        page = open_page("/healthz/", **{"size": "tablet"} | options)
        page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
        # What it tells at its start may turn it over when a test has changed something meanwhile, and with it goes a scan.
        with page.expect_response("**/alive/"):
            page.goto(reverse("checkin", args=[conference.slug]))
        return page

    return kiosk


def put_off(page: Page) -> None:
    """The question who is at it, on the page of the staff."""
    expect(page.locator("#who-dialog")).to_be_visible(timeout=SOON)
    page.keyboard.press("Escape")


def test_gun_and_fingers_check_in_and_the_stand_is_ready_again(kiosk, conference):
    seat = seat_of(conference, "Zoë Šimůnková")
    page = kiosk()
    Gun(page).scan(seat.access_code)
    shows(page, "admitted", "Zoë")
    expect(page.locator("#result")).not_to_contain_text("Šimůnková")
    assert Scan.objects.get().method == Method.WEDGE
    shows_ready = page.locator('#result[data-verdict="ready"]')
    shows_ready.wait_for(timeout=SOON)

    page.get_by_label("Or type the code of your ticket").fill(seat.access_code.lower())
    page.get_by_role("button", name="Check in", exact=True).click()
    shows(page, "already_admitted")
    expect(page.get_by_label("Or type the code of your ticket")).to_have_value("")
    shows_ready.wait_for(timeout=SOON)
    assert "Zoë" not in page.content()


def test_pin_ends_it(kiosk, conference):
    page = kiosk()
    page.get_by_role("link", name="For staff: end self check-in").click()
    page.get_by_label("PIN").fill("1111")
    page.get_by_role("button", name="End self check-in").click()
    expect(page.get_by_text("That is not the PIN.")).to_be_visible()
    expect(page.locator("#leave-dialog")).to_be_visible()
    page.get_by_label("PIN").fill("2468")
    page.get_by_role("button", name="End self check-in").click()
    expect(page.get_by_label("Name or code")).to_be_visible(timeout=SOON)
    put_off(page)
    page.locator("#menu > summary").click()
    page.get_by_role("link", name="Self check-in").click()
    page.get_by_role("button", name="Start self check-in").click()
    expect(page.get_by_role("heading", name="Check yourself in")).to_be_attached(timeout=SOON)


def test_without_network_people_are_sent_to_the_desk(kiosk, conference):
    seat = seat_of(conference, "Bo Li")
    page = kiosk()
    page.context.set_offline(True)
    Gun(page).scan(seat.access_code)
    expect(page.locator("#result")).to_contain_text("This stand has no connection right now.", timeout=SOON)
    expect(page.locator("#away")).to_be_visible()
    page.context.set_offline(False)
    Gun(page).scan(seat.access_code)
    shows(page, "admitted", "Bo")
    expect(page.locator("#away")).to_be_hidden()


def test_stand_that_is_switched_on_without_the_network_starts_alone_and_goes_on_when_it_is_back(
    start_server,
    camera_tablet,  # noqa: F811
    tmp_path,
):
    server, conference = start_server(workers=1), factories.conference()
    seat = seat_of(conference, "Bo Li")
    tablet, secret = factories.paired_tablet(conference=conference, name="Stand")
    start_kiosk(tablet=tablet, pin="2468")
    held_up = video.scene(video.code(f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}"))
    film = video.write(tmp_path / "video.mjpeg", [(held_up, 1)])
    page = camera_tablet(server, conference, video=film, secret=secret, complains=False, permissions=["camera"])
    # Nobody taps anything for the camera, here or below.
    shows(page, "admitted", "Bo")
    has_worker(page)
    page.context.set_offline(True)
    page.get_by_role("link", name="For staff: end self check-in").click()
    page.get_by_label("PIN").fill("2468")
    page.get_by_role("button", name="End self check-in").click()
    expect(page.get_by_text("only the server knows the PIN")).to_be_visible()
    page.reload()
    expect(page.locator("#result")).to_contain_text("Please see the desk", timeout=SOON)
    expect(page.locator("#leave-open")).to_be_hidden()
    expect(page.locator("#camera")).to_have_attribute("data-state", "on", timeout=SOON)
    expect(page.locator("#result")).to_contain_text("This stand has no connection right now.", timeout=SOON)
    page.context.set_offline(False)
    shows(page, "already_admitted")
    expect(page.locator("#leave-open")).to_be_visible()


@pytest.mark.usefixtures("service_worker")
def test_stand_waits_for_a_page_that_takes_its_time(kiosk, monkeypatch):
    monkeypatch.setattr(offline, "ANSWER_WITHIN", dt.timedelta(seconds=0.2))
    page = kiosk()
    has_worker(page)
    render = views_kiosk.render

    def render_slowly(*args, **options):
        time.sleep(1)
        return render(*args, **options)

    monkeypatch.setattr(views_kiosk, "render", render_slowly)
    page.reload()
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    expect(page.locator("#leave-open")).to_be_visible()
    assert page.locator("[data-shell]").count() == 0


@pytest.mark.usefixtures("service_worker")
def test_page_of_the_staff_gives_way_when_it_is_turned_on_and_back(kiosk, conference):
    page = kiosk()
    stop_kiosk(tablet=Tablet.objects.get())
    Gun(page).scan(seat_of(conference, "Bo Li").access_code)
    expect(page.locator("#last-scans")).to_contain_text("Bo Li", timeout=SOON)
    put_off(page)
    start_kiosk(tablet=Tablet.objects.get())
    # By the head count, which the page of the staff asks for every ten seconds.
    expect(page.get_by_role("heading", name="Check yourself in")).to_be_attached(timeout=2 * SOON)


SEED = """async (scan) => {
    await store.addScan(scan);
    await store.writeList({key: "list"}, "[]");
    await store.savePlace({slug: scan.slug});
    await caches.open("lanyard shell");
}"""
LEFT = """async (slug) => [
    (await store.unsent()).length, (await store.lists()).length, (await store.places()).length,
    (await caches.keys()).filter((name) => !name.startsWith(`lanyard ${slug} kiosk `)).length,
]"""


@pytest.mark.usefixtures("service_worker")
def test_list_that_the_staffs_page_kept_is_dropped_and_its_scans_are_handed_over(kiosk, conference):
    page = kiosk()
    main, scan_id = Checkpoint.objects.main(conference), "5b0c0f5e-8d1b-4c55-9f5f-2a4b6a3e11d0"
    scan = {"id": scan_id, "slug": conference.slug, "checkpoint": main.pk, "code": "XX4Q0000", "verdict": "admitted"}
    page.evaluate(SEED, scan | {"at": "2026-06-01T08:00:00Z", "by": "Kim", "method": "wedge"})
    page.reload()
    until(page, lambda: page.evaluate(LEFT, conference.slug) == [0, 0, 0, 0])
    assert str(HeldScan.objects.get().pk) == scan_id
    assert page.locator("#handover").is_hidden()


def test_panels_pass_the_accessibility_audit(kiosk, conference):
    seat = seat_of(conference, "Friederike-Annegret Schmittmeyer-Wolfenhausen")
    page = kiosk()
    assert faults(page, AT_THE_DOOR) == []
    for verdict in ("admitted", "already_admitted"):
        Gun(page).scan(seat.access_code)
        shows(page, verdict)
        assert faults(page, AT_THE_DOOR) == [], verdict
    Gun(page).scan("XX4Q0000")
    shows(page, "see_desk")
    assert faults(page, AT_THE_DOOR) == []
    page.get_by_role("link", name="For staff: end self check-in").click()
    assert faults(page, AT_THE_DOOR) == []


BATTERY = "navigator.getBattery = async () => ({ level: 0.64 })"


def test_stand_tells_its_battery_and_clock(kiosk):
    page = kiosk(prepare=lambda page: page.add_init_script(BATTERY))
    until(page, lambda: Tablet.objects.filter(battery=64, clock_offset__range=(-60, 60)).exists())


@pytest.mark.usefixtures("service_worker")
def test_tablet_tells_its_battery(kiosk):
    page = kiosk(prepare=lambda page: page.add_init_script(BATTERY))
    # Before its service worker is installed, which the page of the staff then tries again.
    stop_kiosk(tablet=Tablet.objects.get())
    Tablet.objects.update(battery=None)
    page.reload()
    ready(page)
    page.evaluate("() => sync.now()")
    until(page, lambda: Tablet.objects.filter(battery=64, list_from__isnull=False).exists())
