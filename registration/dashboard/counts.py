"""The numbers of the dashboard, each panel's in two queries at most.

In SQL, since building these in the ORM took longer than running them (16 of 17 ms with a thousand people). Every count is
a range of one index that holds all it needs (see the indexes of Attendee, Order and Scan), and one ticket type or span
of time after the other is counted instead of grouping all rows.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection, models
from django.db.models import prefetch_related_objects

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.checkin.models import Entry, Scan, Verdict

RATE_SPAN = dt.timedelta(minutes=5)
Column = Literal["checked_in_at", "created_at"]
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class TicketCount:
    """`name` is empty for seats without a ticket type."""

    name: str
    registered: int
    expected: int
    checked_in: int


@dataclass(frozen=True)
class Heads:
    tickets: tuple[TicketCount, ...]
    unpaid: int

    @property
    def registered(self) -> int:
        """Live seats: neither cancelled nor refunded."""
        return sum(ticket.registered for ticket in self.tickets)

    @property
    def paid(self) -> int:
        """Live seats that owe nothing, free ones included."""
        return self.registered - self.unpaid

    @property
    def expected(self) -> int:
        """Who the door waits for, those who came already included. See `AttendeeQuerySet.expected`."""
        return sum(ticket.expected for ticket in self.tickets)

    @property
    def checked_in(self) -> int:
        """Everybody who came in by the main checkpoint, cancelled afterwards or not: they are in the house."""
        return sum(ticket.checked_in for ticket in self.tickets)


@dataclass(frozen=True)
class DeskCount:
    """Of somebody signed in, or of a tablet whoever was at it. Both are empty when neither is known."""

    checkpoint: str
    person: str
    tablet: str
    scans: int
    refused: int
    recent: int


@dataclass(frozen=True)
class Scans:
    """Scans received since the start of the conference's day, rehearsals left out."""

    desks: tuple[DeskCount, ...]
    refusals: tuple[tuple[Verdict, int], ...]

    @property
    def total(self) -> int:
        return sum(desk.scans for desk in self.desks)

    @property
    def refused(self) -> int:
        return sum(count for _verdict, count in self.refusals)


# Live and expected seats as AttendeeQuerySet says it; then who came before a moment; then live seats that owe, found from
# the orders, of which few are pending. The plus keeps SQLite from the index of ticket types, in whose order it would read
# every row of the table (50 ms of 100,000 people, instead of 10).
_HEADS = """
SELECT ticket_type_id, COUNT(*), SUM(CASE WHEN completed_registration AND blocked_reason = '' THEN 1 ELSE 0 END), 0, 0
FROM registration_attendee WHERE conference_id = %s AND state = 'valid' GROUP BY ticket_type_id
UNION ALL
SELECT +ticket_type_id, 0, 0, COUNT(*), 0
FROM registration_attendee WHERE conference_id = %s AND checked_in_at < %s GROUP BY +ticket_type_id
UNION ALL
SELECT NULL, 0, 0, 0, COUNT(*)
FROM registration_order o JOIN registration_attendee a ON a.order_id = o.id
WHERE o.conference_id = %s AND o.status = 'pending' AND o.total > 0 AND a.state = 'valid'
"""
# For people who came, far in the future: the clocks of several hosts differ by some moments, and tests by years.
EVER = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class RawHeads:
    """By ticket type: live, expected, in. See `named`."""

    of_type: dict[int | None, tuple[int, int, int]]
    unpaid: int


def count_heads(conference: Conference, *, before: dt.datetime = EVER) -> RawHeads:
    """Who is registered, expected and owing now, and who came in before a moment. One query, whose cost grows with the
    number of people.
    """
    pk = conference.pk
    counts: dict[int | None, tuple[int, int, int]] = {}
    unpaid = 0
    for ticket_type, *row, owing in rows_of(_HEADS, [pk, pk, *stored(before), pk]):
        live, expected, inside = counts.get(ticket_type, (0, 0, 0))
        counts[ticket_type] = (live + row[0], expected + row[1], inside + row[2])
        unpaid += owing
    return RawHeads(counts, unpaid)


def named(heads: RawHeads, conference: Conference) -> Heads:
    """With the names of the ticket types, in their order; those without one come last. One query."""
    names = conference.ticket_types.values_list("pk", "name")
    tickets = [TicketCount(name, *heads.of_type.get(pk, (0, 0, 0))) for pk, name in names]
    if any(rest := heads.of_type.get(None, (0, 0, 0))):
        tickets.append(TicketCount("", *rest))
    return Heads(tuple(tickets), heads.unpaid)


_ARRIVALS = """
SELECT
(SELECT MIN(checked_in_at) FROM registration_attendee
 WHERE conference_id = %s AND checked_in_at >= %s AND checked_in_at < %s),
(SELECT MAX(checked_in_at) FROM registration_attendee
 WHERE conference_id = %s AND checked_in_at >= %s AND checked_in_at < %s)
"""


def first_and_last_arrival(
    conference: Conference, *, since: dt.datetime, until: dt.datetime
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Of a span of time. One query, of single steps into the index."""
    ((first, last),) = rows_of(_ARRIVALS, [conference.pk, *stored(since, until)] * 2)
    return _moment(first), _moment(last)


def count_between(conference: Conference, *, column: Column, spans: Sequence[Span]) -> list[int]:
    """How many seats have their `column` in each of `spans`, which begin with their first moment and end before their
    second: `checked_in_at` of all, or `created_at` of those that are live. One query.
    """
    state = {"checked_in_at": "", "created_at": "AND a.state = 'valid'"}[column]
    if not spans:
        return []
    # VALUES names its columns so on both databases.
    sql = f"""
        SELECT (SELECT COUNT(*) FROM registration_attendee a WHERE a.conference_id = {int(conference.pk)}
                AND a.{column} >= s.column2 AND a.{column} < s.column3 {state})
        FROM (VALUES {", ".join(f"({number}, %s, %s)" for number in range(len(spans)))}) AS s ORDER BY s.column1
    """  # noqa: S608 -- our own words and numbers
    return [count for (count,) in rows_of(sql, stored(*itertools.chain(*spans)))]


_SCANS = """
SELECT s.checkpoint_id, s.scanned_by_id, s.tablet_id, s.verdict, COUNT(*),
SUM(CASE WHEN s.received_at >= %s THEN 1 ELSE 0 END)
FROM registration_checkpoint c JOIN registration_scan s ON s.checkpoint_id = c.id
WHERE c.conference_id = %s AND s.received_at >= %s AND s.received_at < %s AND NOT s.rehearsal
GROUP BY s.checkpoint_id, s.scanned_by_id, s.tablet_id, s.verdict
"""
# (checkpoint, person or None, tablet as text or empty, verdict): how many scans, how many in the last RATE_SPAN.
RawScans = dict[tuple[int, int | None, str, str], tuple[int, int]]


def count_scans(conference: Conference, *, since: dt.datetime, now: dt.datetime, until: dt.datetime = EVER) -> RawScans:
    """Scans received in a span of time. One query, whose cost grows with their number."""
    recently, start, end = stored(now - RATE_SPAN, since, until)
    return {
        (checkpoint, person, str(tablet or ""), verdict): (count, recent)
        for checkpoint, person, tablet, verdict, count, recent in rows_of(_SCANS, [recently, conference.pk, start, end])
    }


_NAMES = """
SELECT 'checkpoint', CAST(id AS text), name FROM registration_checkpoint WHERE conference_id = %s
UNION ALL SELECT 'tablet', CAST(id AS text), name FROM registration_tablet WHERE conference_id = %s
UNION ALL SELECT 'person', CAST(id AS text), name FROM registration_user WHERE id IN ({})
"""


def by_desk(scans: RawScans, conference: Conference) -> Scans:
    """Summed up for each checkpoint and person or tablet, and for each reason of refusal. One query for their names."""
    people = {person for _checkpoint, person, _tablet, _verdict in scans if person}
    rows = rows_of(_NAMES.format(", ".join(map(str, people)) or "NULL"), [conference.pk, conference.pk])
    names = {(kind, pk): name for kind, pk, name in rows}
    totals: dict[tuple[int, int | None, str], tuple[int, int, int]] = {}
    refusals = Counter[Verdict]()
    for (checkpoint, person, tablet, verdict), (count, recent) in scans.items():
        refused = count if verdict != Verdict.ADMITTED else 0
        before = totals.get((checkpoint, person, tablet), (0, 0, 0))
        totals[checkpoint, person, tablet] = (before[0] + count, before[1] + refused, before[2] + recent)
        if refused:
            refusals[Verdict(verdict)] += refused
    desks = [
        DeskCount(
            names["checkpoint", str(place)],
            names.get(("person", str(person)), ""),
            names.get(("tablet", tablet), ""),
            *row,
        )
        for (place, person, tablet), row in totals.items()
    ]
    return Scans(
        tuple(sorted(desks, key=lambda desk: (-desk.scans, desk.checkpoint, desk.tablet, desk.person))),
        tuple(sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


_REACH = """
SELECT MAX((
    SELECT received_at FROM registration_scan WHERE checkpoint_id = c.id ORDER BY received_at DESC LIMIT 1 OFFSET %s
)) FROM registration_checkpoint c WHERE c.conference_id = %s
"""
_SCANS_SINCE = Prepared(
    lambda: (
        Scan.objects.filter(
            checkpoint__conference=Given("conference"), received_at__gte=Given("since", models.DateTimeField())
        )
        .select_related("checkpoint", "attendee", "tablet", "scanned_by")
        .order_by("-received_at", "pk")
    )
)
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


def last_scans(conference: Conference, *, count: int) -> list[Scan]:
    """The latest of all checkpoints, with checkpoint, attendee, tablet and person. Two queries: since when one checkpoint has
    had `count` of them, and all since then; one ordered list over several checkpoints would sort all their scans. A third
    where a checkpoint lets in as often as people like.
    """
    ((since,),) = rows_of(_REACH, [count - 1, conference.pk])
    found = _SCANS_SINCE.all(conference=conference.pk, since=_moment(since) or _BEGINNING)[:count]
    # What `word_of` asks of such a checkpoint.
    endless = [scan.checkpoint for scan in found if scan.checkpoint.entry == Entry.UNLIMITED]
    prefetch_related_objects(endless, "add_ons")
    return found


def rows_of(sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()


def stored(*moments: dt.datetime) -> list[Any]:
    """As this database keeps a time."""
    return [connection.ops.adapt_datetimefield_value(moment) for moment in moments]


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """SQLite gives a time back as the text it stores, in UTC."""
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value.astimezone(dt.UTC) if value else None
