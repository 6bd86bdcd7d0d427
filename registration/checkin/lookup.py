"""Whose ticket a code is. The order of the attempts is part of the design: what was printed exactly wins over what
somebody may have meant, so that no code ever opens the door for another person.

The first attempt is written in SQL: it runs once a scan with a queue waiting, and building the same query in the ORM
took longer than running it (measured: half of the time of a whole scan).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Lower

from conferences.rows import ReadyMade
from registration.attendee.access_code import clean_code, fold_code
from registration.attendee.models import Attendee, RetiredCode
from registration.catalogue.models import TicketType
from registration.checkin.models import Checkpoint
from registration.checkin.standing import HANDS_OUT, OK, STANDING
from registration.order.models import Order


@dataclass(frozen=True)
class Seat:
    """A seat as one checkpoint sees it. `attendee` comes with `ticket_type` and `order`, each with a few fields loaded
    and the others fetched when asked for.
    """

    attendee: Attendee
    standing: str  # what speaks against the seat itself (`standing.STANDING`), or `ok`
    admission_id: uuid.UUID | None  # the live admission for this entry key
    is_used: bool = False  # nothing is left to be admitted for
    hands_out: bool = False  # the checkpoint does: see `hand_outs`
    is_retired: bool = False


# {lock} is FOR UPDATE where the database has it; SQLite has locked the whole database by BEGIN IMMEDIATE. Rows are locked
# in the order of their primary key. On PostgreSQL a statement that had to wait for the lock sees the attendee's row
# anew, but `admission_id` as it was before: the unique constraint then refuses the insert, and `check_in` looks again.
_SEATS = ReadyMade(
    Attendee,
    """
SELECT {columns},
       k.name AS ticket_name, o.status AS order_status, o.reference AS order_reference,
       {standing} AS standing, {hands_out} AS hands_out,
       (SELECT s.id FROM registration_scan s
        WHERE s.checkpoint_id = %(checkpoint)s AND s.attendee_id = t.id AND s.entry_key = %(entry_key)s
          AND s.verdict = 'admitted' AND s.undone_at IS NULL AND NOT s.rehearsal) AS admission_id
FROM {table} t
LEFT JOIN registration_tickettype k ON k.id = t.ticket_type_id
LEFT JOIN registration_order o ON o.id = t.order_id
WHERE t.id IN ({candidates})
ORDER BY t.id {lock}
""",
    fields=[
        "id", "user_id", "conference_id", "order_id", "ticket_type_id", "name", "access_code", "imported_code", "state",
        "blocked_reason", "staff_note", "needs_attention", "checked_in_at", "completed_registration",
    ],
    also=["ticket_name", "order_status", "order_reference", "standing", "hands_out", "admission_id"],
)  # fmt: skip
_AS_PRINTED = """
SELECT c.id FROM registration_attendee c
WHERE c.conference_id = %(conference)s AND c.access_code IN (%(trimmed)s, %(cleaned)s, %(folded)s)
UNION ALL
SELECT c.id FROM registration_attendee c
WHERE c.conference_id = %(conference)s AND c.imported_code IN (%(cleaned)s, %(trimmed)s)
"""


def lock_seat(*, checkpoint: Checkpoint, code: str, entry_key: str) -> Seat | None:
    """The seat that `code` (as typed or scanned) belongs to at the checkpoint's conference, its row locked until the
    transaction ends. One query for a code that is known as printed, up to four otherwise. A retired code gives the seat
    it was taken from, unlocked, with `is_retired`.
    """
    cleaned = clean_code(code)
    reading = {
        "cleaned": cleaned,
        "folded": fold_code(cleaned),
        "trimmed": code.strip()[:512].replace("\x00", ""),
        "conference": checkpoint.conference_id,
    }
    return (
        _as_printed(checkpoint, entry_key, reading)
        or _ignoring_case(checkpoint, entry_key, cleaned)
        or _retired(checkpoint, reading)
    )


def seats_of_order(*, checkpoint: Checkpoint, order: int, entry_key: str, most: int) -> list[Seat]:
    """The seats of one order at the checkpoint's conference, `most` at the most, by primary key. Not locked: it tells, and
    a scan decides. One query.
    """
    same = "SELECT c.id FROM registration_attendee c WHERE c.order_id = %(order)s AND c.conference_id = %(conference)s LIMIT %(most)s"
    reading = {"order": order, "conference": checkpoint.conference_id, "most": most}
    return _seats(same, checkpoint, entry_key, lock="", **reading)


def _as_printed(checkpoint: Checkpoint, entry_key: str, reading: dict[str, object]) -> Seat | None:
    seats = _locked(_AS_PRINTED, checkpoint, entry_key, **reading)
    # Exactly what was read goes before what it may be read as: an imported barcode may be an address, or full-width.
    for is_meant in (
        lambda a: a.access_code == reading["trimmed"],
        lambda a: a.imported_code == reading["trimmed"],
        lambda a: a.access_code == reading["cleaned"],
        lambda a: a.imported_code == reading["cleaned"],
        lambda a: a.access_code == reading["folded"],
    ):
        for seat in seats:
            if is_meant(seat.attendee):
                return seat
    return None


def _ignoring_case(checkpoint: Checkpoint, entry_key: str, cleaned: str) -> Seat | None:
    """Only where that is one person."""
    imported = Attendee.objects.annotate(imported_lower=Lower("imported_code"))
    same = imported.filter(conference=checkpoint.conference_id, imported_lower=cleaned.lower()).values_list(
        "pk", flat=True
    )[:2]
    if len(same) != 1:
        return None
    return next(iter(_locked("%(pk)s", checkpoint, entry_key, pk=same[0])), None)


def _retired(checkpoint: Checkpoint, reading: dict[str, object]) -> Seat | None:
    """Not locked: whatever the state of the seat, the answer is `replaced`."""
    codes = RetiredCode.objects.filter(
        code__in={reading["trimmed"], reading["cleaned"], reading["folded"]},
        attendee__conference=checkpoint.conference_id,
    )
    retired = codes.select_related("attendee__ticket_type", "attendee__order").first()
    return Seat(retired.attendee, OK, admission_id=None, is_retired=True) if retired else None


def _locked(candidates: str, checkpoint: Checkpoint, entry_key: str, **values: object) -> list[Seat]:
    lock = "FOR UPDATE OF t" if connection.features.has_select_for_update_of else ""
    return _seats(candidates, checkpoint, entry_key, lock=lock, **values)


def _seats(candidates: str, checkpoint: Checkpoint, entry_key: str, *, lock: str, **values: object) -> list[Seat]:
    values |= {"checkpoint": checkpoint.pk, "entry_key": entry_key}
    rows = _SEATS.all(values, candidates=candidates, standing=STANDING, hands_out=HANDS_OUT, lock=lock)
    return [_seat(row) for row in rows]


def _seat(row: Any) -> Seat:
    """`row` is an Attendee with the columns of `_SEATS` beside its own."""
    database = row._state.db
    if row.ticket_type_id:
        row.ticket_type = TicketType.from_db(database, ["id", "name"], [row.ticket_type_id, row.ticket_name])
    if row.order_id:
        row.order = Order.from_db(
            database, ["id", "status", "reference"], [row.order_id, row.order_status, row.order_reference]
        )
    admission = row.admission_id
    return Seat(
        row,
        row.standing,
        admission_id=uuid.UUID(admission) if isinstance(admission, str) else admission,  # SQLite keeps a UUID as text
        is_used=admission is not None,
        hands_out=bool(row.hands_out),
    )
