"""Two conferences, each with all there is: whoever works for the one finds, sees and changes nothing of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

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
# What is another one each time a page is asked for; and one page is nothing but that.
_FRESH = re.compile(
    rb'(?<=csrfmiddlewaretoken" value=")\w+|(?<="X-CSRFToken": ")\w+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)


class Two:
    def __init__(self) -> None:
        self.here, self.there = World(), World()


@pytest.fixture(scope="module")
def shared_two(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Two]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Two()
        transaction.set_rollback(True)


@pytest.fixture
def two(shared_two: Two, clean_cache: None) -> Two:
    return shared_two


def each(rows: list[Row]):
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def test_pages_stay_as_they_are_whatever_another_conference_has(two):
    before = {row.name: _page(two.here, row) for row in PAGES}
    third = World()
    factories.order(conference=third.conference, total="7.00", status=OrderStatus.PENDING, approval=Approval.ASKED)
    after = {row.name: _page(two.here, row) for row in PAGES}
    assert [name for name in before if before[name] != after[name]] == []


def _page(world: World, row: Row) -> bytes:
    return _FRESH.sub(b"", ask(world, "organiser", "GET", row.path.format(**world.values)).getvalue())


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


def _answer(world: World, method: str, path: str) -> tuple[int, str, list[str], bytes]:
    """With what it wrote."""
    with CaptureQueriesContext(connection) as queries:
        response = ask(world, "organiser", method, path)
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    content = _FRESH.sub(b"", response.getvalue())
    return response.status_code, response.get("Location", ""), written, content
