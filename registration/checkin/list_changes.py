"""Notes every change that may alter a row of the tablets' lists, by triggers in the database (`ListChange`).

A row is made of a seat, its order, the add-ons bought for it, its live admissions at the checkpoint, and retired codes. Each trigger notes which of
these changed, under its own key; which rows that concerns is worked out by the reader, so that two transactions that
change two of them at once, and do not see each other, leave nothing stale behind.

A scan that lets somebody in costs one small insert more, inside its own statement; one that refuses costs nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from registration.checkin.models_sync import ListChange

# A tablet that was away for longer gets the complete list.
KEPT_FOR = dt.timedelta(days=7)
# Changes of no conference: one is written whenever triggers had been missing, so that no older cursor is trusted.
NO_CONFERENCE = 0

_PREFIX = "registration_list_"
_CHANGES, _SEATS, _ORDERS, _LINES, _RETIRED, _SCANS = (
    f"registration_{table}" for table in ("listchange", "attendee", "order", "orderline", "retiredcode", "scan")
)


@dataclass(frozen=True)
class _Trigger:
    """After `event` on `table`, for rows of which `when` holds: `note` a change, its columns from where they come."""

    word: str
    event: str
    table: str
    note: tuple[str, str]
    when: str = ""
    of: tuple[str, ...] = ()  # columns of which at least one must have changed

    def sql(self, vendor: str) -> tuple[str, list[str]]:
        """Its name, which changes with what it does, and the statements that make it."""
        columns, source = self.note
        differs = f"({_row('old', self.of)}) {_DIFFERS[vendor]} ({_row('new', self.of)})" if self.of else ""
        conditions = " AND ".join(f"({one})" for one in (self.when, differs) if one)
        event = f"{self.event} OF {', '.join(self.of)}" if self.of else self.event
        insert = f"INSERT INTO {_CHANGES} (changed_in, changed_at, {columns}) SELECT {_NOW[vendor]}, {source}"
        name = f"{_PREFIX}{self.word}_{hashlib.sha256(f'{event}{conditions}{insert}'.encode()).hexdigest()[:8]}"
        when = f"WHEN ({conditions}) " if conditions else ""
        if vendor == "sqlite":
            return name, [f"CREATE TRIGGER {name} AFTER {event} ON {self.table} {when}BEGIN {insert}; END"]
        function = f"{_PREFIX}{self.word}()"
        body = f"$$ BEGIN {insert}; RETURN NULL; END $$"
        return name, [
            f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS {body}",
            f"CREATE TRIGGER {name} AFTER {event} ON {self.table} FOR EACH ROW {when}EXECUTE FUNCTION {function}",
        ]


_DIFFERS = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}
_NOW = {
    "sqlite": "0, strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "pg_current_xact_id()::text::bigint, clock_timestamp()",
}
# What of a seat stands in a row. Not `checked_in_at`: the admission is a scan's.
_OF_SEAT = (
    "conference_id", "order_id", "ticket_type_id", "name", "access_code", "imported_code", "state", "blocked_reason",
    "needs_attention", "staff_note", "completed_registration",
)  # fmt: skip
_OF_SCAN = ("verdict", "entry_key", "effective_at", "device_verdict", "conflict", "rehearsal", "undone_at")
_OF_LINE = ("attendee_id", "add_on_id", "quantity", "cancelled_at", "released_at")
_COUNTS = "{row}.attendee_id IS NOT NULL AND NOT {row}.rehearsal AND ({row}.verdict = 'admitted' OR {row}.conflict)"

# Columns of a change, and where they come from.
_SEAT = ("conference_id, attendee_id", "new.conference_id, new.id")
_CODE = ("conference_id, code", "old.conference_id, old.access_code")
_ORDER = ("conference_id, order_id", "new.conference_id, new.id")


def _barcodes(row: str, codes: str) -> tuple[str, str]:
    """A retired code is left out of the lists while it is somebody's barcode."""
    return "conference_id, code", f"{row}.conference_id, r.code FROM {_RETIRED} r WHERE r.code IN ({codes})"


def _retired(row: str) -> tuple[str, str]:
    return "conference_id, code", f"a.conference_id, {row}.code FROM {_SEATS} a WHERE a.id = {row}.attendee_id"


def _bought(row: str) -> tuple[str, str]:
    return "conference_id, attendee_id", f"a.conference_id, a.id FROM {_SEATS} a WHERE a.id = {row}.attendee_id"


def _entry(row: str) -> tuple[str, str]:
    source = f"registration_checkpoint c WHERE c.id = {row}.checkpoint_id"
    return "conference_id, checkpoint_id, attendee_id", f"c.conference_id, c.id, {row}.attendee_id FROM {source}"


def _row(name: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name}.{column}" for column in columns)


_TRIGGERS = [
    _Trigger("seat_new", "INSERT", _SEATS, _SEAT),
    _Trigger("seat_changed", "UPDATE", _SEATS, _SEAT, of=_OF_SEAT),
    _Trigger("seat_code", "UPDATE", _SEATS, _CODE, of=("access_code", "conference_id")),
    _Trigger("seat_gone", "DELETE", _SEATS, _CODE),
    _Trigger("barcode_new", "INSERT", _SEATS, _barcodes("new", "new.imported_code"), "new.imported_code IS NOT NULL"),
    _Trigger(
        "barcode_changed", "UPDATE", _SEATS, _barcodes("new", "old.imported_code, new.imported_code"), of=("imported_code",)
    ),
    _Trigger("barcode_gone", "DELETE", _SEATS, _barcodes("old", "old.imported_code"), "old.imported_code IS NOT NULL"),
    _Trigger("order_changed", "UPDATE", _ORDERS, _ORDER, of=("status", "total")),
    _Trigger("piece_new", "INSERT", _LINES, _bought("new"), "new.add_on_id IS NOT NULL"),
    _Trigger("piece_changed", "UPDATE", _LINES, _bought("new"), "new.add_on_id IS NOT NULL", of=_OF_LINE),
    _Trigger("piece_moved", "UPDATE", _LINES, _bought("old"), "old.add_on_id IS NOT NULL", of=("attendee_id", "add_on_id")),
    _Trigger("piece_gone", "DELETE", _LINES, _bought("old"), "old.add_on_id IS NOT NULL"),
    _Trigger("retired_new", "INSERT", _RETIRED, _retired("new")),
    _Trigger("retired_code", "UPDATE", _RETIRED, _retired("old"), of=("code", "attendee_id")),
    _Trigger("retired_changed", "UPDATE", _RETIRED, _retired("new"), of=("code", "attendee_id")),
    _Trigger("retired_gone", "DELETE", _RETIRED, _retired("old")),
    _Trigger("scan_new", "INSERT", _SCANS, _entry("new"), _COUNTS.format(row="new")),
    _Trigger(
        "scan_changed", "UPDATE", _SCANS, _entry("new"),
        f"{_COUNTS.format(row='new')} OR {_COUNTS.format(row='old')}", of=_OF_SCAN,
    ),
    _Trigger("scan_gone", "DELETE", _SCANS, _entry("old"), _COUNTS.format(row="old")),
]  # fmt: skip


def ensure_triggers(*, using: str, **kwargs: Any) -> None:
    """Make the triggers that are missing; after each `migrate`, because a migration on SQLite makes a table anew and
    drops its triggers.
    """
    connection = connections[using]
    tables = {_CHANGES, _SEATS, _ORDERS, _LINES, _RETIRED, _SCANS}
    if connection.vendor in _DIFFERS and tables <= set(connection.introspection.table_names()):
        with transaction.atomic(using=using):
            _make(connection)


def _make(connection: BaseDatabaseWrapper) -> None:
    wanted = dict(trigger.sql(connection.vendor) for trigger in _TRIGGERS)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor], [f"{_PREFIX}%"])
        standing = dict(cursor.fetchall())
        if standing.keys() == wanted.keys():
            return
        for name in standing.keys() - wanted.keys():
            cursor.execute(f"DROP TRIGGER {name}{f' ON {standing[name]}' if connection.vendor == 'postgresql' else ''}")
        for name in wanted.keys() - standing.keys():
            for statement in wanted[name]:
                cursor.execute(statement)
        # Without parameters: what Django logs where DEBUG is on, it formats, and SQLite's time has percent signs.
        cursor.execute(
            f"INSERT INTO {_CHANGES} (changed_in, changed_at, conference_id)"
            f" SELECT {_NOW[connection.vendor]}, {int(NO_CONFERENCE)}"
        )


_STANDING = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
    "postgresql": (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE %s"
        " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
    ),
}


def forget_old_changes(*, now: dt.datetime) -> int:
    """Delete what no cursor reaches back to any more; returns how many. The newest of a conference may be old: what then
    names it is a cursor that gets the complete list.
    """
    old = ListChange.objects.filter(changed_at__lt=now - KEPT_FOR - dt.timedelta(days=1))
    deleted, _of_model = old.exclude(conference_id=NO_CONFERENCE).delete()
    return deleted
