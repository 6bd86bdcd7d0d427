"""A tablet without its server: what browser tests of that do, and what they look at."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conferences.models import Role
from tests.browser.camera import until

# Longer than any pause of `sync.js` on a busy machine.
PATIENCE = 60_000


@pytest.fixture
def without_network(tablet, conference, service_worker):
    """A tablet whose network was just cut, with the list of everybody made before."""

    def without_network(role: Role = Role.DOOR, **options):
        page = tablet(role, **options)
        ready(page)
        cut(page)
        return page

    return without_network


WORKER_READY = """(patience) => Promise.race([
    navigator.serviceWorker.ready.then(() => true),
    new Promise((done) => setTimeout(done, patience, false)),
])"""


def ready(page: Page) -> None:
    """The list is on the tablet's disk, and the service worker has what a start without the network needs."""
    page.wait_for_function("() => typeof roster !== 'undefined' && roster.current() !== null", timeout=PATIENCE)
    page.evaluate("() => roster.write()")
    has_worker(page)


def has_worker(page: Page) -> None:
    """Where its installation failed, `ready` never comes, and no test would end."""
    assert page.evaluate(WORKER_READY, PATIENCE), "the service worker was not installed"


def cut(page: Page, *, is_cut: bool = True) -> None:
    page.context.set_offline(is_cut)


def scan(page: Page, code: str, method: str = "wedge") -> None:
    page.evaluate("([code, method]) => { queue.scan(code, method); }", [code, method])


def shows(page: Page, verdict: str, name: str = "", *, is_saved: bool | None = None) -> None:
    result = page.locator("#result")
    expect(result).to_have_attribute("data-verdict", verdict, timeout=PATIENCE)
    if name:
        expect(result).to_contain_text(name)
    if is_saved is not None:
        assert (result.get_attribute("data-saved") is not None) is is_saved


def strip(page: Page, name: str):
    return page.locator(f'#strips [data-strip="{name}"]')


def stored(page: Page) -> list[dict[str, Any]]:
    """The scans on the disk that the server has not answered, in their order."""
    return page.evaluate("() => store.unsent()")


def waits(page: Page, number: int) -> None:
    """Until so many scans wait. (Playwright's `wait_for_function` takes any promise for true.)"""
    until(page, lambda: len(stored(page)) == number, seconds=PATIENCE / 1000)


def sent(page: Page) -> None:
    """Until nothing is left to send and the tablet knows that it is online."""
    expect(page.locator("#online")).to_be_visible(timeout=PATIENCE)
    waits(page, 0)
