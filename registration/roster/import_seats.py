"""The new seats of an imported list, with their holders, orders, lines and profiles, in as few queries as there are
tables.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from conferences.chunks import chunks
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.access_code import clean_code, draw_codes, fold_code
from registration.attendee.company import companies_of
from registration.attendee.models import Attendee
from registration.attendee.search import search_columns
from registration.order.models import OrderLine
from registration.roster.holders import accounts_with, new_placeholders, seated
from registration.roster.import_orders import orders_for
from registration.roster.planning import Progress
from registration.roster.profile_import import ProfileColumns
from registration.roster.rows import RosterRow
from registration.roster.ticket_import import TicketTypes

# What `cancel_reason` begins with when a list ended the seat; only such a seat comes back by a list.
IMPORT_REASON = "Imported list: "
_BATCH = 1000


def make_seats(
    *,
    conference: Conference,
    rows: list[RosterRow],
    types: TicketTypes,
    columns: ProfileColumns,
    now: dt.datetime,
    progress: Progress,
    barcodes: set[str],
) -> list[tuple[RosterRow, Attendee]]:
    """`barcodes` are all of the list: no drawn access code may be read as one of them. Counts no places."""
    holders = _holders(conference, rows)
    orders = orders_for(conference=conference, rows=rows, holders=holders, now=now)
    answers = {row.line: columns.answers(row) for row in rows}
    companies = {
        row.line: columns.company(answers[row.line]) for row in rows if holders[row.line].is_placeholder
    } | _companies_of_accounts(rows, holders)
    avoid = {reading for code in barcodes for reading in (code, clean_code(code), fold_code(clean_code(code)))}
    drawn = iter(draw_codes(sum(1 for row in rows if not row.access_code), avoid=avoid))
    made: list[tuple[RosterRow, Attendee]] = []
    for chunk in progress(str(_("Importing")), list(chunks(rows, _BATCH))):
        seats = []
        for row in chunk:
            order = orders[row.line]
            seat = Attendee(
                conference=conference, user=holders[row.line], order=order, ticket_type=types.of(row), name=row.name,
                email=row.email, access_code=row.access_code or next(drawn), staff_note=row.note,
                imported_code=row.barcode if row.barcode != row.access_code else None,
                needs_attention=row.needs_attention, blocked_reason=(row.blocked_reason or "")[:200],
                completed_registration=order.is_paid, imported_digest=row.digest, created_at=row.ordered_at or now,
            )  # fmt: skip
            seat.search_text, seat.search_email = search_columns(
                seat,
                references=[order.reference, order.imported_reference or ""],
                company=companies.get(row.line, ""),
            )
            seats.append(seat)
        Attendee.objects.bulk_create(seats)
        OrderLine.objects.bulk_create(
            OrderLine(order=seat.order, attendee=seat, ticket_type=seat.ticket_type, text=row.ticket or "–",
                      price=row.price)
            for row, seat in zip(chunk, seats, strict=True)
        )  # fmt: skip
        columns.create(
            [
                (seat.user_id, answers[row.line])
                for row, seat in zip(chunk, seats, strict=True)
                if seat.user.is_placeholder
            ]
        )
        made += zip(chunk, seats, strict=True)
    return made


def _holders(conference: Conference, rows: list[RosterRow]) -> dict[int, User]:
    """By line. An account gets the first of the seats with its address, if it has none here."""
    accounts = accounts_with(row.email for row in rows)
    taken = seated(conference, accounts.values())
    found: dict[int, User] = {}
    for row in rows:
        account = accounts.get(row.email.lower())
        if account and account.pk not in taken:
            taken.add(account.pk)
            found[row.line] = account
    waiting = [row for row in rows if row.line not in found]
    for row, user in zip(waiting, new_placeholders([row.name for row in waiting]), strict=True):
        found[row.line] = user
    return found


def _companies_of_accounts(rows: list[RosterRow], holders: dict[int, User]) -> dict[int, str]:
    by_user = companies_of([user.pk for user in holders.values() if not user.is_placeholder])
    return {row.line: by_user.get(holders[row.line].pk, "") for row in rows if not holders[row.line].is_placeholder}
