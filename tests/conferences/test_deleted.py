"""Somebody saves a page of what another organiser has deleted meanwhile."""

from __future__ import annotations

import functools

import pytest
from django.db import connection
from django.db.models import Model

from conferences.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("make", "pages", "label", "field"),
    [
        (factories.ticket_type, "tickets", "Name", "name"),
        (factories.add_on, "add-ons", "Name", "name"),
        (factories.voucher, "vouchers", "Code", "code"),
        (factories.discount, "discounts", "Name", "name"),
        (factories.checkpoint, "checkpoints", "Name", "name"),
    ],
)
def test_page_of_what_was_deleted_says_so_keeps_what_was_written_and_leads_back(
    client_as, conference, make, pages, label, field
):
    client, back = client_as(Role.ORGANISER), f"/staff/{conference.slug}/settings/{pages}/"
    found = make(conference=conference)
    address = f"{back}{found.pk}/"
    assert client.get(address).status_code == 200
    found.delete()
    saved = client.post(address, {field: "<Harbour>"})
    text = saved.content.decode()
    assert (saved.status_code, f'href="{back}"' in text) == (404, True)
    assert "Somebody deleted it after you opened the page. Nothing was changed now." in text
    assert f'<dt>{label}</dt><dd class="pre-line"><bdi>&lt;Harbour&gt;</bdi></dd>' in text
    opened = client.get(address).content.decode()
    assert ("or the link is wrong" in opened, "What you wrote" in opened, f'href="{back}"' in opened) == (
        True, False, True,
    )  # fmt: skip
    assert "after you opened the page" in client.post(f"{address}delete/").content.decode()


# --- In the moment between fetching it and saving it ------------------------------------------------------------------
class Deletes:
    """Deletes `record` before the query that comes after it was first fetched."""

    def __init__(self, record: Model) -> None:
        self.rows = type(record)._default_manager.filter(pk=record.pk)
        self.fetches = f'FROM "{record._meta.db_table}"'
        self.is_fetched = self.is_deleted = False

    def __call__(self, execute, sql, params, many, context):
        if self.is_fetched and not self.is_deleted:
            self.is_deleted = True
            self.rows.delete()
        self.is_fetched = self.is_fetched or (sql.startswith("SELECT") and self.fetches in sql)
        return execute(sql, params, many, context)


def sent(client, address, record, data):
    deletes = Deletes(record)
    with connection.execute_wrapper(deletes):
        response = client.post(address, data)
    assert deletes.is_deleted
    return response.status_code, response.content.decode()


MADE = {
    "tickets": factories.ticket_type,
    "add-ons": factories.add_on,
    "vouchers": factories.voucher,
    "discounts": factories.discount,
    "checkpoints": factories.checkpoint,
    "tablets": factories.tablet,
    "staff": functools.partial(factories.staff, role=Role.DOOR),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("pages", "action", "data"),
    [
        ("tickets", "", {"name": "<Harbour>"}),
        ("tickets", "move/", {"up": ""}),
        ("tickets", "sale/", {"on": ""}),
        ("add-ons", "", {"name": "<Harbour>"}),
        ("add-ons", "move/", {}),
        ("add-ons", "sale/", {}),
        ("vouchers", "", {"code": "<Harbour>"}),
        ("discounts", "", {"name": "<Harbour>"}),
        ("checkpoints", "", {"name": "<Harbour>"}),
        ("checkpoints", "rehearsal/", {"start": ""}),
        ("checkpoints", "rehearsal/", {}),
        ("tablets", "", {"name": "<Harbour>"}),
        ("tablets", "", {"name": ""}),
        ("tablets", "pair/", {}),
        ("tablets", "kiosk/", {"pin": "2468"}),
        ("tablets", "kiosk/", {"off": ""}),
        ("staff", "role/", {"role": "desk"}),
    ],
)
def test_what_is_deleted_in_that_moment_is_told(client_as, conference, pages, action, data):
    client, back = client_as(Role.ORGANISER), f"/staff/{conference.slug}/settings/{pages}/"
    record = MADE[pages](conference=conference)
    address = f"{back}{record.pk}/{action}"
    shown = {} if action or not data["name" if "name" in data else "code"] else fields_of(client.get(address))
    status, text = sent(client, address, record, shown | data)
    assert (status, "Somebody deleted it after you opened the page. Nothing was changed now." in text) == (404, True)
    assert f'href="{back}"' in text
    assert ("&lt;Harbour&gt;" in text) == ("<Harbour>" in data.values())


@pytest.mark.both_databases
def test_what_is_deleted_in_that_moment_by_two_is_deleted_once(client_as, conference):
    client = client_as(Role.ORGANISER)
    for pages in ("tickets", "vouchers", "discounts", "checkpoints", "tablets", "staff"):
        record, end = MADE[pages](conference=conference), "remove/" if pages == "staff" else "delete/"
        status, _text = sent(client, f"/staff/{conference.slug}/settings/{pages}/{record.pk}/{end}", record, {})
        assert (pages, status) == (pages, 302)


def fields_of(response):
    """What the form of a page sends."""
    assert response.status_code == 200
    form = response.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value is not False and value not in (None, "")}
