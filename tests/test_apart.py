"""Two conferences, each with all there is: whoever works for the one finds, sees and changes nothing of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from registration.order.models import Approval, OrderStatus
from tests import factories
from tests.access_table import ROWS, Row
from tests.access_world import World, ask

pytestmark = pytest.mark.django_db

ROWS_WITHIN = [row for row in ROWS if row.path.startswith(("/staff/{slug}/", "/conferences/{slug}/"))]
# Of a logo the address says what it shows: where two conferences have the same one, each has it.
NAMING = [row for row in ROWS_WITHIN if row.path.count("{") > 1 and "{logo}" not in row.path]
PAGES = [
    row
    for row in ROWS_WITHIN
    if row.path.count("{") == 1 and row.expected("GET")["organiser"] == 200 and row.name != "checkin-token"
]
# What somebody of the staff sends, which field of it names something, and what is answered where that is nothing.
_ID = "00000000-0000-4000-8000-000000000001"
_SCAN = {"code": "{code}", "scan_id": _ID, "checkpoint": "{checkpoint}"}
_WALK_IN = {"ticket": "{ticket_type}:25.00", "name": "Ada", "paid_by": "cash", "scan_id": _ID}
_LABEL = {"format": "62x100", "request_id": _ID}
SENT = [
    ("checkin/scan/", _SCAN, "checkpoint", 422),
    ("checkin/group/", _SCAN, "checkpoint", 422),
    ("checkin/walk-in/", _WALK_IN, "ticket", 422),
    ("checkin/correct/", {"code": "{code}", "name": "Ada"}, "code", 404),
    ("badges/print/", _LABEL | {"attendee": "{attendee}"}, "attendee", 404),
    ("badges/print/", _LABEL | {"scan": "{conflict}"}, "scan", 422),
    ("badges/print/", _LABEL | {"scan": "{conflict}", "automatic": "on"}, "scan", 422),
    ("badges/sheets/", {"pk": "{attendee}", "request_id": _ID}, "pk", 422),
]
# What is another one each time a page is asked for; and one page is nothing but that.
_FRESH = re.compile(
    rb'(?<=csrfmiddlewaretoken" value=")\w+|(?<="X-CSRFToken": ")\w+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)


class Two:
    def __init__(self) -> None:
        self.here, self.there = World(), World()
        self.pages: dict[str, Any] = {}


@pytest.fixture(scope="module")
def shared_two(for_this_file: None) -> Two:
    return Two()


@pytest.fixture
def two(shared_two: Two, presses_that_remember: None, clean_cache: None) -> Two:
    return shared_two


@pytest.fixture
def pages(two: Two) -> dict[str, Any]:
    """Asked for once."""
    if not two.pages:
        two.pages = {row.name: _page(two.here, row) for row in PAGES}
    return two.pages


def each(rows: list[Row]):
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def test_pages_stay_as_they_are_whatever_another_conference_has(two, pages):
    third = World()
    factories.order(conference=third.conference, total="7.00", status=OrderStatus.PENDING, approval=Approval.ASKED)
    after = {row.name: _page(two.here, row) for row in PAGES}
    assert [name for name in after if _shown(pages[name]) != _shown(after[name])] == []


def _page(world: World, row: Row) -> Any:
    return ask(world, "organiser", "GET", row.path.format(**world.values))


def _shown(response: Any) -> bytes:
    return _FRESH.sub(b"", response.getvalue())


def test_no_form_lets_anything_of_another_conference_be_chosen(two, pages):
    (refunds,) = (row for row in NAMING if row.name == "staff-order-refund")
    chosen_from = set()
    for response in (*pages.values(), ask(two.here, "organiser", "GET", refunds.path.format(**two.here.values))):
        for form in _forms_on(response):
            for name, field in form.fields.items():
                # Whoever runs the site makes groups, for all conferences.
                if not isinstance(field, forms.ModelChoiceField) or field.queryset.model is Group:
                    continue
                theirs = field.queryset.model.objects.filter(conference=two.there.conference)
                assert [_may_be_chosen(each, field) for each in (field.queryset[0], theirs[0])] == [True, False]
                chosen_from.add(f"{type(form).__name__}.{name}")
    assert chosen_from == {
        "AddOnForm.ticket_types", "CheckpointForm.add_ons", "CheckpointForm.ticket_types", "ChooseForm.ticket",
        "DiscountForm.add_on", "DiscountForm.ticket_types", "FilterForm.ticket", "InviteForm.ticket_type",
        "RefundForm.seats", "TabletForm.checkpoint", "VoucherForm.add_ons", "VoucherForm.ticket_types",
        "VouchersForm.add_ons", "VouchersForm.ticket_types",
    }  # fmt: skip


def _may_be_chosen(row: Model, field: forms.ModelChoiceField) -> bool:
    try:
        field.clean([row.pk] if isinstance(field, forms.ModelMultipleChoiceField) else row.pk)
    except ValidationError:
        return False
    return True


def _forms_on(response: Any) -> Iterator[forms.BaseForm]:
    for layer in response.context or ():
        for values in layer.dicts if hasattr(layer, "dicts") else [layer]:
            yield from (value for value in values.values() if isinstance(value, forms.BaseForm))


@each(NAMING)
def test_what_another_conference_has_is_as_if_it_were_not_there(two, row):
    """Its ids, one at a time, in the address of one's own conference: the answer is that to an id of nothing."""
    for name in re.findall(r"{(\w+)}", row.path.removeprefix("/staff/{slug}").removeprefix("/conferences/{slug}")):
        if two.there.values[name] == two.here.values[name]:  # an invoice's number
            continue
        for method in ("GET", "POST"):
            theirs, nothing = (
                _answer(two.here, method, row.path.format(**two.here.values | {name: values[name]}))
                for values in (two.there.values, two.there.nothing)
            )
            assert theirs == nothing, (method, name)


@pytest.mark.parametrize(
    ("path", "data", "field", "status"), SENT, ids=[f"{path} {field}" for path, _, field, _ in SENT]
)
def test_what_is_sent_names_nothing_of_another_conference(two, path, data, field, status):
    """What it names here is taken; there, it is nothing, and nothing is written."""

    def sent(named: dict[str, object]) -> tuple[int, list[str]]:
        filled = {name: value.format(**(named if name == field else two.here.values)) for name, value in data.items()}
        return _answer(two.here, "POST", f"/staff/{{slug}}/{path}".format(**two.here.values), data=filled)[::2][:2]

    assert sent(two.here.values)[0] in {200, 302}
    assert sent(two.there.values) == sent(two.there.nothing) == (status, [])


def _answer(world: World, method: str, path: str, **options: Any) -> tuple[int, str, list[str], bytes]:
    """With what it wrote."""
    with CaptureQueriesContext(connection) as queries:
        response = ask(world, "organiser", method, path, **options)
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    return response.status_code, response.get("Location", ""), written, _shown(response)
