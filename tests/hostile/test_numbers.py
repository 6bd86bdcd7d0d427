"""Numbers that no column of the database can hold, in every address, filter and field of a form: what they name is not
there, or they are an error of the field, and never an error page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from registration.order.models_invoice import InvoiceCounter
from tests.access_table import ROWS
from tests.access_world import World
from tests.admin.conftest import no_list_of_models  # noqa: F401 -- a fixture
from tests.hostile.test_stored_text import look_at, pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("presses_that_remember")]

HUGE = "9" * 23
# Of more digits than `int` reads.
ENDLESS = "9" * 5000
# Sent by a script, or beside what a page shows.
UNSEEN = {
    "checkin": ["checkpoint"],
    "checkin-scan": ["checkpoint", "scan_id", "code"],
    "checkin-search": ["checkpoint", "q"],
    "checkin-group": ["checkpoint", "scan_id"],
    "checkin-pay": ["checkpoint", "scan_id", "amount"],
    "checkin-walk-in": ["checkpoint", "scan_id", "ticket", "amount"],
    "checkin-roster": ["checkpoint", "cursor"],
    "badge-print": ["attendee", "format"],
    "badges": ["pk", "part", "show"],
    "badges-sheets": ["pk", "part"],
    "attendees": ["pk", "page", "ticket"],
    "mailing-write": ["mails", "pk"],
    **{name: ["page"] for name in ("staff-orders", "invitations", "waiting-list", "mailings", "settings-vouchers")},
}


@dataclass
class Form:
    """One of a page, or a link with a query; `fields` as a browser would send them."""

    role: str
    method: str
    path: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def status(self, world: World, name: str = "", number: str = "") -> int:
        """Of the answer, with `number` in the fields of this name. What changes is taken back."""
        sent = defaultdict(list)
        for key, value in self.fields:
            sent[key].append(number if key == name else value)
        client = world.client(self.role)
        client.raise_request_exception = False
        with transaction.atomic():
            response = getattr(client, self.method)(self.path, sent)
            transaction.set_rollback(True)
        return response.status_code


class Forms(HTMLParser):
    def __init__(self, role: str, path: str) -> None:
        super().__init__()
        self._role, self._path = role, path
        self.found: list[Form] = []
        self._form = Form(role, "get", path)
        self._named: dict[str, Form] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "form":
            self._form = self._add(said.get("method", "get").lower(), said.get("action", ""))
            self._named[said.get("id", "")] = self._form
        elif tag == "a" and "?" in said.get("href", ""):
            self._add("get", said["href"])
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in said or all(known != self._select for known, _value in self._form.fields):
                self._form.fields.append((self._select, value))
        elif tag in {"input", "textarea", "button"} and name and name != "csrfmiddlewaretoken":
            self._named.get(said.get("form", ""), self._form).fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def _add(self, method: str, address: str) -> Form:
        parts = urlsplit(urljoin(self._path, address))
        self.found.append(Form(self._role, method, parts.path, parse_qsl(parts.query) if method == "get" else []))
        return self.found[-1]


def forms_on(world: World, looked_at: Iterator[tuple[str, str]]) -> list[Form]:
    """Each once, however many pages have it. A page of the door is one for all tablets, so its role is no matter."""
    found: dict[object, Form] = {}
    for role, path in looked_at:
        reader = Forms(role, path)
        reader.feed(look_at(world.client(role), path))
        for form in reader.found:
            if not urlsplit(form.path).netloc:
                found.setdefault((form.method, form.path, frozenset(name for name, _ in form.fields)), form)
    return list(found.values())


def error_pages(world: World, forms: list[Form], number: str) -> tuple[int, list[tuple[str, str, str]]]:
    """How many fields were tried, and which of them ended in one."""
    tried = [(form, name) for form in forms for name in dict.fromkeys(name for name, _ in form.fields)]
    return len(tried), [
        (form.method, form.path, name) for form, name in tried if form.status(world, name, number) >= 500
    ]


@pytest.mark.both_databases
def test_address_with_a_number_beyond_all_is_not_there():
    world = World()
    beyond = {key: HUGE if isinstance(value, int) else value for key, value in world.values.items()}
    found = {}
    for row in ROWS:
        path = row.path.format(**beyond)
        if path != row.path.format(**world.values):
            found |= {(method, path): Form("superuser", method, path).status(world) for method in ("get", "post")}
    # Parts of pages that are asked for what is not there come empty.
    assert set(found.values()) <= {200, 404, 405, 422}, found
    assert len(found) > 60


@pytest.mark.both_databases
def test_what_scripts_send_of_a_number_beyond_all_is_refused():
    _refused_to_scripts(HUGE)


def test_what_scripts_send_of_more_digits_than_are_read_is_refused():
    """By Python, so that no database is asked for such a number."""
    _refused_to_scripts(ENDLESS)


def _refused_to_scripts(number: str) -> None:
    world = World()
    paths = {row.name: row.path.format(**world.values) for row in ROWS}
    forms = [
        Form("superuser", method, paths[name], [(field, "") for field in fields])
        for name, fields in UNSEEN.items()
        for method in ("get", "post")
    ]
    tried, wrong = error_pages(world, forms, number)
    assert (wrong, tried > 50) == ([], True)


def test_field_of_any_form_refuses_a_number_beyond_all():
    _sweep(HUGE)


@pytest.mark.hostile
@pytest.mark.both_databases
@pytest.mark.parametrize("number", [HUGE, str(2**63), "-" + HUGE])
def test_field_of_any_form_refuses_it_on_both_databases(number):
    _sweep(number)


def _sweep(number: str) -> None:
    world = World()
    InvoiceCounter.objects.create(conference=world.conference, last=world.invoice.number)
    tried, wrong = error_pages(world, forms_on(world, pages(world)), number)
    assert (wrong, tried > 250) == ([], True)


@pytest.mark.both_databases
@pytest.mark.usefixtures("no_list_of_models")
def test_row_beyond_all_is_none_that_an_action_of_admin_takes():
    world = World()
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    actions = [form for form in forms_on(world, (("superuser", path) for path in lists)) if form.method == "post"]
    # As they stand, and with an action chosen: else nobody asks for the row.
    chosen = [
        replace(form, fields=[(name, action if name == "action" else value) for name, value in form.fields])
        for form in actions
        for action in ("", "delete_selected", "try_again")
    ]
    tried, wrong = error_pages(world, chosen, HUGE)
    assert (wrong, tried > 60) == ([], True)
