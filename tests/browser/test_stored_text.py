"""W1 of the hostile cases in a browser; `tests/hostile/test_stored_text.py` looks at every page and every text."""

import pytest

from tests.hostile.test_stored_text import fill, look_at, pages
from tests.test_access import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGE = "document.querySelector('w1, [w1], [hx-get^=\"/w1\"], [onfocus], base') !== null"


def test_browser_runs_nothing_and_reports_nothing(open_page):
    """What the policy would have to refuse is told on the console, and fails the test too (`open_page`)."""
    world = World()
    fill(0)
    seen: list[str] = []
    for role in ("superuser", "holder"):
        page = open_page("/", user=getattr(world, role))
        page.on("dialog", lambda dialog: seen.append(dialog.message) or dialog.dismiss())
        for one, path in pages(world):
            if one == role and look_at(world.client(role), path):
                page.goto(path)
                if page.evaluate(STRANGE):
                    seen.append(path)
    assert seen == []
