"""C3 and C5 of the hostile cases: processes that die between commit and reply, and many writers at once."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
import uuid
from collections import Counter

import pytest

from registration.checkin.models import Scan, Verdict
from tests import factories
from tests.hostile.test_checkin_races import FULL, Door, verdict
from tests.server import Answer, Client, together

both_databases = pytest.mark.both_databases


def scan_until_answered(door: Door, tablet: Client, code: str, scan_id: str) -> Answer:
    """As the page does: the same id again, until the server has answered. Gives up after a minute without a server."""
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = door.scan(tablet, code, scan_id)
            if answer.status == 200:
                return answer
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() < deadline, "no answer in a minute"
        threading.Event().wait(0.02)


@both_databases
@pytest.mark.parametrize(
    ("tickets", "tablets", "workers", "kill_every"),
    [(12, 4, 2, 10), pytest.param(400, 8, 4, 60, marks=FULL)],
    ids=["reduced", "full"],
)
def test_killed_processes_lose_no_scan_and_admit_nobody_twice(start_server, tickets, tablets, workers, kill_every):
    """Every ticket is scanned at two tablets; of 100 commits 3 end their process, and now and then a process is killed."""
    door = Door.open(start_server(workers=workers, hook="tests.hooks:die_after_commit"), tablets)
    seats = [factories.attendee(conference=door.conference) for _ in range(tickets)]
    answered: list[tuple[str, str, str]] = []
    count = itertools.count(1)

    def work(number: int) -> None:
        # Neighbours share their tickets, in the same order, so that they race for each.
        for seat in seats[number // 2 :: tablets // 2]:
            scan_id = str(uuid.uuid4())
            answer = scan_until_answered(door, door.tablets[number], seat.access_code, scan_id)
            answered.append((scan_id, seat.access_code, verdict(answer)))
            if next(count) % kill_every == 0:
                door.server.kill_worker()

    together([lambda number=number: work(number) for number in range(tablets)])

    stored = {str(scan.pk): scan.verdict for scan in Scan.objects.all()}
    assert {scan_id: said for scan_id, _code, said in answered} == stored
    admitted = Counter(code for _scan_id, code, said in answered if said == Verdict.ADMITTED)
    assert admitted == Counter({seat.access_code: 1 for seat in seats})
    assert Scan.objects.live_admissions().count() == tickets
    assert door.server.log.count("Booting worker") > workers


@both_databases
@pytest.mark.parametrize(
    ("hook", "told", "rows"),
    [("die_after_the_first_scan", "admitted", 1), ("die_after_the_first_scan_and_forget_ids", "already_admitted", 2)],
    ids=["scan", "control without the scan's id"],
)
def test_scan_whose_process_died_is_answered_as_if_nothing_had_happened(start_server, hook, told, rows):
    door = Door.open(start_server(workers=1, hook=f"tests.hooks_scans:{hook}"), 1)
    seat = factories.attendee(conference=door.conference)
    answer = scan_until_answered(door, door.tablets[0], seat.access_code, str(uuid.uuid4()))

    assert (verdict(answer), seat.scans.count()) == (told, rows)
    assert door.server.log.count("Booting worker") == 2


def scan_at_once(door: Door, scans: int) -> tuple[Counter[str], list[float]]:
    """What each tablet is told of `scans` tickets of its own, and how long each took."""
    codes = [[factories.attendee(conference=door.conference).access_code for _ in range(scans)] for _ in door.tablets]
    took: list[float] = []

    def work(number: int) -> list[str]:
        said = []
        for code in codes[number]:
            begin = time.monotonic()
            said.append(verdict(door.scan(door.tablets[number], code)))
            took.append(time.monotonic() - begin)
        return said

    answers = together([lambda number=number: work(number) for number in range(len(door.tablets))])
    return Counter(itertools.chain(*answers)), took


@both_databases
@pytest.mark.parametrize(
    ("scans", "tablets", "slowest"),
    [(5, 8, None), pytest.param(60, 8, 3, marks=FULL), pytest.param(60, 32, 3, marks=FULL)],
    ids=["reduced", "8 writers", "32 writers"],
)
def test_many_writers_are_all_answered(start_server, scans, tablets, slowest):
    door = Door.open(start_server(workers=4), tablets)
    said, took = scan_at_once(door, scans)

    assert said == {"admitted": scans * tablets}
    assert "locked" not in door.server.log
    if slowest:
        # The case's own figure, for its full size alone.
        assert sorted(took)[int(len(took) * 0.99)] < slowest


def test_control_many_writers_that_take_the_lock_late_are_not_all_answered(start_server):
    """Of SQLite, which has one lock; of others a writer has to wait for nobody but its own row."""
    hook = "tests.hooks_scans:take_the_write_lock_late"
    door = Door.open(start_server(database="sqlite", workers=2, hook=hook), 8)
    said, _took = scan_at_once(door, 5)

    assert said["admitted"] < 5 * 8
    assert said["not_saved"] == 5 * 8 - said["admitted"]
