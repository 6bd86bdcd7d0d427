"""The door never stops: four tablets on one list while networks go, browsers and the server are killed and clocks are
wrong. In the end every ticket was admitted once or stands in the list of conflicts, every green is on the server, and
nobody had to mend a tablet.

`make soak` runs it in full size and on both databases; SOAK_PEOPLE, SOAK_SECONDS and SOAK_SEED (drawn, and printed) set it.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from registration.checkin.models import Checkpoint, Scan, Tablet, Verdict
from tests import factories
from tests.server import Server
from tests.soak.tablets import Shown, SoakTablet

pytestmark = pytest.mark.browser

HOURS = 3600
CLOCKS = (0, 3 * HOURS, -3 * HOURS, 47)
# So long a tablet that is back may take for what it kept: its longest pause is half a minute, and there are many of them.
SETTLE_SECONDS = 180


def soak(
    playwright: Playwright,
    server: Server,
    tmp_path: Path,
    doors: list[SoakTablet],
    *,
    people: int,
    seconds: float,
    seed: int,
) -> None:
    """Four doors at once; they are put into `doors`."""
    chance = random.Random(seed)
    print(f"seed {seed}: {people} people, {seconds:.0f} s")  # noqa: T201 -- pytest shows it beside a failure
    conference = factories.conference(name="Tidewater", timezone="UTC")
    place = Checkpoint.objects.main(conference)
    codes = [factories.attendee(conference=conference).access_code for _ in range(people)]
    for number, wrong_by in enumerate(CLOCKS):
        tablet = Tablet.objects.create(conference=conference, name=f"Door {number + 1}", checkpoint=place)
        doors.append(SoakTablet(playwright, server, tablet, tmp_path / f"door{number}", wrong_by))
        doors[-1].start()
    wait_until(lambda: all(has_list(door) for door in doors), "the tablets have no list")
    begun = time.monotonic()
    # The first part of everybody's queue is the same people, so that tickets are scanned at several doors.
    queue = codes * 2
    chance.shuffle(queue)
    happened: Counter[str] = Counter()
    for code in queue:
        if time.monotonic() - begun > seconds:
            break
        happened[trouble(chance, server, doors)] += 1
        ready = [door for door in doors if door.is_ready()]
        for door in chance.sample(ready, k=min(len(ready), chance.choice((1, 1, 2)))):
            door.scan(code)
    print(dict(happened), "scans shown:", [len(door.shown) for door in doors])  # noqa: T201
    recover(doors)


def trouble(chance: random.Random, server: Server, doors: list[SoakTablet]) -> str:
    """Mostly nothing; else one of what happens at a door."""
    door = chance.choice(doors)
    what = chance.random()
    if what < 0.06:
        door.cut(is_cut=not door.is_cut)
        return "cut" if door.is_cut else "mended"
    if what < 0.08:
        door.reload()
        return "reload"
    if what < 0.095:
        door.kill()
        door.start()
        return "browser killed"
    if what < 0.11:
        server.stop(kill=True)
        for one in doors:
            one.scan(f"NOBODY{chance.randrange(10**6)}")
        server.start()
        return "server killed"
    return "nothing"


def recover(doors: list[SoakTablet]) -> None:
    """The networks are back. Nobody does anything at the tablets but switch on what is off."""
    for door in doors:
        door.cut(is_cut=False)
        if door.page is None:
            door.start()
    wait_until(lambda: all(door.unsent() == 0 for door in doors), "scans still wait", seconds=SETTLE_SECONDS)


def has_list(door: SoakTablet) -> bool:
    if not door.is_ready() or door.page is None:
        return False
    return bool(
        door.page.evaluate(
            "() => roster.current() !== null && roster.write()?.then?.(() => true)"
            " && navigator.serviceWorker.ready.then(() => true)"
        )
    )


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.25)


def prove(doors: list[SoakTablet]) -> None:
    shown = [one for door in doors for one in door.shown]
    green = [one for one in shown if one.verdict == Verdict.ADMITTED]
    stored = {str(scan.pk): scan for scan in Scan.objects.all()}
    lost = [one for one in shown if one.scan_id not in stored]
    assert lost == [], "verdicts that were shown are not on the server"
    for code in {one.code for one in green}:
        prove_ticket(code, [one for one in green if one.code == code], stored)


def prove_ticket(code: str, green: list[Shown], stored: dict[str, Scan]) -> None:
    """One admission, and every other green scan of the ticket is in the list of conflicts."""
    live = [scan for scan in stored.values() if scan.code == code and scan.verdict == Verdict.ADMITTED]
    assert len(live) == 1, f"{code} was admitted {len(live)} times"
    others = {one.scan_id for one in green} - {str(live[0].pk)}
    assert all(stored[scan_id].conflict for scan_id in others), f"{code} was let in twice, and nobody is told"


@pytest.fixture
def doors() -> Iterator[list[SoakTablet]]:
    started: list[SoakTablet] = []
    yield started
    for door in started:
        door.kill()


@pytest.mark.long
# In small, among all other tests, a second one would take half a minute of processor time.
@pytest.mark.both_databases(hostile=True)
def test_no_green_is_lost_and_no_ticket_admitted_twice(start_server, playwright, tmp_path, doors):
    server = start_server(workers=2)
    people = int(os.environ.get("SOAK_PEOPLE", "24"))
    seconds = float(os.environ.get("SOAK_SECONDS", "25"))
    seed = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(10**6)))
    soak(playwright, server, tmp_path, doors, people=people, seconds=seconds, seed=seed)
    assert sum(len(door.shown) for door in doors) > 20
    prove(doors)


def test_control_tablet_whose_disk_forgets_loses_greens(start_server, playwright, tmp_path, doors):
    server = start_server(workers=1)
    conference = factories.conference(timezone="UTC")
    codes = [factories.attendee(conference=conference).access_code for _ in range(3)]
    tablet = Tablet.objects.create(conference=conference, name="Door", checkpoint=Checkpoint.objects.main(conference))
    door = SoakTablet(playwright, server, tablet, tmp_path / "door", clock_wrong_by=0)
    doors.append(door)
    door.start()
    wait_until(lambda: has_list(door), "the tablet has no list")
    door.cut(is_cut=True)
    for code in codes:
        assert door.scan(code).verdict == Verdict.ADMITTED
    door.kill()
    shutil.rmtree(next(door.folder.rglob("IndexedDB")))
    recover(doors)
    with pytest.raises(AssertionError, match="not on the server"):
        prove(doors)
