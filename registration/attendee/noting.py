"""The history of an order is a room above; what happens to a seat here is told there all the same."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from registration.account.models import User
from registration.attendee.models import Attendee


def note_of_seat(seat: Attendee, *, kind: str, by: User | None, now: dt.datetime, reason: str = "") -> None:
    """Write one line into the history of the seat's order, if it has one. `kind` is a value of `order.history.Event`."""
    assert connection.in_atomic_block
    if seat.order:
        seat.order.events.create(kind=kind, at=now, by=by, reason=reason[:200], details={"seat": seat.name})
