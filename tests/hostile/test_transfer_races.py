"""C7 of the hostile cases: a ticket is given away while it is scanned. Either its holder is in and keeps it, or the old
code is refused; never both. With a control that must fail.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from django.utils import timezone

from registration.changes.transfer import transfer_ticket
from registration.errors import RegistrationError
from tests import factories
from tests.hostile.test_checkin_races import FULL, PAUSED, UNPROTECTED, Door, admissions, verdict, wait
from tests.server import together

pytestmark = [pytest.mark.both_databases]


def race(door: Door, times: int) -> tuple[Counter[tuple[str, str]], int]:
    """The verdict of each scan with what became of the transfer, and how many tickets were admitted and given away."""
    outcomes: Counter[tuple[str, str]] = Counter()
    both = 0
    for number in range(times):
        seat = factories.order(conference=door.conference).attendees.get()
        old, pause = seat.access_code, random.Random(number).uniform(0, 0.02)

        def give(seat=seat, old=old, pause=pause) -> str:
            wait(pause)
            try:
                transfer_ticket(
                    attendee=seat, code=old, name="Grace", email="grace@example.org", by=seat.user, now=timezone.now()
                )
            except RegistrationError as refusal:
                return refusal.code
            return "given"

        calls: list[Callable[[], object]] = [lambda old=old: door.scan(door.tablets[0], old), give]
        answer, became = together(calls)
        outcomes[verdict(answer), str(became)] += 1
        both += became == "given" and admissions(seat) > 0
        if became == "given":
            assert verdict(door.scan(door.tablets[0], old)) == "replaced"
    return outcomes, both


@pytest.mark.parametrize("times", [10, pytest.param(200, marks=FULL)], ids=["reduced", "full"])
def test_ticket_is_admitted_or_given_away_never_both(start_server, times):
    door = Door.open(start_server(hook=PAUSED), 1)
    outcomes, both = race(door, times)

    assert both == 0
    assert set(outcomes) <= {("admitted", "admitted"), ("replaced", "given")}


def test_control_without_lock_a_ticket_that_is_admitted_is_given_away(start_server):
    door = Door.open(start_server(hook=UNPROTECTED), 1)
    _outcomes, both = race(door, 20)

    assert both >= 1
