"""The cursor of the tablets' list: no change is missed, in whatever order transactions begin and end."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.attendee.models import Attendee
from registration.checkin.models import Checkpoint, Entry
from registration.checkin.models_sync import ListChange
from registration.checkin.tablet_list import read_list
from tests import factories
from tests.registration.checkin.offline import KeptList, everybody, rows_of, scan_at
from tests.server import together

POSTGRES = pytest.mark.parametrize("own_database", ["postgres"], indirect=True)


@pytest.fixture
def main(own_database: str) -> Checkpoint:
    return Checkpoint.objects.main(factories.conference())


def naive_newest() -> int:
    return ListChange.objects.order_by("-pk").values_list("pk", flat=True)[0]


def naive_changes(since: int) -> set[int | None]:
    """What a cursor of the highest number seen would send."""
    return set(ListChange.objects.filter(pk__gt=since).values_list("attendee_id", flat=True))


def settled(kept: KeptList) -> KeptList:
    """Once nobody is at work any more, nothing is sent again. Whoever is at work anywhere in the cluster, such as a test
    that runs beside this one, keeps the last changes coming; that is harmless, and waited out here.
    """
    for _look in range(600):
        if rows_of(kept.refresh()) == []:
            return kept
        threading.Event().wait(0.1)
    raise AssertionError("the same rows are sent for ever")


# --- A commit that comes late -----------------------------------------------------------------------------------------
@POSTGRES
def test_change_that_is_committed_late_is_sent_and_a_naive_cursor_misses_it(own_database, main):
    slow, quick = (factories.attendee(conference=main.conference) for _ in range(2))
    kept = KeptList(main)
    with psycopg.connect(own_database) as one, psycopg.connect(own_database) as two:
        name = "UPDATE registration_attendee SET name = %s, updated_at = now() WHERE id = %s"
        one.execute(name, ["Slow", slow.pk])
        two.execute(name, ["Quick", quick.pk])
        two.commit()
        sent = kept.refresh()
        naive = naive_newest()
        naive_moment = Attendee.objects.order_by("-updated_at").values_list("updated_at", flat=True)[0]
        assert not sent.is_complete
        assert kept.people[quick.access_code]["name"] == "Quick"
        assert kept.people[slow.access_code]["name"] != "Slow"
        one.commit()

    assert slow.pk not in naive_changes(naive)
    assert not Attendee.objects.filter(updated_at__gt=naive_moment).exists()
    sent = kept.refresh()
    assert not sent.is_complete
    assert kept.people[slow.access_code]["name"] == "Slow"
    settled(kept)


@POSTGRES
def test_order_and_seat_that_change_at_once_and_unseen_by_each_other_leave_nothing_stale(own_database, main):
    order = factories.order(conference=main.conference, total="10.00")
    seat = factories.attendee(conference=main.conference)
    kept = KeptList(main)
    with psycopg.connect(own_database) as payer, psycopg.connect(own_database) as mover:
        payer.execute("UPDATE registration_order SET status = 'pending' WHERE id = %s", [order.pk])
        mover.execute("UPDATE registration_attendee SET order_id = %s WHERE id = %s", [order.pk, seat.pk])
        mover.commit()
        kept.refresh()
        assert kept.people[seat.access_code]["status"] == "ok"
        payer.commit()
    kept.refresh()
    assert kept.people[seat.access_code]["status"] == "unpaid"


@pytest.mark.both_databases
def test_rolled_back_change_is_none(main):
    seat = factories.attendee(conference=main.conference)
    kept = settled(KeptList(main))
    with transaction.atomic():
        Attendee.objects.filter(pk=seat.pk).update(name="Nobody")
        transaction.set_rollback(True)
    assert rows_of(kept.refresh()) == []
    Attendee.objects.filter(pk=seat.pk).update(checked_in_at=timezone.now(), email="changes@no.example")
    assert rows_of(kept.refresh()) == []


# --- Many at once -----------------------------------------------------------------------------------------------------
def write_at_random(main: Checkpoint, seats: list[Attendee], number: int, times: int) -> None:
    chance = random.Random(number)
    for _time in range(times):
        with transaction.atomic():
            for seat in sorted(chance.sample(seats, 2), key=lambda seat: seat.pk):
                Attendee.objects.filter(pk=seat.pk).update(name=f"Writer {number}, {chance.random()}")
                threading.Event().wait(chance.uniform(0, 0.01))
            transaction.set_rollback(chance.random() < 0.2)
        scan_at(main, chance.choice(seats).access_code)
    connection.close()


def race(main: Checkpoint, look: Callable[[], object], *, writers: int = 4, times: int = 15) -> None:
    """Let `writers` write at random, and `look` again and again until the last of them has ended, and once more."""
    seats = [factories.attendee(conference=main.conference) for _ in range(20)]
    look()
    left = threading.Semaphore(0)

    def write(number: int) -> None:
        write_at_random(main, seats, number, times)
        left.release()

    def read() -> None:
        done = 0
        while done < writers:
            done += left.acquire(timeout=0.001)
            look()
        connection.close()

    together([*(lambda number=number: write(number) for number in range(writers)), read])
    look()


@pytest.mark.both_databases
def test_list_that_is_kept_while_many_write_is_as_if_fetched_anew(main):
    main.entry = Entry.DAILY
    main.save()
    kept = KeptList(main)
    completes: list[bool] = []
    race(main, lambda: completes.append(kept.refresh().is_complete))
    assert set(completes) == {False}
    assert kept.people == everybody(main)


@POSTGRES
def test_list_kept_control_by_a_naive_cursor_misses_some(own_database, main):
    """Not in every race, but soon."""
    assert any(_naive_list_is_wrong_after_a_race(main) for _race in range(5))


def _naive_list_is_wrong_after_a_race(main: Checkpoint) -> bool:
    known: dict[int, str] = {}
    since = [0]

    def look() -> None:
        newest = naive_newest()
        changed = naive_changes(since[0])
        known.update(Attendee.objects.filter(pk__in=changed).values_list("pk", "name"))
        since[0] = max(since[0], newest)

    race(main, look, writers=8, times=40)
    return known != dict(Attendee.objects.filter(pk__in=known).values_list("pk", "name"))


# --- A backup is restored ---------------------------------------------------------------------------------------------
@pytest.fixture
def put_back(own_database: str, tmp_path: Path) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Two calls for SQLite: keep the file as it is now, and put it back."""
    path, kept = Path(str(connection.settings_dict["NAME"])), tmp_path / "kept.sqlite3"

    def keep() -> None:
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        shutil.copy(path, kept)

    def restore() -> None:
        connections.close_all()
        for part in path.parent.glob(f"{path.name}*"):
            part.unlink()
        shutil.copy(kept, path)

    return keep, restore


@pytest.mark.parametrize("own_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("changes", [0, 1, 5])
def test_cursor_ahead_of_a_restored_file_gets_the_complete_list(main, put_back, changes):
    keep, restore = put_back
    seats = [factories.attendee(conference=main.conference) for _ in range(5)]
    keep()
    scan_at(main, seats[0].access_code)
    kept = KeptList(main)
    assert kept.people[seats[0].access_code]["left"] == 0
    restore()
    # However far the restored one has come meanwhile.
    for seat in seats[1 : changes + 1]:
        scan_at(main, seat.access_code)
    assert kept.refresh().is_complete
    assert kept.people == everybody(main)
    assert kept.people[seats[0].access_code]["left"] == 1


@POSTGRES
@pytest.mark.parametrize("changes", [0, 1, 5])
def test_cursor_ahead_of_restored_rows_gets_the_complete_list(own_database, main, changes):
    """As a restored dump leaves them: the changes after the backup are not there, their numbers are given again."""
    seats = [factories.attendee(conference=main.conference) for _ in range(6)]
    backup = naive_newest()
    scan = scan_at(main, seats[0].access_code).scan
    kept = KeptList(main)
    scan.delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registration_listchange WHERE id > %s", [backup])
        cursor.execute("SELECT setval(pg_get_serial_sequence('registration_listchange', 'id'), %s)", [backup])
    for seat in seats[1 : changes + 1]:
        scan_at(main, seat.access_code)
    assert kept.refresh().is_complete
    assert kept.people == everybody(main)


@POSTGRES
def test_changes_that_another_server_has_numbered_are_not_sent_for_ever(own_database, main):
    """In a dump of a server that had counted further, the changes bear numbers of transactions still to come here."""
    seat = factories.attendee(conference=main.conference)
    ListChange.objects.update(changed_in=10**15)
    kept = settled(KeptList(main))
    scan_at(main, seat.access_code)
    assert [row["code"] for row in rows_of(kept.refresh())] == [seat.access_code]
    settled(kept)


@pytest.mark.both_databases
def test_triggers_that_had_been_missing_make_every_cursor_old(main):
    from registration.checkin.list_changes import ensure_triggers

    seat = factories.attendee(conference=main.conference)
    kept = KeptList(main)
    ensure_triggers(using="default")
    assert not settled(kept).refresh().is_complete
    with connection.cursor() as cursor:
        name = _trigger("registration_list_scan_new%")
        cursor.execute(f"DROP TRIGGER {name}{' ON registration_scan' if connection.vendor == 'postgresql' else ''}")
    scan_at(main, seat.access_code)
    kept.refresh()
    assert kept.people[seat.access_code]["left"] == 1
    with CaptureQueriesContext(connection):  # as where DEBUG is on, which formats every statement
        ensure_triggers(using="default")
    assert kept.refresh().is_complete
    assert kept.people[seat.access_code]["left"] == 0


def _trigger(like: str) -> Any:
    table = "sqlite_master WHERE name" if connection.vendor == "sqlite" else "pg_trigger WHERE tgname"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table.split()[-1]} FROM {table} LIKE %s", [like])
        return cursor.fetchone()[0]


def test_read_list_takes_no_transaction(own_database, main):
    with connection.execute_wrapper(_refuse_to_write):
        list(read_list(checkpoint=main, cursor=None, now=timezone.now()).people)


def _refuse_to_write(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
    assert sql.split()[0] in {"SELECT", "WITH"}, sql
    return execute(sql, params, many, context)
