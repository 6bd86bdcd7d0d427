"""The keyboard alone, as people without a mouse use it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

# To look where the focus is costs more than a key, so that it is looked at after some. A key too many does nothing.
AT_ONCE = 10
STAYS = """(goal) => {
    if (window.goal !== goal) {
        window.goal = goal;
        window.stay = window.stay ?? ((event) => {
            if (event.key !== "Tab" || document.activeElement !== window.goal) return;
            event.preventDefault();
            event.stopImmediatePropagation();
        });
        window.addEventListener("keydown", window.stay, { capture: true });
    }
    return goal === document.activeElement;
}"""
GO_ON = """() => {
    window.removeEventListener("keydown", window.stay, { capture: true });
    window.goal = null;
}"""


def press(page: Page, goal: Locator, key: str = "Enter") -> None:
    """Go to `goal` with the tab key, at least once, and press `key` there."""
    page.keyboard.press("Tab")
    for _step in range(0, 90, AT_ONCE):
        if goal.evaluate(STAYS):
            page.evaluate(GO_ON)
            page.keyboard.press(key)
            return
        for _key in range(AT_ONCE):
            page.keyboard.press("Tab")
    raise AssertionError(f"{goal} is not reached by keyboard")


def write(page: Page, label: str, text: str) -> None:
    """Into the field of this label, in place of what is there."""
    press(page, page.get_by_label(label, exact=True), "Control+a")
    page.keyboard.type(text)
