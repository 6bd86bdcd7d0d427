"""The control of all audits: `faults` finds what is planted, at the size and in the light where it shows."""

from __future__ import annotations

import pytest

from tests.browser.conftest import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLANT = """(css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize(
    ("css", "found"),
    [
        (
            "@media (prefers-color-scheme: dark) { h1 { color: #333 !important } }",
            {"phone, dark: color-contrast", "laptop, dark: color-contrast"},
        ),
        ("@media (min-width: 1400px) { h1 { color: #bbb !important } }", {"laptop: color-contrast"}),
        ("@media (max-width: 400px) { main { width: 500px } }", {"phone: wider than its window"}),
        ("", set()),
    ],
)
def test_what_is_planted_is_found(browser_page, css, found):
    browser_page.evaluate(PLANT, css)
    assert {": ".join(line.split(": ")[:2]) for line in faults(browser_page, ["phone", "laptop"])} == found
