"""The camera of the tablet page, in a real browser before the real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from registration.checkin.models import Method, Scan
from tests import factories
from tests.browser import video
from tests.browser.camera import camera_tablet, until  # noqa: F401 -- a fixture

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
