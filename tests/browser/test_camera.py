"""The camera of the tablet page, in a real browser before the real server."""

from __future__ import annotations

import pytest
from django.db.models import Count
from playwright.sync_api import expect

from registration.checkin.models import Method, Scan
from tests import factories
from tests.browser import video
from tests.browser.camera import camera_tablet, until  # noqa: F401 -- a fixture
from tests.browser.gun import Gun
from tests.browser.tablet import field, shows

pytestmark = pytest.mark.browser

KINDS = {
    "clean": lambda text: video.scene(video.code(text)),
    "tilted": lambda text: video.tilted(video.code(text)),
    "noisy": lambda text: video.noisy(video.scene(video.code(text))),
    "small": lambda text: video.scene(video.code(text, width=90)),
    "inverted": lambda text: video.scene(video.code(text, inverted=True)),
    "on a screen": lambda text: video.screen_like(video.code(text, width=260)),
    "on paper": lambda text: video.paper_like(video.code(text)),
}
# What must neither run, nor be followed, nor stop the next scan. The first is as much as a QR code can hold.
POISON = [
    "A" * 2953,
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "https://elsewhere.example/steal?next=javascript:alert(3)",
    "NUL \0 and \x1b[31m escape",
]


def test_camera_reads_tickets_of_all_kinds_and_poison_stops_none(start_server, camera_tablet, tmp_path):  # noqa: F811
    server = start_server(workers=1)
    conference = factories.conference()
    seats = {kind: factories.attendee(conference=conference, user=factories.user(name=kind)) for kind in KINDS}
    pictures = [picture(f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seats[kind].access_code}") for kind, picture in KINDS.items()]
    poisoned = [video.scene(video.code(text, width=560, error="l")) for text in POISON]
    # In turns, so that there is a ticket after each poison.
    order = [one for pair in zip(poisoned, pictures, strict=False) for one in pair] + pictures[len(poisoned) :]
    page = camera_tablet(server, conference, video=video.write(tmp_path / "video.mjpeg", [(one, 0.9) for one in order]))
    page.get_by_role("button", name="Start camera").click()
    scans = Scan.objects.filter(method=Method.CAMERA)
    for seat in seats.values():
        until(page, scans.filter(attendee=seat, verdict="admitted").exists)
    until(page, lambda: scans.filter(verdict="unknown").count() >= len(POISON))
    assert page.url.startswith(server.url)
    expect(page.locator("#camera")).to_have_attribute("data-state", "on")


def test_two_codes_are_asked_about_and_typing_gun_and_search_go_on_beside(start_server, camera_tablet, tmp_path):  # noqa: F811
    server = start_server(workers=1)
    conference = factories.conference()
    left, right, alone, gunned, searched = (
        factories.attendee(conference=conference, user=factories.user(name=name))
        for name in ("Left", "Right", "Alone", "Gunned", "Þórdís Arnardóttir")
    )
    left_code, right_code, alone_code = (
        video.code(f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}") for seat in (left, right, alone)
    )
    # Well under four seconds until each is seen again, so that it counts as held up all the time.
    film = [(video.scene(left_code, right_code), 1.5), (video.scene(alone_code), 1.5)]
    page = camera_tablet(server, conference, video=video.write(tmp_path / "video.mjpeg", film))

    def counts():
        return dict(Scan.objects.values_list("attendee__name").annotate(Count("pk")))

    page.keyboard.type("Arnar", delay=80)
    shows(page, "search", "Þórdís Arnardóttir")
    page.get_by_role("button", name="Start camera").click()
    expect(page.locator("#result")).to_have_attribute("data-verdict", "choose", timeout=30_000)
    assert page.locator("#result .hit").all_inner_texts() == [left.access_code, right.access_code]
    assert {"Left", "Right"}.isdisjoint(counts())
    page.get_by_role("button", name=right.access_code).click()
    until(page, lambda: counts() == {"Right": 1, "Alone": 1})
    expect(field(page)).to_have_value("Arnar")

    # Twice more round the film.
    seen_for = page.evaluate("document.querySelector('video').currentTime")
    until(page, lambda: page.evaluate("document.querySelector('video').currentTime") > seen_for + 8)
    assert counts() == {"Right": 1, "Alone": 1}
    Gun(page).scan(gunned.access_code)
    shows(page, "admitted", "Gunned")
    expect(field(page)).to_have_value("Arnar")
    expect(field(page)).to_be_focused()
    page.keyboard.type("d", delay=80)
    page.get_by_role("button", name="Þórdís Arnardóttir").click()
    shows(page, "admitted", "Þórdís Arnardóttir")
    expect(field(page)).to_have_value("")
    methods = dict(Scan.objects.values_list("attendee__name", "method"))
    assert methods == {"Right": "camera", "Alone": "camera", "Gunned": "wedge", searched.name: "search"}


def test_camera_waits_while_somebody_writes_a_reason(start_server, camera_tablet, tmp_path):  # noqa: F811
    server = start_server(workers=1)
    conference = factories.conference()
    here, next_one = (
        factories.attendee(conference=conference, user=factories.user(name=name)) for name in ("Here", "Next")
    )
    ticket = video.scene(video.code(f"HTTPS://TICKETS.EXAMPLE.ORG/T/{next_one.access_code}"))
    page = camera_tablet(server, conference, video=video.write(tmp_path / "video.mjpeg", [(ticket, 2)], gap=0.1))
    Gun(page).scan(here.access_code)
    shows(page, "admitted", "Here")
    page.get_by_text("Undo", exact=True).click()
    page.get_by_placeholder("Another reason").fill("Forgot")
    page.locator("[data-camera=start]").dispatch_event("click")
    until(page, lambda: page.evaluate("document.querySelector('video').currentTime") > 3)
    expect(page.get_by_placeholder("Another reason")).to_have_value("Forgot")
    page.get_by_role("button", name="Take back").click()
    until(page, Scan.objects.filter(attendee=next_one, verdict="admitted").exists)
    assert Scan.objects.get(attendee=here).undo_reason == "Forgot"
