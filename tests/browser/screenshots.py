"""`make screenshots`: the pictures of README.md, of the demo on the real server, into docs/images."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django

import tests.environment  # noqa: F401 -- before Django reads its settings

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.utils import timezone  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from conferences.models import Conference  # noqa: E402
from registration.account.models import User  # noqa: E402
from registration.attendee.models import Attendee  # noqa: E402
from registration.demo.build import make_demo, somebody_waiting  # noqa: E402
from registration.demo.people import DOMAIN  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tests.server import ROOT, Server, running_server  # noqa: E402

_FOLDER = ROOT / "docs" / "images"
# The people of the demo have names of many scripts, which not every machine has letters for; paper has them all.
_FONTS = f"""<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{ROOT / "registration" / "typesetting" / "fonts"}</dir>
</fontconfig>"""


def main() -> None:
    _FOLDER.mkdir(exist_ok=True)
    with (
        running_server(database="sqlite", workers=1) as server,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
    ):
        make_demo(now=timezone.now())
        conference = Conference.objects.get(slug="harbour-days")
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(_FONTS)
        env: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        browser = playwright.chromium.launch(executable_path=chromium.installed(), args=chromium.ARGS, env=env)
        ticket = _open(browser, server, "attendee", f"/conferences/{conference.slug}/ticket/", 390, 844)
        ticket.screenshot(path=_FOLDER / "ticket.png")
        tablet = _open(browser, server, "desk", f"/staff/{conference.slug}/checkin/", 1180, 820)
        for _person in range(6):
            _let_in(tablet, somebody_waiting(conference))
        # Until the last of them is counted in the head of the page, and the frame in the colour of the verdict is gone.
        inside = Attendee.objects.expected().filter(conference=conference, checked_in_at__isnull=False).count()
        tablet.locator("#count", has_text=f"{inside} of").wait_for()
        tablet.evaluate("Promise.all(document.getElementById('flash').getAnimations().map((fade) => fade.finished))")
        tablet.screenshot(path=_FOLDER / "tablet.png")
        dashboard = _open(browser, server, "organiser", f"/staff/{conference.slug}/", 1180, 820)
        dashboard.screenshot(path=_FOLDER / "dashboard.png")
        browser.close()


def _let_in(tablet: Page, seat: Attendee | None) -> None:
    assert seat
    tablet.keyboard.type(seat.access_code)
    tablet.keyboard.press("Enter")
    tablet.locator("#result[data-verdict=admitted]", has_text=seat.name).wait_for()


def _open(browser: Browser, server: Server, role: str, path: str, width: int, height: int) -> Page:
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        device_scale_factor=2,
    )
    cookies = server.sign_in(User.objects.get(email=f"{role}@{DOMAIN}"))
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return page


if __name__ == "__main__":
    main()
