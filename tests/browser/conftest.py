"""A real Chromium against the live server. Any page error, console error, blocked resource or 500 fails the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from registration.checkin import offline
from tests.browser import chromium
from tests.browser.offline import without_network
from tests.browser.static_files import static_files
from tests.browser.tablet import tablet

__all__ = ["tablet", "without_network"]

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "tablet on its side": (1180, 820), "laptop": (1440, 900)}
AT_THE_DOOR = ["phone", "tablet", "tablet on its side"]
# For long lists of pages: the layouts that these tablets get are those of one of the two.
AT_HOME = ["phone", "laptop"]
# WCAG 2.2 AA and axe's best practices; without `preload`, which fetches style sheets anew and takes their relative
# addresses for the page's.
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,
    "resultTypes": ["violations"],
}
# The only ones that can find in the dark what they do not find in the light: nothing else but colours changes.
_RULES_OF_COLOUR = _RULES | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# The only ones to which it matters where and how large something is that is in sight.
_LAYOUT = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "skip-link", "target-size"]
_RULES_OF_LAYOUT = _RULES | {"runOnly": {"type": "rule", "values": _LAYOUT}}
_HIDDEN_LINKS = "[...document.querySelectorAll('nav ul')].some((menu) => menu.scrollWidth > menu.clientWidth + 1)"
# What looks as if it could be pressed and cannot be reached by keyboard.
_MOUSE_ONLY = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => getComputedStyle(one).cursor === "pointer" || one.matches("[hx-trigger*=click]"))
  .map((one) => one.closest("a[href], button, input, select, textarea, summary, label, [tabindex='0']") ?? one)
  .filter((one, at, all) => all.indexOf(one) === at)
  .filter((one) => one.matches("label") ? !one.control?.checkVisibility() : one.tabIndex < 0 && !one.matches(":disabled"))
  .map((one) => one.outerHTML.slice(0, 120))"""
_AXE = Axe().axe_script + (Path(__file__).parent / "audit.js").read_text()
# Looks that have passed, of whatever page: see `look` there.
_PASSED: set[int] = set()

# What comes at all comes within this, also on a busy machine: server, browser and other tests share two cores. Nothing
# is slower by it but a test that fails.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """An installed Chromium where there is one, else Playwright's own."""
    path = chromium.installed()
    return browser_type_launch_args | ({"executable_path": path} if path else {}) | {"args": chromium.ARGS}


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """pytest-django's, with quicker static files."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = static_files
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def patient_tablets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tablet decides by itself when the server takes too long; on a busy machine that is no sign of anything."""
    monkeypatch.setattr(offline, "ANSWER_WITHIN", dt.timedelta(seconds=30))


@pytest.fixture
def service_worker() -> None:
    """For tests of what a service worker keeps. To all others it is a third of what a page of check-in costs, and may begin
    to serve in the midst of what they do: their pages have none.
    """


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, live_server: Any, new_context: Callable[..., BrowserContext]
) -> Iterator[Callable[..., Page]]:
    """`open_page("/me/", user=user, size="phone", dark=True)`: a page in a context of its own, signed in by cookie;
    `prepare` is called with it before anything is loaded.

    Paths are relative to the live server in `page.goto` too. What a page complains about fails the test at its end.
    """
    complaints: list[str] = []

    def open_page(
        path: str = "/",
        *,
        user: Any = None,
        size: str = "laptop",
        dark: bool = False,
        prepare: Callable[[Page], object] | None = None,
        **options: Any,
    ) -> Page:
        width, height = SIZES[size]
        context = new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            service_workers="allow" if "service_worker" in request.fixturenames else "block",
            **options,
        )
        if user:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note_console(complaints, page, message))
        page.on("response", lambda response: _note_response(complaints, response))
        if prepare:
            prepare(page)
        page.goto(path)
        return page

    yield open_page
    assert complaints == []


@pytest.fixture
def browser_page(open_page: Callable[..., Page]) -> Page:
    """The home page, signed out, at laptop size."""
    return open_page()


def _note_console(complaints: list[str], page: Page, message: Any) -> None:
    # A refused form is a 422 and no fault; `_note_response` judges what was loaded. A request that a newer one replaces
    # is an error to htmx (`xhr.onabort`); one that fails is told as `htmx:sendError` too. Nobody who is signed out gets
    # a newer service worker.
    if message.type == "error" and not message.text.startswith(
        ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort", "The script resource is behind a redirect")
    ):
        complaints.append(f"{page.url}: {message.text}")


def _note_response(complaints: list[str], response: Response) -> None:
    part_of_a_page = response.request.resource_type in {"stylesheet", "script", "font", "image"}
    if (response.status >= 400 and part_of_a_page) or response.status == 500:
        complaints.append(f"{response.status} {response.url}")


def axe(page: Page) -> list[str]:
    """What axe finds: one line a finding, empty when there is none."""
    return _findings(page, "audit.all", _RULES)


def _findings(page: Page, function: str, argument: object) -> list[str]:
    call = f"(argument) => globalThis.audit ? {function}(argument) : null"
    if (found := page.evaluate(call, argument)) is None:
        # Not by `page.evaluate`: the page itself would evaluate the half megabyte, and compile it anew each time.
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": _AXE})
        page.evaluate("(keys) => audit.know(keys)", list(_PASSED))
        found = page.evaluate(call, argument)
    _PASSED.update(found["learned"])
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


def faults(page: Page, sizes: Iterable[str] = SIZES) -> list[str]:
    """What axe finds on the page as it is now, and whether it is wider than its window, at each size, light and dark."""
    before = page.viewport_size
    found = []
    is_dark = False
    # The widest first: what is hidden elsewhere is mostly in sight there, and a page that only hides is not read anew.
    for number, size in enumerate(sorted(sizes, key=lambda size: -SIZES[size][0])):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        # Light and dark, then dark and light: to change costs as much as to look.
        for turn in range(2):
            if turn:
                is_dark = not is_dark
                page.emulate_media(color_scheme="dark" if is_dark else "light")
            if is_dark:
                found += [f"{size}, dark: {one}" for one in _findings(page, "audit.colours", _RULES_OF_COLOUR)]
            else:
                rules = [_RULES, _RULES_OF_LAYOUT, number == 0]
                found += [f"{size}: {one}" for one in _findings(page, "audit.size", rules)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{size}: wider than its window")
        if page.evaluate(_HIDDEN_LINKS):
            found.append(f"{size}: a menu of which a part is out of sight")
        if number == 0:
            found += [f"by mouse alone: {one}" for one in page.evaluate(_MOUSE_ONLY)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)
    return found
