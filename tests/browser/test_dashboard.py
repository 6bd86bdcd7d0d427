"""What only a browser shows of the dashboard and of Django's admin."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint
from tests import factories
from tests.admin.conftest import make_rows  # noqa: F401 -- a fixture
from tests.admin.test_admin import MODELS, RIGHTS, address
from tests.browser.conftest import SIZES, axe, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def organiser(conference):
    return factories.staff(conference=conference, role=Role.ORGANISER).user


@pytest.fixture
def admit(conference, organiser):
    def admit(name: str = "Ines Okafor") -> None:
        seat = factories.attendee(conference=conference, user=factories.user(name=name))
        check_in(
            checkpoint=Checkpoint.objects.main(conference),
            code=seat.access_code,
            scan_id=uuid.uuid4(),
            by=organiser,
            now=timezone.now(),
        )

    return admit


def look(page: Page) -> None:
    """What the page does every few seconds by itself."""
    page.evaluate("htmx.trigger('#dashboard', 'look')")


@pytest.mark.parametrize("days", [0, 12], ids=["running", "before"])
def test_dashboard_fits_and_axe_finds_nothing(open_page, conference, organiser, admit, days):
    admit("Friederike-Annegret Schmittmeyer-Wolfenhausen")
    conference.start_date += dt.timedelta(days=days)
    conference.end_date = conference.start_date
    conference.save(update_fields=["start_date", "end_date"])
    page = open_page(f"/staff/{conference.slug}/", user=organiser)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("svg.chart:visible")).to_have_count(1)
    page.locator("summary").click()
    assert faults(page) == []


def test_empty_dashboard_has_nothing_for_axe(open_page, conference, organiser):
    page = open_page(f"/staff/{conference.slug}/", user=organiser, size="phone")
    expect(page.get_by_text("Nobody has come in yet today.")).to_be_visible()
    assert axe(page) == []


def test_scan_arrives_by_itself(open_page, conference, organiser, admit):
    page = open_page(f"/staff/{conference.slug}/", user=organiser)
    expect(page.locator("#tally .figure").first).to_contain_text("0 of 0 expected")
    admit("Bo Li")
    expect(page.locator("#tally .figure").first).to_contain_text("1 of 1 expected", timeout=15_000)
    expect(page.locator("#last-scans bdi").first).to_have_text("Bo Li")


def test_what_is_open_and_focused_stays_so(open_page, conference, organiser, admit):
    admit()
    page = open_page(f"/staff/{conference.slug}/", user=organiser)
    page.locator("#arrivals summary").focus()
    page.keyboard.press("Enter")
    page.evaluate("document.getElementById('arrivals').isOld = document.getElementById('tickets').isOld = true")
    admit()
    look(page)
    expect(page.locator("#tally .figure").first).to_contain_text("2 of 2 expected")
    assert page.evaluate("document.getElementById('arrivals').isOld") is None
    expect(page.locator("#arrivals details")).to_have_attribute("open", "")
    expect(page.locator("#arrivals summary")).to_be_focused()


def test_panel_that_did_not_change_is_left_alone(open_page, conference, organiser, admit):
    admit()
    page = open_page(f"/staff/{conference.slug}/", user=organiser)
    page.evaluate("for (const panel of document.querySelectorAll('section')) panel.isOld = true")
    check_in(
        checkpoint=Checkpoint.objects.main(conference), code="NOSUCH", scan_id=uuid.uuid4(), by=None, now=timezone.now()
    )
    look(page)
    expect(page.locator("#refusals")).to_contain_text("Not known")
    assert page.evaluate(
        "[...document.querySelectorAll('section')].filter((panel) => panel.isOld).map((p) => p.id)"
    ) == [
        "tally",
        "arrivals",
        "tickets",
    ]


def test_server_that_does_not_answer_is_told_and_found_again(open_page, conference, organiser):
    page = open_page(f"/staff/{conference.slug}/", user=organiser)
    path = re.compile(rf"/staff/{conference.slug}/\?")
    page.route(path, lambda route: route.fulfill(status=503))
    look(page)
    expect(page.locator("#moment .stale")).to_be_visible()
    expect(page.locator("#moment .live")).to_be_hidden()
    expect(page.locator("#said")).to_have_text("No answer, trying again")
    page.unroute(path)
    look(page)
    expect(page.locator("#moment .live")).to_be_visible()


class Pieces(HTMLParser):
    """All that a policy may refuse or a script may look for: tags with their attributes, classes and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[object] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = {one for one in given.get("class", "").split() if not one.startswith(OF_ONE_MODEL)}
        loaded = given.get("src", "") or (given.get("href", "") if tag == "link" else "")
        self.found.add((tag, frozenset(given), frozenset(classes), given.get("type"), loaded))


# Names of models and fields in classes, for style sheets of sites.
OF_ONE_MODEL = ("app-", "column-", "dynamic-", "field-", "model-")


@pytest.mark.long
def test_admin_breaks_no_policy(open_page, make_rows):  # noqa: F811
    """Whatever the policy refuses is told on the console, and fails the test (`open_page`). A page that is made of nothing
    but what was in those before it is not loaded.
    """
    make_rows()
    superuser, client = factories.superuser(), Client()
    client.force_login(superuser)
    page = open_page("/admin/", user=superuser)
    seen: set[object] = set()
    for label in sorted(RIGHTS):
        model = MODELS[label]
        paths = [address(model, "changelist")]
        if "a" in RIGHTS[label]:
            paths.append(address(model, "add"))
        if row := model._default_manager.last():
            paths.append(address(model, "change", row.pk))
        for path in paths:
            pieces = Pieces()
            pieces.feed(client.get(path).content.decode())
            if pieces.found <= seen:
                continue
            seen |= pieces.found
            page.goto(path)
            expect(page.locator("h1").first).to_be_visible()
