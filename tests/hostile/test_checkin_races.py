"""C1, C2 and C7 of the hostile cases: many tablets at once on the real server, each with a control that must fail."""

from __future__ import annotations

import itertools
import random
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference, Role
from registration.attendee.models import Attendee
from registration.checkin.models import Checkpoint, Scan
from registration.order.cancellation import cancel_seat
from tests import factories
from tests.server import Answer, Client, Server, together

pytestmark = [pytest.mark.both_databases]

FULL = pytest.mark.hostile
PAUSED = "tests.hooks:pause_before_a_scan_is_written"
UNPROTECTED = "tests.hooks:admit_without_lock"
UNPROTECTED_PIECES = "tests.hooks:hand_out_without_lock"
FORGETFUL = "tests.hooks_scans:forget_ids_of_scans"
WITHOUT_CONSTRAINT = "DROP INDEX one_live_admission"


@dataclass
class Door:
    """A conference, its main entrance and as many tablets as the test needs, on the real server."""

    server: Server
    conference: Conference
    checkpoint: Checkpoint
    tablets: list[Client]

    @classmethod
    def open(cls, server: Server, tablets: int) -> Door:
        conference = factories.conference()
        staff = [
            factories.staff(conference=conference, role=Role.DOOR, user=factories.user(name=f"Door {number}")).user
            for number in range(tablets)
        ]
        main = Checkpoint.objects.main(conference)
        return cls(server, conference, main, [server.client(user) for user in staff])

    def scan(self, tablet: Client, code: str, scan_id: str = "") -> Answer:
        fields = {"code": code, "scan_id": scan_id or str(uuid.uuid4()), "checkpoint": self.checkpoint.pk}
        return tablet.post(reverse("checkin-scan", args=[self.conference.slug]), fields, htmx=True)

    def all_scan(self, code: str, scan_id: str = "") -> list[Answer]:
        return together([lambda tablet=tablet: self.scan(tablet, code, scan_id) for tablet in self.tablets])


def verdict(answer: Answer) -> str:
    found = re.search(r'id="result" data-verdict="(\w+)"', answer.text)
    return found.group(1) if found else f"{answer.status} without a verdict"


def admissions(seat: Attendee) -> int:
    return Scan.objects.live_admissions().filter(attendee=seat).count()


# --- C1: one code at many tablets at once -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("codes", "tablets", "workers"), [(3, 16, 2), pytest.param(100, 32, 4, marks=FULL)], ids=["reduced", "full"]
)
def test_double_scan_admits_once_and_tells_the_others_who_did(start_server, codes, tablets, workers):
    door = Door.open(start_server(workers=workers), tablets)
    for _number in range(codes):
        seat = factories.attendee(conference=door.conference)
        answers = door.all_scan(seat.access_code)

        assert Counter(map(verdict, answers)) == {"admitted": 1, "already_admitted": tablets - 1}
        assert {answer.status for answer in answers} == {200}
        assert (admissions(seat), seat.scans.count()) == (1, tablets)
        first = seat.scans.live_admissions().get()
        seat.refresh_from_db()
        assert seat.checked_in_at == first.effective_at
        local = first.effective_at.astimezone(door.conference.tz)
        told = [f"{local:%H:%M}</time>", door.checkpoint.name, f"<bdi>{first.scanned_by.name}</bdi>"]
        refused = [answer.text for answer in answers if verdict(answer) == "already_admitted"]
        assert all(part in text for text in refused for part in told)


def test_constraint_alone_admits_once(start_server):
    door = Door.open(start_server(hook=UNPROTECTED), 8)
    seat = factories.attendee(conference=door.conference)
    answers = door.all_scan(seat.access_code)

    assert Counter(map(verdict, answers)) == {"admitted": 1, "already_admitted": 7}
    assert admissions(seat) == 1


def test_double_scan_control_without_lock_and_constraint_admits_several(start_server):
    door = Door.open(start_server(hook=UNPROTECTED), 8)
    door.server.execute(WITHOUT_CONSTRAINT)
    # Of a server that has just started one may be first by chance.
    for _ticket in range(10):
        seat = factories.attendee(conference=door.conference)
        answers = door.all_scan(seat.access_code)
        if admissions(seat) >= 2:
            break

    assert Counter(map(verdict, answers))["admitted"] >= 2
    assert admissions(seat) >= 2


# --- C1 where pieces are handed out: as many as were bought -----------------------------------------------------------
def table(server: Server, *, tablets: int, pieces: int) -> tuple[Door, Attendee]:
    door = Door.open(server, tablets)
    add_on = factories.add_on(conference=door.conference)
    door.checkpoint = factories.checkpoint(conference=door.conference, name="Dinner")
    door.checkpoint.add_ons.add(add_on)
    seat = factories.attendee(conference=door.conference)
    factories.pieces(attendee=seat, add_on=add_on, quantity=pieces)
    return door, seat


@pytest.mark.parametrize("hook", ["", UNPROTECTED_PIECES], ids=["lock and constraint", "constraint alone"])
def test_pieces_are_handed_out_as_often_as_they_were_bought(start_server, hook):
    door, seat = table(start_server(workers=2, hook=hook), tablets=8, pieces=3)
    answers = door.all_scan(seat.access_code)

    assert Counter(map(verdict, answers)) == {"admitted": 3, "already_admitted": 5}
    keys = Scan.objects.live_admissions().filter(attendee=seat).values_list("entry_key", flat=True)
    assert sorted(keys) == ["#1", "#2", "#3"]


def test_pieces_control_without_lock_and_constraint_hands_out_more(start_server):
    door, seat = table(start_server(hook=UNPROTECTED_PIECES), tablets=8, pieces=3)
    door.server.execute(WITHOUT_CONSTRAINT)
    answers = door.all_scan(seat.access_code)

    assert Counter(map(verdict, answers))["admitted"] > 3
    assert admissions(seat) > 3


# --- C2: the reply was lost -------------------------------------------------------------------------------------------
def test_same_scan_id_answers_the_same(start_server):
    door = Door.open(start_server(), 8)
    tickets = {
        "admitted": factories.attendee(conference=door.conference).access_code,
        "cancelled": factories.attendee(conference=door.conference, state="cancelled").access_code,
        "unknown": "XX4Q0000",
    }
    for entry, (expected, code) in itertools.product(["once", "unlimited"], tickets.items()):
        Scan.objects.all().delete()
        Checkpoint.objects.filter(pk=door.checkpoint.pk).update(entry=entry)
        scan_id = str(uuid.uuid4())

        answers = [*door.all_scan(code, scan_id), *(door.scan(door.tablets[0], code, scan_id) for _ in range(5))]

        assert Counter(map(verdict, answers)) == {expected: 13}
        assert {answer.status for answer in answers} == {200}
        assert [str(scan.pk) for scan in Scan.objects.all()] == [scan_id]

        another = factories.attendee(conference=door.conference)
        answers = door.all_scan(another.access_code, scan_id)

        assert {(answer.status, verdict(answer)) for answer in answers} == {(422, "rejected")}
        assert (Scan.objects.count(), admissions(another)) == (1, 0)


def test_control_without_the_scans_id_a_lost_reply_turns_a_green_one_amber(start_server):
    door = Door.open(start_server(hook=FORGETFUL), 8)
    seat = factories.attendee(conference=door.conference)
    answers = door.all_scan(seat.access_code, str(uuid.uuid4()))

    assert Counter(map(verdict, answers)) == {"admitted": 1, "already_admitted": 7}
    assert seat.scans.count() == 8


# --- C7: the ticket changes while it is scanned -----------------------------------------------------------------------
def cancel_and_look(seat: Attendee) -> bool:
    """Whether the ticket was admitted when the cancellation held its lock; what comes later must be refused."""
    with transaction.atomic():
        Attendee.objects.select_for_update().get(pk=seat.pk)
        was_admitted = admissions(seat) == 1
        cancel_seat(attendee=seat, reason="race", by=None, now=timezone.now())
    return was_admitted


def race_cancellation(door: Door, times: int) -> tuple[Counter[str], int]:
    """The verdicts of scans that met a cancellation, and how many admissions followed one."""
    verdicts: Counter[str] = Counter()
    late = 0
    for number in range(times):
        order = factories.order(conference=door.conference)
        seat = order.attendees.get()
        pause = random.Random(number).uniform(0, 0.02)
        calls: list[Callable[[], object]] = [
            lambda seat=seat: door.scan(door.tablets[0], seat.access_code),
            lambda seat=seat, pause=pause: (wait(pause), cancel_and_look(seat))[1],
        ]
        answer, was_admitted = together(calls)
        verdicts[verdict(answer)] += 1
        late += admissions(seat) - was_admitted
        assert verdict(door.scan(door.tablets[0], seat.access_code)) == "cancelled"
    return verdicts, late


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@pytest.mark.parametrize("times", [10, pytest.param(200, marks=FULL)], ids=["reduced", "full"])
def test_no_admission_follows_a_cancellation(start_server, times):
    door = Door.open(start_server(hook=PAUSED), 1)
    verdicts, late = race_cancellation(door, times)

    assert late == 0
    assert set(verdicts) <= {"admitted", "cancelled"}


def test_cancellation_control_without_lock_admits_a_cancelled_ticket(start_server):
    door = Door.open(start_server(hook=UNPROTECTED), 1)
    _verdicts, late = race_cancellation(door, 20)

    assert late >= 1
