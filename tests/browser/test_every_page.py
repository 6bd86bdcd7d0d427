"""Every page of the table of access in a browser, with strange text in all that people type (W1 of the hostile cases;
`tests/hostile/test_stored_text.py` looks at every text). Nothing of it runs, axe finds nothing, and none is wider than a
phone. And what is no row of that table: a fresh site, and errors.
"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.shortcuts import render
from django.test import RequestFactory
from playwright.sync_api import Dialog, Route

from config import errors
from tests import factories
from tests.access_world import World
from tests.browser.conftest import AT_HOME, faults
from tests.hostile.test_stored_text import fill, look_at, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGE = "document.querySelector('w1, [w1], [hx-get^=\"/w1\"], [onfocus], base') !== null"


# So that they can be shared out: one after the other they would be the longest test of all.
PARTS = 4


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_runs_what_was_typed_and_axe_finds_nothing_on_any(open_page, part):
    """What the policy would have to refuse is told on the console, and fails the test too (`open_page`)."""
    world = World()
    fill(0)
    seen: list[object] = []

    def asked(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    looked_at = list(pages(world))[part::PARTS]
    for role in ("superuser", "holder", "proved", "anonymous"):
        page = open_page("/", user=getattr(world, role, None), size="phone")
        if role == "proved":
            page.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": world.cookies[role], "url": page.url}]
            )
        page.on("dialog", asked)
        for path in [path for one, path in looked_at if one == role]:
            if html := look_at(world.client(role), path):
                page.goto(path)
                assert role != "proved" or page.url.endswith(path)
                if page.evaluate(STRANGE):
                    seen.append(path)
                if html.startswith("<!doctype html>"):  # no part of a page, which htmx puts into one
                    # The others have tests of their own, with what people do there, at each size.
                    sizes = AT_HOME if path.startswith("/accounts/") else ["phone"]
                    seen += [(path, fault) for fault in faults(page, sizes)]
    assert not seen, "\n".join(map(str, seen))


def test_fresh_site_and_errors_are_fine(open_page):
    page = open_page("/")
    assert ("nobody", faults(page, AT_HOME)) == ("nobody", [])
    factories.superuser()
    page.reload()
    assert ("no conference", faults(page, AT_HOME)) == ("no conference", [])

    answers = {f"/error/{answer.status_code}/": answer for answer in error_pages()}

    def fulfill(route: Route) -> None:
        # As 200, since a 500 would be a complaint of the page.
        route.fulfill(status=200, content_type="text/html", body=answers[route.request.url.removeprefix(base)].content)

    base = page.url.rstrip("/")
    page.route("**/error/**", fulfill)
    for path in answers:
        page.goto(path)
        assert (path, faults(page, AT_HOME)) == (path, [])
    assert set(answers) == {f"/error/{status}/" for status in (400, 403, 404, 413, 429, 500, 503)}


def error_pages() -> list[HttpResponse]:
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), {}
    return [
        errors.bad_request(request),
        errors.permission_denied(request),
        errors.not_found(request),
        errors.too_large(request),
        render(request, "429.html", status=429),
        errors.server_error(request),
        errors.database_away(request),
    ]
