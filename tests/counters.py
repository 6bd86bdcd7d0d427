"""Every test ends with a recount: what the counters say of places, pieces, uses and of who waits is what is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from conferences.models import Conference
from conferences.prepared import Prepared
from registration.order.recount import Miscount, recount_places
from registration.waiting.recount import recount_waiting

FALSIFIED = "counters_falsified"
_CONFERENCES = Prepared(Conference.objects.all)


@pytest.fixture(autouse=True)
def every_counter_agrees(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of the test's database, before it is rolled back or emptied. A server of its own is looked at by `start_server`."""
    is_used = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames)
    if is_used:
        request.getfixturevalue("db")
    yield
    # A transaction that was broken on purpose has nothing to say.
    if is_used and not connection.needs_rollback:
        prove_counters(request)


def prove_counters(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker(FALSIFIED):
        return
    if wrong := miscounts():
        pytest.fail(f"the counters disagree: {wrong}", pytrace=False)


def miscounts() -> list[Miscount]:
    return [
        miscount
        for conference in _CONFERENCES.all()
        for miscount in (*recount_places(conference=conference), *recount_waiting(conference=conference))
    ]
