"""The first ten minutes with Lanyard, as README.md tells a newcomer to spend them, on a real server."""

from __future__ import annotations

import csv
import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from registration.attendee.models import Attendee
from registration.checkin.models import Scan
from tests import factories
from tests.browser.gun import Gun
from tests.browser.tablet import shows
from tests.server import ROOT

LIST = ROOT / "samples" / "pretix-checkin-list.csv"

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("people", [20, pytest.param(100, marks=pytest.mark.hostile)])
def test_ten_minutes(start_server, new_context, settings, people):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # the server's
    server = start_server()
    factories.superuser(email="admin@example.org")
    admin = new_context(base_url=server.url, viewport={"width": 1180, "height": 820}).new_page()
    sign_in(admin)
    set_up_conference(admin)
    done = server.manage("import_roster", "mine", str(LIST))
    assert "2000" in done.stdout
    dashboard = admin.context.new_page()
    dashboard.goto("/staff/mine/")
    expect(dashboard.locator("#tally")).to_contain_text("0 of 1919 expected")

    admin.goto("/staff/mine/checkin/")
    with LIST.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Paid"] == "Yes"]
    gun = Gun(admin)
    for row in rows[: people - 5]:
        gun.scan(row["Secret"])
        expect(admin.locator("#result")).to_contain_text(row["Attendee name"])
        shows(admin, "admitted")
    gun.scan(rows[0]["Secret"])
    shows(admin, "already_admitted", rows[0]["Attendee name"])
    for row in rows[people - 5 : people]:
        admin.keyboard.type(row["Attendee name"], delay=10)
        shows(admin, "search", row["Attendee name"])
        admin.locator("#result").get_by_role("button", name=row["Attendee name"]).first.click()
        shows(admin, "admitted", row["Attendee name"])
    assert Scan.objects.live_admissions().count() == people

    admin.goto("/staff/mine/settings/tickets/new/")
    admin.get_by_label("Name", exact=True).fill("Free")
    admin.get_by_label("Price in EUR").fill("0")
    admin.get_by_role("button", name="Save").click()
    newcomer = new_context(base_url=server.url, viewport={"width": 390, "height": 844}).new_page()
    register(newcomer)
    assert Attendee.objects.get(name="Nguyễn Thị Phương Thảo").completed_registration
    expect(dashboard.locator("#tally")).to_contain_text(f"{people} of 1920 expected", timeout=15_000)


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/?next=/staff/new/")
    page.get_by_label("E-mail").fill("admin@example.org")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up_conference(page: Page) -> None:
    today = dt.datetime.now(dt.UTC).date()
    page.get_by_label("Name", exact=True).fill("Mine")
    page.fill("#id_start_date", (today - dt.timedelta(days=1)).isoformat())
    page.fill("#id_end_date", (today + dt.timedelta(days=1)).isoformat())
    page.fill("#id_timezone", "Berlin")
    page.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/staff/mine/**")


def register(page: Page) -> None:
    page.goto("/conferences/mine/")
    page.get_by_role("link", name="Register with a Free ticket").click()
    page.get_by_label("Name").fill("Nguyễn Thị Phương Thảo")
    page.get_by_label("E-mail").fill("thao@example.org")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/confirm-email/**")
    outbox = page.context.new_page()
    outbox.goto("/outbox/")
    code = re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", outbox.inner_text("main"), re.MULTILINE)[1]
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are registered")
