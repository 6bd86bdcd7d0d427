"""A tablet with a fake camera, on the real server: its answers carry the policies that a real site's carry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Playwright

from conferences.models import Conference, Role
from tests import factories
from tests.browser import chromium
from tests.server import Server

# A cheap camera. Each picture is turned into colours, shown and searched by the processor that all else needs too; of
# thirty a second two in three show nothing new.
TEN_A_SECOND = """(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (wish) => ask({ ...wish, video: { ...wish.video, frameRate: { max: 10 } } });
})()"""
FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--mute-audio"]


@pytest.fixture
def camera_tablet(playwright: Playwright, start_server: Callable[..., Server]) -> Iterator[Callable[..., Page]]:
    """`camera_tablet(server, conference, video=path)`: the page of a new member of staff, or of the paired tablet whose
    `secret` is given, in a browser of its own, whose camera shows that video, or Chromium's own picture without one. What
    the page complains about fails the test at its end; with `complains=False` what the browser says in the console does
    not.
    """
    complaints: list[str] = []
    with ExitStack() as stack:

        def camera_tablet(
            server: Server,
            conference: Conference,
            *,
            video: Path | None = None,
            args: tuple[str, ...] = (),
            complains: bool = True,
            secret: str = "",
            **options: Any,
        ) -> Page:
            fake = [*FAKE, f"--use-file-for-fake-video-capture={video}"] if video else FAKE
            browser = playwright.chromium.launch(
                executable_path=chromium.with_devices(), args=[*chromium.ARGS, *(args or fake)]
            )
            stack.callback(browser.close)
            defaults = {"viewport": {"width": 1180, "height": 820}, "reduced_motion": "reduce"}
            context = browser.new_context(base_url=server.url, **defaults | options)
            cookies = {"tablet": secret}
            if not secret:
                cookies = server.sign_in(factories.staff(conference=conference, role=Role.DOOR).user)
            context.add_cookies(
                [{"name": name, "value": value, "url": f"{server.url}/staff/"} for name, value in cookies.items()]
            )
            page = context.new_page()
            page.add_init_script(TEN_A_SECOND)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            if complains:
                page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
            page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
            page.goto(reverse("checkin", args=[conference.slug]))
            return page

        yield camera_tablet
    assert complaints == []


def until(page: Page, condition: Callable[[], bool], *, seconds: float = 90) -> None:
    """Lets the page go on until `condition`. Raises AssertionError when it never comes true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(100)
