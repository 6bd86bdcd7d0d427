"""Every URL, by every role, by GET and POST (`tests/access_table.py`); and what follows from that table."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.errors import JSON_ADDRESSES
from tests.access_table import ROLES, ROWS, TABLETS
from tests.access_world import Answer, answer, ask

pytestmark = pytest.mark.django_db

# As the QR code holds it, in capitals; it has no name because no page links to it.
TICKET_LINK = r"^[tT]/(?P<code>[^/]+)/?$"
# Pages that need no sign-in. Everything else answers 302 to who is not signed in.
PUBLIC = {
    "home",
    "conference",
    "conference-accent",
    "conference-logo",
    "conference-logo-square",
    "conference-places",
    "healthz",
    "outbox",
    "outbox-html",
    "register",
    "register-choose",
    "admin:login",
    "invitation",  # by a signed token that was mailed
    "ticket-manifest",
    "ticket-worker",
    "ticket-link",
    "ticket-lost",
    TICKET_LINK,
    "checkin-pair",
    "stripe-events",
}
# Not public: they ask `registration.checkin.access` themselves, because a paired tablet is nobody who is signed in.
STAFF_OR_TABLET = {
    "checkin", "checkin-scan", "checkin-undo", "checkin-search", "checkin-count", "checkin-roster", "checkin-sync",
    "checkin-token", "checkin-group", "checkin-pay", "checkin-walk-in", "checkin-correct", "checkin-who", "checkin-kiosk", "checkin-alive",
    "checkin-shell", "checkin-kiosk-shell", "checkin-worker", "checkin-conflicts", "checkin-conflict", "checkin-held", "badge-print", "badge-label",
    "badge-image", "badge-sample",
}  # fmt: skip
PUBLIC_ALLAUTH = {
    "account_confirm_login_code", "account_email_verification_sent", "account_inactive", "account_login",
    "account_logout", "account_request_login_code", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_signup", "mfa_authenticate",
    "mfa_login_webauthn",
}  # fmt: skip
# Views that take a change without a CSRF token.
CSRF_EXEMPT = {"stripe-events"}  # signed by Stripe


def all_urls(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Name with namespaces (the route itself where it has none) and pattern of every URL of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern)), entry
        else:
            yield from all_urls(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)


def test_every_url_has_a_row_and_every_row_a_url():
    urls = [name for name, _ in all_urls() if not name.startswith("admin:")]
    assert sorted(urls) == sorted(row.name for row in ROWS)


def test_public_urls_are_these_and_no_others():
    public = {name for name, url in all_urls() if not getattr(url.callback, "login_required", True)}
    assert public == PUBLIC | PUBLIC_ALLAUTH | STAFF_OR_TABLET


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_url_answers_each_role(world, row):
    path = row.path.format(**world.values)
    for method, expected in (("GET", row.get), ("POST", row.post)):
        answers = "  ".join(str(answer(world, role, method, path).status) for role in ROLES)
        assert (method, answers) == (method, expected), f"{path}, by {', '.join(ROLES)}"
        answers_to_tablets = [answer(world, role, method, path).status for role in TABLETS]
        assert answers_to_tablets == [row.expected(method)[role] for role in TABLETS], f"{method} {path}, by tablets"


def test_what_is_somebody_elses_looks_like_what_does_not_exist(world):
    for row in (row for row in ROWS if "{" in row.path):
        for role in (role for role, status in row.expected("GET").items() if status == 404):
            theirs = answer(world, role, "GET", row.path.format(**world.values))
            nothing = answer(world, role, "GET", row.path.format(**world.nothing))
            assert (nothing.status, nothing.content) == (404, theirs.content), (row.name, role)
            assert without_time(theirs) == without_time(nothing), (row.name, role)


def without_time(response: Answer) -> dict[str, str]:
    """Headers, but the one that says now: between two requests a second may end."""
    return {name: value for name, value in response.headers.items() if name != "Expires"}


@pytest.mark.parametrize("role", ROLES + TABLETS)
def test_no_page_links_to_where_its_reader_may_not_go(world, role):
    """Nor to what is not there: every link and form target of every page that the role may see is followed once."""
    pages = dict.fromkeys(row.path.format(**world.values) for row in ROWS if row.expected("GET")[role] == 200)
    found: dict[str, str] = {}
    for page in pages:
        response = answer(world, role, "GET", page)
        assert response.status == 200
        if response.headers["Content-Type"].startswith("text/html"):
            links = re.findall(r'\b(?:href|hx-get)="(/[^"#]*)', response.content.decode())
            found |= {link.replace("&amp;", "&"): page for link in links if not link.startswith("/static/")}
    followed = found.keys() - pages.keys()
    dead = {link: found[link] for link in followed if answer(world, role, "GET", link).status >= 400}
    assert dead == {}


# --- CSRF -------------------------------------------------------------------------------------------------------------
def test_views_exempt_from_csrf_are_these_and_no_others():
    assert {name for name, url in all_urls() if getattr(url.callback, "csrf_exempt", False)} == CSRF_EXEMPT


def test_change_without_token_is_refused(world):
    """However it is dressed up: htmx's header, another site's origin, text in place of a form."""
    client = world.client("superuser", enforce_csrf_checks=True)
    for row in (row for row in ROWS if row.name not in CSRF_EXEMPT):
        for dress in (
            {},
            {"HTTP_HX_REQUEST": "true"},
            {"HTTP_ORIGIN": "https://evil.example"},
            {"data": '{"a": 1}', "content_type": "text/plain"},
            {"data": '{"a": 1}', "content_type": "application/json"},
        ):
            response = client.post(row.path.format(**world.values), **dress)
            said = '"csrf"' if row.name in JSON_ADDRESSES else "open for too long"
            assert (response.status_code, said in response.content.decode()) == (403, True), (row.name, dress)


def test_page_of_a_refused_form_links_to_where_it_was_and_nowhere_else(world):
    client = world.client("holder", enforce_csrf_checks=True)
    links = {
        referrer: f'href="{referrer}"' in client.post("/accounts/", headers={"Referer": referrer}).content.decode()
        for referrer in ("http://testserver/accounts/?x=1", "https://evil.example/accounts/", "javascript:alert(1)", "")
    }
    assert [referrer for referrer, is_linked in links.items() if is_linked] == ["http://testserver/accounts/?x=1"]


# --- Admin ------------------------------------------------------------------------------------------------------------
ADMIN_VALUES = {
    "object_id": 1, "pk": 1, "id": 1, "content_type_id": 1, "app_label": "registration", "content_id": "0" * 32,
}  # fmt: skip


def _admin_paths() -> Iterator[str]:
    for name, url in all_urls():
        if name.startswith("admin:") and url.name and name not in {"admin:login", "admin:logout"}:
            pattern = url.pattern
            keys = [*pattern.converters, *getattr(getattr(pattern, "regex", None), "groupindex", {})]
            yield reverse(name, kwargs={key: ADMIN_VALUES[key] for key in keys})
    yield from ("/admin/nothing/", "/admin/registration/user/1/")


@pytest.mark.parametrize("role", ["anonymous", "holder", "organiser"])
def test_admin_sends_everybody_but_superusers_to_its_login(world, role):
    paths = list(_admin_paths())
    answers = {
        (path, method): ask(world, role, method, path).headers.get("Location", "no redirect")
        for path in paths
        for method in ("GET", "POST")
    }
    assert len(answers) > 100
    assert {location.partition("?")[0] for location in answers.values()} <= {"/admin/login/", "/accounts/login/"}
    # The admin's own login is no side door: it is allauth's, and says no to whoever is signed in already.
    assert ask(world, role, "GET", "/admin/login/").status_code == (302 if role == "anonymous" else 403)
