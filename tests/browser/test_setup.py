"""The browser tests can fail: what pages complain about is seen."""

import pytest

from tests.browser.conftest import axe, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_axe_and_the_policy_are_watched(open_page):
    page = open_page("/")
    assert axe(page) == []
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=\"/static/img/icon.svg\">'")
    assert any(line.startswith("image-alt") for line in axe(page))


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
