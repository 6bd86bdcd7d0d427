"""Checkpoints that hand out what was bought along with a ticket: a dinner, T-shirts, drinks.

Who bought n pieces is admitted n times, each time under a key of its own, `#1` to `#n` (`2027-06-09#1` where it is n a
day), so that the constraint on live admissions holds for each piece as it does for an entrance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import prefetch_related_objects

from registration.checkin.models import Checkpoint, Entry, Scan
from registration.checkin.standing import HANDS_OUT, PIECES


@dataclass(frozen=True)
class HandOut:
    """Of one seat at one checkpoint, today where it is so many a day. `used` are the entry keys of what was handed out,
    the last one last; after somebody got their money back they may be more than are `bought`.
    """

    bought: int
    used: tuple[str, ...]

    @property
    def left(self) -> int:
        return max(0, self.bought - len(self.used))

    def next_key(self, day: str) -> str:
        """Of the first piece that is still there; one that was taken back is handed out again under its key."""
        number = next(number for number in range(1, self.bought + 1) if f"{day}#{number}" not in self.used)
        return f"{day}#{number}"

    def with_one_more(self, key: str) -> HandOut:
        return replace(self, used=(*self.used, key))


@dataclass(frozen=True)
class Handed:
    """Of everybody at one checkpoint."""

    used: int
    bought: int


def is_of_a_piece(scan: Scan) -> bool:
    """One of those that are counted."""
    return "#" in scan.entry_key


def hands_out(checkpoint: Checkpoint) -> bool:
    """One query, the first time for this instance."""
    prefetch_related_objects([checkpoint], "add_ons")
    return bool(checkpoint.add_ons.all())


def is_hand_out(scan: Scan) -> bool:
    """Whether something was handed out by it, counted or as often as they like. As many queries as `hands_out`, and none
    but at a checkpoint without an end.
    """
    return is_of_a_piece(scan) or (scan.checkpoint.entry == Entry.UNLIMITED and hands_out(scan.checkpoint))


# %(keys)s is the beginning of the entry keys that count, as a pattern.
_USED = """s.checkpoint_id = %(checkpoint)s AND s.verdict = 'admitted' AND s.undone_at IS NULL AND NOT s.rehearsal
  AND s.entry_key LIKE %(keys)s"""
_OF_SEATS = f"""
SELECT t.id, {PIECES}, s.entry_key
FROM registration_attendee t LEFT JOIN registration_scan s ON s.attendee_id = t.id AND {_USED}
WHERE t.id IN ({{seats}}) AND {HANDS_OUT}
ORDER BY t.id, s.effective_at, s.received_at, s.entry_key
"""  # noqa: S608 -- no value in it
_OF_ALL = f"""
SELECT (SELECT count(*) FROM registration_scan s WHERE {_USED}),
       (SELECT coalesce(sum({PIECES}), 0) FROM registration_attendee t
        WHERE t.conference_id = %(conference)s AND t.state = 'valid')
WHERE {HANDS_OUT}
"""  # noqa: S608 -- no value in it


def day_of(checkpoint: Checkpoint, *, now: dt.datetime) -> str:
    """What stands before the number in the keys of this moment."""
    return checkpoint.conference.local_date(now).isoformat() if checkpoint.entry == Entry.DAILY else ""


def keys_like(checkpoint: Checkpoint, *, now: dt.datetime) -> str:
    return f"{day_of(checkpoint, now=now)}#%"


def find_hand_outs(*, checkpoint: Checkpoint, seats: Collection[int], now: dt.datetime) -> dict[int, HandOut]:
    """By the seats' keys; nothing where the checkpoint hands nothing out. One query. What it says holds only while the
    seats are locked.
    """
    if not seats:
        return {}
    numbers = {f"seat{place}": pk for place, pk in enumerate(seats)}
    statement = _OF_SEATS.format(seats=", ".join(f"%({name})s" for name in numbers))
    found: dict[int, HandOut] = {}
    for pk, bought, key in _rows(statement, checkpoint, now, **numbers):
        one = found.get(pk, HandOut(int(bought), ()))
        found[pk] = one.with_one_more(key) if key else one
    return found


def count_handed(*, checkpoint: Checkpoint, now: dt.datetime) -> Handed | None:
    """None where the checkpoint hands nothing out. One query, which reads every seat where it does."""
    rows = _rows(_OF_ALL, checkpoint, now, conference=checkpoint.conference_id)
    return Handed(used=rows[0][0], bought=int(rows[0][1])) if rows else None


def _rows(statement: str, checkpoint: Checkpoint, now: dt.datetime, **values: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"checkpoint": checkpoint.pk, "keys": keys_like(checkpoint, now=now)})
        return cursor.fetchall()
