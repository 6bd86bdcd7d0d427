"""Which Chromium the tests drive, and `python -m tests.browser.chromium`, which sees to it that there is one: an
installed one, else Debian's when this account may install it, else Playwright's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ARGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No second process that waits for a page to come: a tenth of what a page costs.
    "--renderer-process-limit=1",
]
_WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """The path of the system's Chromium; None means Playwright's own."""
    # The shell is the same browser without its windows: a page costs a fifth of the processor time.
    return shutil.which("chromium-headless-shell") or with_devices()


def with_devices() -> str | None:
    """As `installed`, for tests of cameras: the shell does not know them the way people's browser does."""
    return next((path for name in _WHOLE if (path := shutil.which(name))), None)


def ensure_debians() -> None:
    """Where there is none yet and this account may install it. Needs nothing but Python, so that it can go on beside pip."""
    if with_devices() or os.geteuid() or not shutil.which("apt-get"):
        return
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "chromium", "chromium-headless-shell"],
    ):
        subprocess.run(command, env=environ, check=False, stdout=subprocess.DEVNULL)


def ensure() -> None:
    ensure_debians()
    if installed() or _playwright_has_its_own():
        return
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        sys.exit("No browser: install Chromium, so that the browser tests can run.")


def _playwright_has_its_own() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    ensure_debians() if sys.argv[1:] == ["debian"] else ensure()
