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
        ("h1 { cursor: pointer }", {"by mouse alone: <h1>Welcome to Lanyard</h1>"}),
        (
            "@media (prefers-color-scheme: dark) and (min-width: 1400px) { h1 { color: #333 !important } }",
            {"laptop, dark: color-contrast"},
        ),
        ("", set()),
    ],
)
def test_what_is_planted_is_found(browser_page, css, found):
    browser_page.evaluate(PLANT, css)
    assert {": ".join(line.split(": ")[:2]) for line in faults(browser_page, ["phone", "laptop"])} == found


@pytest.mark.parametrize(
    ("html", "css", "found"),
    [
        ("<input class=planted>", ".planted { display: none }", "label"),
        (
            "<button class=planted>One</button><button class=planted>Two</button>",
            ".planted { padding: 0; border: 0; min-width: 0; min-height: 0; width: 9px; height: 9px; overflow: hidden }",
            "target-size",
        ),
        (
            "<div class=planted><table><tr><td>1<td>2</table></div>",
            ".planted { width: 90px; overflow: auto } .planted table { width: 900px }",
            "scrollable-region-focusable",
        ),
        ("<h2>A</h2><h3 class=planted>B</h3><h4>C</h4>", ".planted { display: none }", "heading-order"),
        ("<button><span class=planted>Go</span><svg></svg></button>", ".planted { display: none }", "button-name"),
        ("<a href=/><span class=planted>Go</span><svg></svg></a>", ".planted { display: none }", "link-name"),
        ("<h2><span class=planted>Go</span></h2>", ".planted { display: none }", "empty-heading"),
        ("<p class=planted>Go</p>", ".planted { color: #999 }", "color-contrast"),
    ],
)
@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_what_is_wrong_at_one_size_is_found_there_and_only_there(browser_page, html, css, found, size):
    """Also where the page is not looked at in full again, since just what was in sight is in sight."""
    browser_page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", html)
    # A field without a label is wrong where it is in sight, all else where its rule says.
    query = "max-width: 400px" if (size == "phone") is (found != "label") else "min-width: 1400px"
    browser_page.evaluate(PLANT, f"@media ({query}) {{ {css} }}")
    lines = faults(browser_page, ["phone", "laptop"])
    assert {": ".join(line.split(": ")[:2]) for line in lines} == {f"{size}: {found}"}


OVER = [
    ".stack { display: grid } .stack > * { grid-area: 1 / 1 }",
    ".stack > p { margin-top: -3rem }",
    ".stack > p { transform: translateY(-3rem) }",
    ".stack { display: grid } .stack > .bar { margin-bottom: -3rem } .stack > p { z-index: 1 }",
]
STYLE = ".planted { color: #444; margin: 0 } .bar { height: 3rem; background: #555 } .card { background: #fff } "
BESIDE = "<div class=card><p class=planted>Beside it.</p></div>"
STACK = "<div class=card><div class=stack><div class=bar></div><p class=planted>Over it.</p></div></div>"


def plant(page, html, css):
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", html)
    page.evaluate(PLANT, css)


@pytest.mark.parametrize("over", OVER)
def test_text_over_something_else_is_not_taken_for_its_equal_elsewhere(browser_page, over):
    plant(browser_page, BESIDE + STACK, STYLE + over)
    (line,) = axe(browser_page)
    assert line.startswith("color-contrast") and "Over it." in line


@pytest.mark.parametrize(
    "over",
    [
        *OVER,
        ".stack { position: relative } .stack > .bar { position: absolute; inset: 0 }  .stack > p { position: relative }",
        ".card { background: #555 }",
        ".stack > .bar { display: none } .stack { height: 0 } .stack > p { transform: translateY(300px) } main { background: #555 }",
        "@media (prefers-color-scheme: dark) { .card { background: #555 } }",
    ],
)
def test_text_over_something_else_is_not_taken_for_its_equal_on_another_page(browser_page, over):
    plant(browser_page, BESIDE, STYLE)
    assert faults(browser_page, ["phone"]) == []
    browser_page.reload()
    plant(browser_page, STACK.replace("Over", "Yet over"), STYLE + over)
    assert any("color-contrast" in line and "Yet over it." in line for line in faults(browser_page, ["phone"]))
