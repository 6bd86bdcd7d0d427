"""The list as CSV: for people with a spreadsheet, and for our own import, which reads back exactly what was there."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from conferences.chunks import CHUNK, chunks
from conferences.formulas import as_text
from conferences.models import Conference
from registration.attendee.models import Attendee, AttendeeProfileBase
from registration.attendee.profile import asked_fields, get_attendee_profile_model, profiles_of
from registration.order.ticket_lines import ticket_prices
from registration.roster.layouts import OWN_HEADINGS
from registration.roster.profile_cells import heading_of, to_cell

# So many take three milliseconds, which is how long somebody else's page waits for this process at the most, time after
# time; and it rests for so many times as long as it has worked.
_BATCH, _REST = 40, 2


def csv_parts(*, conference: Conference, seats: QuerySet[Attendee]) -> Iterator[str]:
    """Headings and one line a seat, in the order of `seats`; forty lines a part, with three queries.

    After each part it rests. Python does one thing at a time in a process, and every query of somebody else's page would
    wait for this to be interrupted: scans took eight times as long without rests, and nearly three times with parts of two
    hundred lines and rests as long as the work (measured).

    Times are in the conference's time zone, with their offset. A byte order mark comes first, by which Excel knows UTF-8.
    No cell is a formula.
    """
    model = get_attendee_profile_model()
    fields = asked_fields(model, conference) if model else []
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    taken = set(OWN_HEADINGS)
    headings = [heading_of(field) if heading_of(field) not in taken else field.name for field in fields]
    yield "\ufeff" + writer.writerow([as_text(heading) for heading in (*OWN_HEADINGS, *headings)])
    begun = time.thread_time()
    keys = seats.values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    for chunk in chunks(keys, _BATCH):
        found = Attendee.objects.select_related("ticket_type", "order__user").in_bulk(chunk)
        profiles = profiles_of(seat.user_id for seat in found.values())
        prices = ticket_prices(found.values())
        rows = (
            [*_own_cells(seat, conference, prices), *_answers(profiles.get(seat.user_id), fields)]
            for seat in (found[key] for key in chunk if key in found)
        )
        yield "".join(writer.writerow([as_text(cell) for cell in row]) for row in rows)
        if len(chunk) == _BATCH:
            time.sleep(_REST * (time.thread_time() - begun))
            begun = time.thread_time()


class _Echo:
    def write(self, line: str) -> str:
        return line


def _own_cells(seat: Attendee, conference: Conference, prices: dict[int, Decimal]) -> list[str]:
    order, kind = seat.order, seat.ticket_type
    return [
        seat.name,
        seat.email,
        kind.name if kind else "",
        str(prices.get(seat.pk, kind.price if kind else "")),
        seat.access_code,
        seat.imported_code or "",
        seat.state,
        seat.blocked_reason,
        order.reference if order else "",
        (order.imported_reference or "") if order else "",
        order.user.name if order else "",
        (order.user.email or "") if order else "",
        "Yes" if order is None or order.is_paid else "No",
        order.currency if order else "",
        order.created_at.astimezone(conference.tz).isoformat(sep=" ", timespec="seconds") if order else "",
        seat.checked_in_at.astimezone(conference.tz).isoformat(sep=" ", timespec="seconds")
        if seat.checked_in_at
        else "",
        "Yes" if seat.needs_attention else "No",
        seat.staff_note,
    ]


def _answers(profile: AttendeeProfileBase | None, fields: list[Any]) -> list[str]:
    return [to_cell(profile, field) if profile else "" for field in fields]
