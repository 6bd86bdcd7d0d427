"""How many are in, in the head of the tablet page, beside what this tablet and others do."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.checkin.admission import check_in
from tests import factories
from tests.browser.offline import cut, ready, scan, sent
from tests.browser.tablet import seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Milliseconds; every ten seconds it is asked for anyway.
SOON = 5_000


def says(page: Page, text: str, **options) -> None:
    expect(page.locator("#count b")).to_have_text(text, **options)


def test_count_follows_what_this_tablet_does(tablet, conference):
    codes = [seat_of(conference, f"Guest {number}").access_code for number in range(3)]
    page = tablet(Role.DESK)
    says(page, "0 of 3")
    scan(page, codes[0])
    says(page, "1 of 3", timeout=SOON)
    for code in codes[1:]:
        scan(page, code)
    says(page, "3 of 3", timeout=SOON)
    page.get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Wrong person").click()
    shows(page, "undone")
    says(page, "2 of 3", timeout=SOON)


def test_count_is_right_when_the_network_is_back_and_when_somebody_looks_again(tablet, conference, service_worker):
    codes = [seat_of(conference, f"Guest {number}").access_code for number in range(3)]
    page = tablet()
    ready(page)
    right = _right_of(page, "#online")
    cut(page)
    scan(page, codes[0])
    shows(page, "admitted")
    expect(page.locator("#count")).to_be_hidden()
    assert _right_of(page, "#offline") == right  # where Online stood
    cut(page, is_cut=False)
    sent(page)
    says(page, "1 of 3", timeout=SOON)

    check_in(
        checkpoint=conference.checkpoints.get(),
        code=codes[1],
        scan_id=uuid.uuid4(),
        by=factories.staff(conference=conference, role=Role.DESK).user,
        now=timezone.now(),
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    says(page, "2 of 3", timeout=SOON)


def _right_of(page: Page, part: str) -> int:
    return page.locator(part).evaluate("(part) => Math.round(part.getBoundingClientRect().right)")
