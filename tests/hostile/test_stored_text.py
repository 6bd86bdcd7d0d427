"""W1 of the hostile cases: whatever is stored in any text field stays text, on every page, in mails and in the admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import CharField, EmailField, Model, SlugField, TextField, URLField
from django.test import Client
from django.urls import reverse

from registration.mail.outbox import queue_mail
from tests.access_table import ROWS
from tests.access_world import World
from tests.admin.conftest import make_rows, no_list_of_models  # noqa: F401 -- fixtures

# Each would make a tag or an attribute whose name begins with `w1`, or runs something, if a page let it.
PAYLOADS = [
    "<w1>",
    "</title><w1>",
    "</script><w1>",
    "</textarea><w1>",
    "</style><w1>",
    "--><w1>",
    "]]><w1>",
    '"><w1>',
    "'><w1>",
    '" w1="',
    "' w1='",
    " w1=1 ",
    "<img src=w1 onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<script>alert(1)</script>",
    "<a href=javascript:alert(1)>w1</a>",
    '" onfocus=alert(1) autofocus w1="',
    '"><b hx-get=/w1 hx-trigger=load>',
    "<b data-hx-on:click=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=//w1.example>",
    "<style>@import '//w1.example'</style>",
    "{{ 7|add:1 }}{% load w1 %}<w1>",
    "&lt;w1&gt;<w1>",
    "\u202e<w1>\u2028<w1>",
]
# Ours, never typed by anybody, or looked at before they are kept (and a `javascript:` address is none).
NOT_TYPED = {
    "access_code", "reference", "secret", "timezone", "currency", "accent", "entry_key", "kind", "method", "verdict",
    "device_verdict", "username", "password", "session_key", "kiosk_pin", "pairing_digest", "digest", "request_id",
}  # fmt: skip


def typed_fields() -> Iterator[tuple[type[Model], str, int]]:
    """Every text field of our models that a person can fill, with its length."""
    for name in ("conferences", "registration"):
        for model in apps.get_app_config(name).get_models():
            for field in model._meta.concrete_fields:
                is_text = isinstance(field, (CharField, TextField)) and not field.choices
                is_checked = isinstance(field, (EmailField, SlugField, URLField)) or field.name in NOT_TYPED
                if is_text and not is_checked and "digest" not in field.name:
                    yield model, field.name, field.max_length or 10_000


def fill(shift: int) -> int:
    """Put a payload into every such field of every row, the next one into the next; how many were filled."""
    numbers = count(shift)
    filled = 0
    for model, name, length in typed_fields():
        for row in model._default_manager.all():
            # What is unique stays so, by the row's key.
            text = f"{PAYLOADS[next(numbers) % len(PAYLOADS)]}{row.pk}"
            if len(text) <= length:
                filled += model._default_manager.filter(pk=row.pk).update(**{name: text})
    return filled


class Foreign(HTMLParser):
    """Collects what no template of ours has written."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in [(tag, ""), *attrs]:
            runs = name.startswith(("w1", "on", "hx-on", "data-hx")) or name in {"srcdoc", "base"}
            leads = name in {"src", "href", "action", "hx-get", "hx-post"} and re.match(
                r"\s*(javascript:|/?/?w1)", value or "", re.IGNORECASE
            )
            if runs or leads:
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.lasttag in {"script", "style"} and re.search(r"alert\(1\)|w1", data):
            self.found.append(f"{self.lasttag}: {data}")


def foreign(html: str) -> list[str]:
    parser = Foreign()
    parser.feed(html)
    return parser.found


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Role and address of every page of the table, by somebody who may see it; a mail is looked at by itself."""
    for row in (row for row in ROWS if row.name != "outbox-html"):
        for role in ("superuser", "holder", "desk_tablet", "kiosk_tablet", "anonymous"):
            if row.expected("GET")[role] == 200:
                yield role, row.path.format(**world.values)
                break
    for path in ("delete/", "2fa/totp/activate/", "2fa/webauthn/add/"):  # where the table has the question before them
        yield "proved", f"/accounts/{path}"
    yield "superuser", f"/staff/{world.conference.slug}/checkin/search/?q=w1"
    yield "superuser", f"/staff/{world.conference.slug}/attendees/?q=w1"


def admin_pages() -> Iterator[str]:
    for model in admin.site._registry:
        where = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{where}_changelist")
        if row := model._default_manager.order_by("-pk").first():
            yield reverse(f"{where}_change", args=[row.pk])


def look_at(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
    return response.content.decode() if is_page else ""


@pytest.mark.django_db
@pytest.mark.usefixtures("presses_that_remember", "no_list_of_models")
@pytest.mark.parametrize("shift", [0, *(pytest.param(n, marks=pytest.mark.hostile) for n in range(1, len(PAYLOADS)))])
def test_text_of_any_field_is_text_on_every_page(make_rows, shift):  # noqa: F811
    world = World()
    make_rows()
    assert fill(shift) > 100
    mail = queue_mail(
        template="ticket",
        to="somebody@example.org",
        context={"attendee": world.order.attendees.first(), "conference": world.order.conference},
    )
    looked = 0
    for role, path in [*pages(world), *(("superuser", path) for path in admin_pages())]:
        html = look_at(world.client(role), path)
        assert (path, foreign(html)) == (path, [])
        looked += "w1" in html
    assert looked > 30, "the pages do not show what was stored"
    assert foreign(mail.html_message) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_control_text_that_is_not_escaped_is_found(payload):
    contexts = ("<p>{}</p>", '<p title="{}">', "<p title='{}'>", "<p {}>", "<title>{}</title>", "<!-- {} -->")
    assert any(foreign(context.format(payload)) for context in contexts)
