"""Makes the dashboard of a large conference as quick as that of a small one.

What happened up to some moments ago is settled: it is counted once in each process and kept, and a look at the
dashboard counts only what came after. Nothing is written, so no look at it ever waits for a scan or holds one up, and no
row counts scans while many desks write at once. Small conferences are counted anew each time.

Kept are two things that do not change by themselves: scans that were received (they are never deleted), and the people
as long as nothing about them changed but that some came in. Whether something did is asked of two indexes each time.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Any

from conferences.models import Conference
from registration.dashboard.counts import (
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
KEPT_FOR = dt.timedelta(minutes=5)

_CHANGES = """
SELECT COUNT(*), MAX(updated_at) FROM registration_attendee
WHERE conference_id = %s AND updated_at >= %s AND (checked_in_at IS NULL OR checked_in_at < %s)
UNION ALL SELECT COUNT(*), NULL FROM registration_attendee WHERE conference_id = %s AND created_at >= %s
UNION ALL SELECT COUNT(*), MAX(updated_at) FROM registration_order WHERE conference_id = %s AND updated_at >= %s
"""
# The plus as in `counts`.
_CAME_SINCE = """
SELECT +ticket_type_id, COUNT(*) FROM registration_attendee
WHERE conference_id = %s AND checked_in_at >= %s GROUP BY +ticket_type_id
"""


@dataclass(frozen=True)
class _Heads:
    until: dt.datetime
    changes: list[tuple[Any, ...]]
    counts: RawHeads
    # How many came, or registered, in spans that were over by then.
    between: dict[tuple[Column, Span], int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Scans:
    since: dt.datetime
    until: dt.datetime
    counts: RawScans


_heads: dict[tuple[int, str], _Heads] = {}
_scans: dict[tuple[int, str], _Scans] = {}


def heads(conference: Conference, *, now: dt.datetime) -> RawHeads:
    """As `count_heads`. One query for a small conference, two for a large one, four when it must be counted anew."""
    key = (conference.pk, conference.slug)
    kept = _heads.get(key)
    if kept is None or not kept.until <= now <= kept.until + KEPT_FOR or kept.changes != _changes(key, kept.until):
        if kept is None and (counted := count_heads(conference)) and _people(counted) < WORTH_KEEPING:
            return counted
        # The changes are read first: what comes between the two makes the next look count again.
        until = now - SETTLES_AFTER
        kept = _Heads(until, _changes(key, until), count_heads(conference, before=until))
        _keep(_heads, key, kept, people=_people(kept.counts))
    came = dict(rows_of(_CAME_SINCE, [conference.pk, *stored(kept.until)]))
    of_type = {
        pk: (row[0], row[1], row[2] + came.get(pk, 0))
        for pk in kept.counts.of_type.keys() | came.keys()
        for row in [kept.counts.of_type.get(pk, (0, 0, 0))]
    }
    return RawHeads(of_type, kept.counts.unpaid)


def between(conference: Conference, *, column: Column, edges: list[dt.datetime]) -> list[int]:
    """As `count_between`, of the spans between neighbouring `edges`. To be asked after `heads`, which sees whether
    what is kept still holds. One query.
    """
    spans = list(itertools.pairwise(edges))
    kept = _heads.get((conference.pk, conference.slug))
    known = {span: kept.between[column, span] for span in spans if (column, span) in kept.between} if kept else {}
    missing = [span for span in spans if span not in known]
    counted = dict(zip(missing, count_between(conference, column=column, spans=missing), strict=True))
    if kept:
        kept.between.update({(column, span): count for span, count in counted.items() if span[1] <= kept.until})
    return [(known | counted)[span] for span in spans]


def scans(conference: Conference, *, since: dt.datetime, now: dt.datetime) -> RawScans:
    """As `count_scans` up to now. One query, or two where more has settled meanwhile."""
    key = (conference.pk, conference.slug)
    kept = _scans.get(key)
    if kept is None or kept.since != since or kept.until > now:
        kept = _Scans(since, since, {})
    # Beyond RATE_SPAN, so that all that is recent stands in what is counted anew.
    until = now - RATE_SPAN - SETTLES_AFTER
    if until > kept.until + KEPT_FOR:
        more = count_scans(conference, since=kept.until, until=until, now=now)
        kept = _Scans(since, until, _sum(kept.counts, {desk: (count, 0) for desk, (count, _) in more.items()}))
        _keep(_scans, key, kept, people=sum(count for count, _ in kept.counts.values()))
    return _sum(kept.counts, count_scans(conference, since=kept.until, now=now))


def _changes(key: tuple[int, str], since: dt.datetime) -> list[tuple[Any, ...]]:
    """Something else whenever anything but arrivals changed since then, however late it was committed: the numbers of
    changed rows, and when the last of them changed.
    """
    pk, moment = key[0], stored(since)[0]
    return rows_of(_CHANGES, [pk, moment, moment, pk, moment, pk, moment])


def _people(counts: RawHeads) -> int:
    return sum(live + inside for live, _expected, inside in counts.of_type.values())


def _sum(one: RawScans, other: RawScans) -> RawScans:
    desks = one.keys() | other.keys()
    sums = {}
    for desk in desks:
        (scans, lately), (more, more_lately) = one.get(desk, (0, 0)), other.get(desk, (0, 0))
        sums[desk] = (scans + more, lately + more_lately)
    return sums


def _keep(memo: dict, key: tuple[int, str], value: object, *, people: int) -> None:
    if people >= WORTH_KEEPING:
        memo[key] = value
    else:
        memo.pop(key, None)
