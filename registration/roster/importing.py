"""Import a list of people: everything or nothing, and the same list again changes nothing.

A row is known again by its barcode (in our own export by the ticket code). A row that says what it said at the last
import is passed over, whatever staff corrected since; a row that says something new brings name, e-mail, ticket, price,
paid, flags and answers up to date. Access codes and check-ins stay. Notes of staff are added to, never replaced.
Rows without a seat (see `rows.LeftOut`) end the seat they had; it comes back when a later list has it again.
Somebody whose ticket is held by an account keeps the name, the e-mail and the profile they gave there. Where a ticket
was given away or its address put right here, which the list cannot know, whatever the list says of the person is of
somebody else and is left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.attendee.models import Attendee, AttendeeState
from registration.attendee.search import update_search_text
from registration.attendee.search_index import tell_planner
from registration.catalogue.models import TicketType
from registration.catalogue.places import add_places, free_places
from registration.roster.arrivals import carry_over_check_ins
from registration.roster.holders import give_to_accounts
from registration.roster.import_orders import end_orders, update_orders
from registration.roster.import_seats import IMPORT_REASON, make_seats
from registration.roster.layouts import Layout, read_rows
from registration.roster.planning import Plan, Progress, make_plan
from registration.roster.profile_import import ProfileColumns
from registration.roster.rows import LeftOut, RosterRow
from registration.roster.ticket_import import TicketTypes
from registration.tables.files import Fault, read_table

# A second try plans anew, and sees what the first one clashed with: the same list imported twice at once, somebody who
# has just signed up, or, once in 10^12, a code.
_TRIES = 3
_MANY = 500
_BATCH = 500


@dataclass
class Report:
    """What an import did, or would do. Lines are those of the file."""

    layout: str
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    cancelled: int = 0
    revived: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    new_ticket_types: list[str] = field(default_factory=list)
    checked_in: int = 0
    early_check_ins: int = 0
    missing: int = 0
    kept_by_account: list[int] = field(default_factory=list)
    kept_as_named: list[int] = field(default_factory=list)
    kept_exchanged: list[int] = field(default_factory=list)
    kept_cancelled: list[int] = field(default_factory=list)
    answers_that_do_not_fit: Counter[str] = field(default_factory=Counter)
    beyond_capacity: list[tuple[str, int, int]] = field(default_factory=list)
    is_dry_run: bool = False

    @property
    def changes(self) -> int:
        return self.created + self.updated + self.cancelled + self.revived + self.checked_in


def _silently(label: str, chunks: list[list[Any]]) -> list[list[Any]]:
    return chunks


def import_roster(
    *, conference: Conference, content: bytes, now: dt.datetime, dry_run: bool = False, progress: Progress = _silently
) -> Report:
    """Import the file with the bytes `content`. Raises TableFileError, with every bad line, when anything is wrong;
    nothing is written then, nor when the process is killed.

    One transaction: it locks the seats it changes by primary key, then orders, then places, and on SQLite all writing
    until it ends (10,000 people take some seconds). A dry run does the same and takes it back.
    """
    layout, rows, faults = read_rows(read_table(content), zone=conference.tz, progress=progress)
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                report = _import(conference, layout, rows, faults, now, progress)
                report.is_dry_run = dry_run
                transaction.set_rollback(dry_run)
            break
        except IntegrityError:
            if attempt == _TRIES:
                raise
    if report.created >= _MANY and not dry_run:
        tell_planner()
    return report


def _import(
    conference: Conference,
    layout: Layout,
    rows: list[RosterRow],
    faults: list[Fault],
    now: dt.datetime,
    progress: Progress,
) -> Report:
    plan = make_plan(conference=conference, rows=rows, faults=faults, is_own=layout.is_own)
    report = Report(layout.name, len(rows), unchanged=plan.unchanged, left_out=plan.left_out, missing=plan.missing)
    columns = ProfileColumns(rows, report.answers_that_do_not_fit)
    pks = sorted({pk for _row, pk in plan.changed + plan.ended})
    seats = _lock(pks)
    types = TicketTypes(conference, [*plan.new, *(row for row, _pk in plan.changed)])
    report.new_ticket_types = types.make_missing()
    ended = _end(conference, plan, seats, now)
    report.cancelled = len(ended)
    updated = _update(conference, plan, seats, types, columns, report, now, progress, is_own=layout.is_own)
    made = make_seats(
        conference=conference, rows=plan.new, types=types, columns=columns, now=now, progress=progress,
        barcodes={row.barcode for row in rows},
    )  # fmt: skip
    report.created = len(made)
    arrived = [(row, seats[pk]) for row, pk in plan.changed] + made
    report.checked_in, report.early_check_ins = carry_over_check_ins(conference=conference, arrived=arrived, now=now)
    report.updated = len(updated)
    add_places(conference=conference, ticket_types=[seat.ticket_type for _row, seat in made])
    report.beyond_capacity = _beyond(conference)
    return report


def _lock(pks: list[int]) -> dict[int, Attendee]:
    found: dict[int, Attendee] = {}
    for chunk in chunks(pks, CHUNK):
        locked = Attendee.objects.select_for_update(of=["self"]).filter(pk__in=chunk).order_by("pk")
        found.update((seat.pk, seat) for seat in locked.select_related("user", "order", "ticket_type"))
    return found


def _end(conference: Conference, plan: Plan, seats: dict[int, Attendee], now: dt.datetime) -> list[Attendee]:
    ended = []
    for row, pk in plan.ended:
        seat = seats[pk]
        if not seat.is_live:
            continue
        assert row.left_out
        seat.state = AttendeeState.REFUNDED if row.left_out is LeftOut.REFUNDED else AttendeeState.CANCELLED
        seat.cancelled_at, seat.cancel_reason = now, f"{IMPORT_REASON}{row.left_out.label}"
        seat.imported_digest, seat.updated_at = row.digest, now
        ended.append(seat)
    Attendee.objects.bulk_update(
        ended, ["state", "cancelled_at", "cancel_reason", "imported_digest", "updated_at"], batch_size=500
    )
    released = end_orders(seats=ended, now=now)
    free_places(
        conference=conference,
        ticket_types=[seat.ticket_type for seat in ended],
        add_ons=released.add_ons,
        vouchers=released.vouchers,
        exchanged=released.exchanged,
    )
    return ended


def _update(
    conference: Conference,
    plan: Plan,
    seats: dict[int, Attendee],
    types: TicketTypes,
    columns: ProfileColumns,
    report: Report,
    now: dt.datetime,
    progress: Progress,
    *,
    is_own: bool,
) -> list[Attendee]:
    before = {pk: _told(seats[pk]) for _row, pk in plan.changed}
    freed: list[TicketType | None] = []
    taken: list[TicketType | None] = []
    described: list[tuple[RosterRow, Attendee]] = []
    for row, pk in plan.changed:
        seat, kind = seats[pk], types.of(row)
        if seat.order and seat.order.replaces_id and kind != seat.ticket_type and not is_own:
            kind = seat.ticket_type
            report.kept_exchanged.append(row.line)
        if not seat.is_live:
            if seat.cancelled_by_id or not seat.cancel_reason.startswith(IMPORT_REASON):
                report.kept_cancelled.append(row.line)
                continue
            _revive(seat)
            taken.append(kind)
            report.revived += 1
        elif seat.ticket_type != kind:
            freed.append(seat.ticket_type)
            taken.append(kind)
        seat.ticket_type = kind
        if row.blocked_reason is not None:
            seat.blocked_reason = row.blocked_reason[:200]
        if pk in plan.recoded and not _is_of(row, seat):
            report.kept_as_named.append(row.line)
        else:
            _apply(seat, row, report)
            described.append((row, seat))
        seat.imported_digest, seat.updated_at = row.digest, now
    pairs = [(row, seats[pk]) for row, pk in plan.changed if seats[pk].is_live]
    columns_of_seats = [*_FIELDS, "imported_digest", "cancelled_at", "updated_at"]
    for chunk in progress(str(_("Updating")), list(chunks(pairs, _BATCH))):
        Attendee.objects.bulk_update([seat for _row, seat in chunk], columns_of_seats)
    answered = columns.update(described)
    give_to_accounts([seat for _row, seat in described])
    reordered = set() if is_own else update_orders(conference=conference, pairs=pairs, now=now)
    differ = {seat.pk for _row, seat in pairs if _told(seat) != before[seat.pk]}
    changed = [seat for _row, seat in pairs if seat.pk in differ | answered | reordered]
    update_search_text(*changed)
    free_places(conference=conference, ticket_types=freed)
    add_places(conference=conference, ticket_types=taken)
    report.unchanged += len(plan.changed) - len(changed)
    return [seat for seat in changed if before[seat.pk][-1] == AttendeeState.VALID]


_FIELDS = [
    "name", "email", "ticket_type", "needs_attention", "staff_note", "blocked_reason", "cancel_reason", "state",
]  # fmt: skip


def _told(seat: Attendee) -> tuple[Any, ...]:
    return (
        seat.name, seat.email, seat.ticket_type_id, seat.needs_attention, seat.staff_note, seat.blocked_reason,
        seat.cancel_reason, seat.state,
    )  # fmt: skip


def _revive(seat: Attendee) -> None:
    seat.state, seat.cancelled_at, seat.cancel_reason = AttendeeState.VALID, None, ""


def _is_of(row: RosterRow, seat: Attendee) -> bool:
    return (seat.name, seat.email.casefold()) == (row.name, row.email.casefold())


def _apply(seat: Attendee, row: RosterRow, report: Report) -> None:
    """What the list says of the person."""
    if seat.user.is_placeholder:
        seat.name, seat.email = row.name, row.email
    elif not _is_of(row, seat):
        report.kept_by_account.append(row.line)
    seat.needs_attention = row.needs_attention
    if row.access_code:
        seat.staff_note = row.note
    elif row.note and row.note not in seat.staff_note:
        seat.staff_note = f"{seat.staff_note}\n{row.note}".strip()


def _beyond(conference: Conference) -> list[tuple[str, int, int]]:
    """Names, places taken and places there are, of whatever is now fuller than full."""
    conference.refresh_from_db(fields=["places_taken"])
    found = []
    if conference.total_capacity and conference.places_taken > conference.total_capacity:
        found.append((conference.name, conference.places_taken, conference.total_capacity))
    found += [
        (kind.name, kind.taken, kind.total_quantity)
        for kind in TicketType.objects.filter(conference=conference, total_quantity__gt=0)
        if kind.taken > kind.total_quantity
    ]
    return found
