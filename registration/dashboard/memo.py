"""Makes the dashboard of a large conference as quick as that of a small one.

What happened up to some moments ago is settled: it is counted once in each process and kept, and a look at the
dashboard counts only what came after. Nothing is written, so no look at it ever waits for a scan or holds one up, and no
row counts scans while many desks write at once. Small conferences are counted anew each time.

Kept are two things that do not change by themselves: scans that were received (they are never deleted), and the people
as long as nothing about them changed but that some came in. Whether something did is asked of two indexes each time.
What is kept reaches to the last moments at each look, so that a rush of thousands is not counted again and again.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Any

from conferences.models import Conference
from registration.dashboard.counts import (
    EVER,
    RATE_SPAN,
    Column,
    RawHeads,
    RawScans,
    Span,
    count_between,
    count_heads,
    count_scans,
    rows_of,
    stored,
)

# Below it counting takes about as long as asking whether anything changed (measured: 1 ms for a thousand people, 30 ms
# for a hundred thousand).
WORTH_KEEPING = 5_000
# A transaction may be committed this long after the moment it writes: a process waits at most 20 s for SQLite.
SETTLES_AFTER = dt.timedelta(seconds=60)
# What has settled since is counted by itself and added, once it is this long.
STEP = dt.timedelta(seconds=30)
KEPT_FOR = dt.timedelta(minutes=5)
_MINUTE = dt.timedelta(minutes=1)

_CHANGES = """
SELECT COUNT(*), MAX(updated_at) FROM registration_attendee
WHERE conference_id = %s AND updated_at >= %s AND (checked_in_at IS NULL OR checked_in_at < %s OR checked_in_at <> updated_at)
UNION ALL SELECT COUNT(*), NULL FROM registration_attendee WHERE conference_id = %s AND created_at >= %s
UNION ALL SELECT COUNT(*), MAX(updated_at) FROM registration_order WHERE conference_id = %s AND updated_at >= %s
"""
# The plus as in `counts`.
_CAME = """
SELECT +ticket_type_id, COUNT(*) FROM registration_attendee
WHERE conference_id = %s AND checked_in_at >= %s AND checked_in_at < %s GROUP BY +ticket_type_id
"""


@dataclass(frozen=True)
class _Heads:
    counted_at: dt.datetime
    until: dt.datetime
    changes: list[tuple[Any, ...]]
    counts: RawHeads
    # How many came, or registered, in spans that were over by then.
    between: dict[tuple[Column, Span], int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Mark:
    """How many scans of each desk and verdict the day had before a moment."""

    at: dt.datetime
    counts: dict[Any, int]


_heads: dict[tuple[int, str], _Heads] = {}
# In order of time. The first is the start of the day.
_marks: dict[tuple[int, str], tuple[_Mark, ...]] = {}


def heads(conference: Conference, *, now: dt.datetime) -> RawHeads:
    """As `count_heads`. One query for a small conference, two for a large one, four where more has settled meanwhile or it
    must be counted anew.
    """
    key = (conference.pk, conference.slug)
    kept, until = _heads.get(key), now - SETTLES_AFTER
    if kept and kept.until <= now <= kept.counted_at + KEPT_FOR:
        # Read before the question whether what is kept holds: what comes between the two is seen by the next look.
        changes = _changes(key, until) if until > kept.until + STEP else None
        if kept.changes == _changes(key, kept.until):
            if changes is not None:
                counts = _with_arrivals(kept.counts, conference, since=kept.until, before=until)
                kept = _heads[key] = _Heads(kept.counted_at, until, changes, counts, kept.between)
            return _with_arrivals(kept.counts, conference, since=kept.until)
    elif kept is None and _people(counted := count_heads(conference)) < WORTH_KEEPING:
        return counted
    # In this order for the same reason.
    kept = _Heads(now, until, _changes(key, until), count_heads(conference, before=until))
    if _people(kept.counts) >= WORTH_KEEPING:
        _heads[key] = kept
    else:
        _heads.pop(key, None)
    return _with_arrivals(kept.counts, conference, since=kept.until)


def between(conference: Conference, *, column: Column, edges: list[dt.datetime]) -> list[int]:
    """As `count_between`, of the spans between neighbouring `edges`. To be asked after `heads`, which sees whether
    what is kept still holds. One query.
    """
    spans = list(itertools.pairwise(edges))
    kept = _heads.get((conference.pk, conference.slug))
    pieces = {span: _pieces(span, kept.until) if kept else [span] for span in spans}
    wanted = [piece for span in spans for piece in pieces[span]]
    known = {piece: kept.between[column, piece] for piece in wanted if (column, piece) in kept.between} if kept else {}
    missing = [piece for piece in wanted if piece not in known]
    counted = dict(zip(missing, count_between(conference, column=column, spans=missing), strict=True))
    if kept:
        lasting = [piece for piece in missing if piece[1] <= kept.until and piece[1] - piece[0] >= _MINUTE]
        kept.between.update({(column, piece): counted[piece] for piece in lasting})
    return [sum((known | counted)[piece] for piece in pieces[span]) for span in spans]


def _pieces(span: Span, settled: dt.datetime) -> list[Span]:
    """A span that is not over is cut where it is settled, and at the first whole minute, since its start may move."""
    start, end = span
    if not start < settled < end:
        return [span]
    minute = start.replace(second=0, microsecond=0) + _MINUTE * (start.second > 0 or start.microsecond > 0)
    return list(itertools.pairwise(sorted({start, min(minute, settled), settled, end})))


def scans(conference: Conference, *, since: dt.datetime, now: dt.datetime) -> RawScans:
    """As `count_scans` up to now. One query for a small conference; two for a large one, or four where more has settled."""
    key = (conference.pk, conference.slug)
    marks = _marks.get(key, ())
    if not marks or marks[0].at != since or marks[-1].at > now:
        counted = count_scans(conference, since=since, now=now)
        if sum(count for count, _recent in counted.values()) < WORTH_KEEPING:
            return counted
        marks = (_Mark(since, {}),)
    recently = now - RATE_SPAN
    for moment in (recently, now - SETTLES_AFTER):
        marks = _with_mark(marks, conference, moment)
    # Nobody asks again how many there were before.
    first = max((mark for mark in marks if mark.at <= recently), key=lambda mark: mark.at, default=marks[0])
    _marks[key] = (marks[0], *(mark for mark in marks[1:] if mark.at >= first.at))
    before = _counted(first, conference, until=recently) if recently > since else {}
    return {desk: (count, count - before.get(desk, 0)) for desk, count in _counted(marks[-1], conference).items()}


def _with_mark(marks: tuple[_Mark, ...], conference: Conference, moment: dt.datetime) -> tuple[_Mark, ...]:
    """With one at that moment, where there is none shortly before it."""
    earlier = [mark for mark in marks if mark.at <= moment]
    if not earlier or moment - earlier[-1].at <= STEP:
        return marks
    made = _Mark(moment, _counted(earlier[-1], conference, until=moment))
    return (*earlier, made, *marks[len(earlier) :])


def _counted(mark: _Mark, conference: Conference, *, until: dt.datetime = EVER) -> dict[Any, int]:
    """How many scans there were before a moment after that mark. One query."""
    more = count_scans(conference, since=mark.at, now=mark.at, until=until)
    return {desk: mark.counts.get(desk, 0) + more.get(desk, (0, 0))[0] for desk in mark.counts | more}


def _changes(key: tuple[int, str], since: dt.datetime) -> list[tuple[Any, ...]]:
    """Something else whenever anything but arrivals changed since then, however late it was committed: the numbers of
    changed rows, and when the last of them changed. Of who came since then, a row that was changed at another moment.
    """
    pk, moment = key[0], stored(since)[0]
    return rows_of(_CHANGES, [pk, moment, moment, pk, moment, pk, moment])


def _with_arrivals(
    counts: RawHeads, conference: Conference, *, since: dt.datetime, before: dt.datetime = EVER
) -> RawHeads:
    came = dict(rows_of(_CAME, [conference.pk, *stored(since, before)]))
    of_type = {
        pk: (live, expected, inside + came.get(pk, 0))
        for pk in counts.of_type | came
        for live, expected, inside in [counts.of_type.get(pk, (0, 0, 0))]
    }
    return RawHeads(of_type, counts.unpaid)


def _people(counts: RawHeads) -> int:
    return sum(live + inside for live, _expected, inside in counts.of_type.values())
