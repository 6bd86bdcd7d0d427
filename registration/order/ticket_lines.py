"""Which lines were paid for the ticket that a seat has now: its own, and those of the tickets it was changed from.

A seat that was cancelled may be sold again (`seating.fill_seat`): what it had before is no part of this.
"""

from __future__ import annotations

from registration.attendee.models import Attendee
from registration.order.models import OrderLine


def ticket_line(seat: Attendee) -> OrderLine | None:
    """The line of the seat's present ticket, with its order and ticket type. One query."""
    lines = OrderLine.objects.live().filter(attendee=seat, order=seat.order_id, ticket_type__isnull=False)
    return lines.select_related("order", "ticket_type").order_by("pk").last()


def ticket_lines(line: OrderLine) -> list[OrderLine]:
    """`line`, and each that it replaced, the newest first, with its order and ticket type. One query for each before."""
    lines = [line]
    while (before := lines[-1].replaces_line_id) is not None:
        lines.append(OrderLine.objects.select_related("order", "ticket_type").get(pk=before))
    return lines
