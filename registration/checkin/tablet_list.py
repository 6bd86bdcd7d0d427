"""The list of people that a tablet keeps for the time without a network: all of it, or what changed since it last asked.

A cursor says up to where a tablet knows the changes that triggers note (`list_changes`). It must not miss a change that
is committed late: on PostgreSQL transactions end in another order than they began in, so the cursor goes no further than
to the oldest transaction that was open when it was made, and whatever is newer than that is sent again. On SQLite
writers take turns, and the last change is the end of the story.

A cursor also holds what decides every row at once (the checkpoint's rules, the names of the tickets, the day where
people are let in once a day), and names one change it has seen: when the rules are others, or that change is not there
as it was (a backup was restored), the tablet gets the complete list.

Rows are made by the database as JSON, and reach the tablet as text that nobody here takes apart: 100,000 of them are
one statement, or rather one for each PAGE, since a statement's whole answer is in memory at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from registration.catalogue.models import TicketType
from registration.checkin import tablet_list_sql as sql
from registration.checkin.hand_outs import keys_like
from registration.checkin.list_changes import KEPT_FOR, NO_CONFERENCE
from registration.checkin.models import Checkpoint, Entry

COLUMNS = ("code", "name", "ticket", "status", "used_at", "left", "imported_code", "attention")
# Of the form of rows and cursors: another one makes every tablet fetch its list anew.
_FORM = "1"
# A page and what is made of it takes half a megabyte, in each thread that sends a list. With ten times as many it took
# no less time (measured: 100,000 people).
PAGE = 500
# More changes than these are answered with the complete list, which costs about as much.
MANY_CHANGES = 5000


@dataclass(frozen=True)
class TabletList:
    """`people` gives rows as JSON arrays, some hundred in a piece, joined by commas; it queries while it is read."""

    cursor: str
    is_complete: bool
    hands_out: bool  # what was bought; each piece once, or as often as they like
    people: Iterator[str] = field(repr=False)
    removed: list[str]


@dataclass(frozen=True)
class _Cursor:
    rules: str  # fingerprint of what decides every row at once
    since: int  # the first transaction whose changes may be unknown; on SQLite the last change that is known
    change: int  # the newest change that is known, and when that was; 0 when there was none
    mark: str
    made_at: int

    @property
    def text(self) -> str:
        return f"{self.rules}.{self.since}.{self.change}.{self.mark}.{self.made_at}"

    @classmethod
    def read(cls, text: str | None) -> _Cursor | None:
        parts = (text or "").split(".")
        if len(parts) != 5 or not all(part.isdecimal() and len(part) <= 18 for part in (parts[1], parts[2], parts[4])):
            return None
        rules, since, change, mark, made_at = parts
        return cls(rules, int(since), int(change), mark, int(made_at))


def read_list(*, checkpoint: Checkpoint, cursor: str | None, now: dt.datetime) -> TabletList:
    """What a tablet with this `cursor` lacks; everything when it has none, or one that says nothing here. Takes no lock
    and no transaction: the new cursor is read before any row, so what changes meanwhile is sent again next time.
    """
    through = checkpoint.add_ons.through.objects.filter(checkpoint=checkpoint).order_by("addon_id")
    handed_out = list(through.values_list("addon_id", flat=True))
    fresh, until = _newest(checkpoint, handed_out, now=now)
    old = _Cursor.read(cursor)
    values = _values(checkpoint, now=now) | {"until": until, "since": old.since if old else 0}
    uses: sql.Uses = "pieces" if handed_out else "single"
    if checkpoint.entry == Entry.UNLIMITED:
        uses = "unlimited"
    changes = _count_changes(old, fresh, values) if old else None
    if changes is None or changes > MANY_CHANGES:
        return TabletList(fresh.text, True, bool(handed_out), _everybody(values, uses), [])
    if not changes:
        return TabletList(fresh.text, False, bool(handed_out), iter(()), [])
    removed = [code for (code,) in _rows(sql.removed(), values)]
    return TabletList(fresh.text, False, bool(handed_out), _changed(values, uses), removed)


def _newest(checkpoint: Checkpoint, handed_out: list[int], *, now: dt.datetime) -> tuple[_Cursor, int]:
    """The cursor of this moment, and the first transaction that had not begun. One query, and two for the rules."""
    values = {"conference": checkpoint.conference_id, "none": NO_CONFERENCE}
    ((oldest, until, place, change, changed_in, changed_at),) = _rows(sql.newest(), values)
    if change is None:
        since = 0
    elif connection.vendor == "postgresql":
        # Not beyond the newest change, although nothing may be open: after a backup is restored the transactions are
        # counted from where they were then, and the cursor must not be ahead of them.
        since = min(oldest, changed_in + 1)
    else:
        since = change
    mark = _digest(changed_at) if change else ""
    rules = _rules(checkpoint, handed_out, place, now=now)
    return _Cursor(rules, since, change or 0, mark, int(now.timestamp())), until


def _rules(checkpoint: Checkpoint, handed_out: list[int], place: str, *, now: dt.datetime) -> str:
    """`handed_out` are the add-ons, `place` is the database, and since when its triggers note changes."""
    accepted = checkpoint.ticket_types.through.objects.filter(checkpoint=checkpoint).order_by("tickettype_id")
    tickets = TicketType.objects.filter(conference=checkpoint.conference_id).order_by("pk")
    return _digest(
        _FORM,
        place,
        checkpoint.pk,
        checkpoint.entry,
        checkpoint.opens_at,
        checkpoint.closes_at,
        checkpoint.unpaid,
        _entry_key(checkpoint, now=now),
        list(accepted.values_list("tickettype_id", flat=True)),
        handed_out,
        list(tickets.values_list("pk", "name")),
    )


def _entry_key(checkpoint: Checkpoint, *, now: dt.datetime) -> str | None:
    """Of the admission that would stand in the way now; None where nothing would. In a rehearsal nothing does, but it may
    end while the tablet has no network.
    """
    if checkpoint.entry == Entry.UNLIMITED:
        return None
    return checkpoint.entry_key(scan_id=uuid.UUID(int=0), now=now)


def _count_changes(old: _Cursor, fresh: _Cursor, values: dict[str, Any]) -> int | None:
    """At most one more than MANY_CHANGES. None when `old` cannot be trusted. One query."""
    if old.rules != fresh.rules or not 0 <= fresh.made_at - old.made_at <= KEPT_FOR.total_seconds():
        return None
    if old.since > fresh.since:
        return None
    values = values | {"change": old.change, "many": MANY_CHANGES}
    ((changed_at, changes),) = _rows(sql.known(), values)
    is_there = _digest(changed_at) == old.mark if old.change else True
    return changes if is_there else None


def _values(checkpoint: Checkpoint, *, now: dt.datetime) -> dict[str, Any]:
    return {
        "conference": checkpoint.conference_id,
        "checkpoint": checkpoint.pk,
        "entry_key": _entry_key(checkpoint, now=now),
        "keys": keys_like(checkpoint, now=now),
        "last": 0,
    }


def _everybody(values: dict[str, Any], uses: sql.Uses) -> Iterator[str]:
    page, last = sql.page(uses), 0
    while True:
        rows = _rows(page, values | {"last": last, "page": PAGE})
        if rows:
            last = rows[-1][0]
            yield ",".join(row for _pk, row in rows)
        if len(rows) < PAGE:
            break
    yield from _piece(sql.retired(), values)


def _changed(values: dict[str, Any], uses: sql.Uses) -> Iterator[str]:
    yield from _piece(sql.changed(uses), values)
    yield from _piece(sql.changed_retired(), values)


def _piece(statement: str, values: dict[str, Any]) -> Iterator[str]:
    if rows := _rows(statement, values):
        yield ",".join(row for (row,) in rows)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]
