"""What lines took, to be given back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.order.models import OrderLine, OrderLineQuerySet


@dataclass(frozen=True)
class Released:
    """For `free_places`. `held` are the ticket types, one entry a place, of lines that have no seat; the place of a seat
    is given back with the seat, whatever its line says. `exchanged` are those of tickets that were to be changed.
    """

    held: list[TicketType]
    add_ons: Counter[AddOn]
    vouchers: Counter[Voucher]
    exchanged: list[TicketType] = field(default_factory=list)


def release_lines(lines: OrderLineQuerySet, *, now: dt.datetime) -> Released:
    """Mark those of `lines` that hold something as released, each once, and say what is to be freed. Two queries. The
    caller holds the lock of their order, and calls `free_places` with it, last.
    """
    assert connection.in_atomic_block
    holding = list(lines.holding().select_related("ticket_type", "add_on", "voucher", "attendee"))
    OrderLine.objects.filter(pk__in=[line.pk for line in holding]).update(released_at=now)
    return taken_by(holding)


def taken_by(lines: Iterable[OrderLine]) -> Released:
    """What these lines have taken, those that were released left out. No query where what they sell is loaded."""
    taken = Released([], Counter(), Counter())
    for line in lines:
        if line.released_at is not None:
            continue
        if line.ticket_type and line.attendee_id is None:
            taken.held.extend([line.ticket_type] * line.quantity)
        elif line.ticket_type and line.replaces_line_id and line.attendee and line.attendee.order_id != line.order_id:
            taken.exchanged.append(line.ticket_type)
        if line.add_on:
            taken.add_ons[line.add_on] += line.quantity
        elif line.voucher:
            taken.vouchers[line.voucher] += line.quantity
    return taken
