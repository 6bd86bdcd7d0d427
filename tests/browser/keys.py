"""The keyboard alone, as people without a mouse use it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def press(page: Page, goal: Locator, key: str = "Enter") -> None:
    """Go to `goal` with the tab key and press `key` there."""
    for _step in range(90):
        page.keyboard.press("Tab")
        if goal.evaluate("(element) => element === document.activeElement"):
            page.keyboard.press(key)
            return
    raise AssertionError(f"{goal} is not reached by keyboard")


def write(page: Page, label: str, text: str) -> None:
    """Into the field of this label, in place of what is there."""
    press(page, page.get_by_label(label, exact=True), "Control+a")
    page.keyboard.type(text)
