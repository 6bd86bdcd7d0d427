"""One tablet of the soak run: a Chromium of its own with a disk of its own, which can lose its network, be killed and be
started again, and whose clock may be wrong.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from registration.checkin.models import Tablet
from registration.checkin.tablets import COOKIE, digest
from tests.browser import chromium
from tests.server import Server

# A page starts within seconds; a machine that does other things besides takes longer.
START_MS = 60_000
# Longer than the two seconds that a tablet waits for its server before it decides by itself.
VERDICT_SECONDS = 30

# Every clock of the page, that of its worker aside, is wrong by so many milliseconds.
_CLOCK = """(() => {
  const Right = Date;
  class Wrong extends Right {
    constructor(...given) { super(...(given.length ? given : [Right.now() + %(by)d])); }
    static now() { return Right.now() + %(by)d; }
  }
  window.Date = Wrong;
  localStorage.setItem("lanyard-who", JSON.stringify({ name: "%(name)s", day: new Intl.DateTimeFormat("en-CA",
    { timeZone: "UTC", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Wrong()) }));
})()"""


@dataclass(frozen=True)
class Shown:
    """What the panel told after a scan."""

    scan_id: str
    code: str
    verdict: str


@dataclass
class SoakTablet:
    """`shown` is every verdict that this tablet has told somebody, in order."""

    playwright: Playwright
    server: Server
    tablet: Tablet
    folder: Path
    clock_wrong_by: float
    shown: list[Shown] = field(default_factory=list)
    is_cut: bool = False
    context: BrowserContext | None = None
    page: Page | None = None

    @property
    def path(self) -> str:
        return f"{self.server.site_url}{reverse('checkin', args=[self.tablet.conference.slug])}"

    def start(self) -> None:
        """As somebody who switches it on: the page is there, with or without a network. A tablet whose page does not come
        is switched on again later.
        """
        context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=chromium.installed(),
            args=chromium.ARGS,
            viewport={"width": 1180, "height": 820},
        )
        context.add_init_script(_CLOCK % {"by": self.clock_wrong_by * 1000, "name": self.tablet.name})
        if not any(cookie["name"] == COOKIE for cookie in context.cookies()):
            secret = secrets.token_urlsafe(32)
            Tablet.objects.filter(pk=self.tablet.pk).update(secret_digest=digest(secret), paired_at=timezone.now())
            expires = time.time() + 10**7  # a cookie without an end is gone with the browser
            context.add_cookies(
                [{"name": COOKIE, "value": secret, "url": self.server.site_url, "httpOnly": True, "expires": expires}]
            )
        context.set_offline(self.is_cut)
        self.context, self.page = context, context.pages[0]
        self.reload()

    def reload(self) -> None:
        assert self.page
        with contextlib.suppress(Error):
            self.page.goto(self.path, timeout=START_MS)

    def is_ready(self) -> bool:
        if self.page is None:
            return False
        with contextlib.suppress(Error):
            return bool(self.page.evaluate("() => typeof queue !== 'undefined' && typeof roster !== 'undefined'"))
        return False

    def cut(self, *, is_cut: bool) -> None:
        self.is_cut = is_cut
        if self.context:
            with contextlib.suppress(Error):
                self.context.set_offline(is_cut)

    def kill(self) -> None:
        """kill -9 of the browser, as when the battery is empty."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if any(str(self.folder) in part for part in line) and not any(part.startswith("--type=") for part in line):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
        if self.context:
            with contextlib.suppress(Error):
                self.context.close()
        for lock in self.folder.glob("Singleton*"):
            lock.unlink(missing_ok=True)
        self.context = self.page = None

    def scan(self, code: str) -> Shown | None:
        """Scan `code` and wait for its verdict. None when the page was not there to tell one."""
        if not self.is_ready():
            return None
        assert self.page
        try:
            before = self._result().get("scanId")
            self.page.evaluate("(code) => { queue.scan(code, 'wedge'); }", code)
            deadline = time.monotonic() + VERDICT_SECONDS
            while time.monotonic() < deadline:
                told = self._result()
                if told.get("scanId") and told["scanId"] != before and not told["busy"]:
                    self.shown.append(Shown(told["scanId"], code, told["verdict"]))
                    return self.shown[-1]
                self.page.wait_for_timeout(15)
        except Error:  # the page went away under the scan
            return None
        raise AssertionError(f"{self.tablet} told no verdict for {code} within {VERDICT_SECONDS} s: {told}")

    def _result(self) -> dict[str, str]:
        assert self.page
        return self.page.evaluate(
            "() => { const r = document.getElementById('result');"
            " return r ? { ...r.dataset, busy: r.getAttribute('aria-busy') === 'true' } : {}; }"
        )

    def unsent(self) -> int:
        """Scans on its disk that the server has not answered; -1 while that cannot be told."""
        if not self.is_ready():
            return -1
        assert self.page
        try:
            return int(self.page.evaluate("() => store.unsent().then((scans) => scans.length)"))
        except Error:
            return -1
