"""Hold an order still: its seats first, then itself, as everybody does who changes either."""

from __future__ import annotations

from django.db import connection

from registration.attendee.models import Attendee
from registration.order.models import Order


def lock_order(pk: int) -> tuple[list[Attendee], Order]:
    """All seats of the order by primary key, ended ones too, with ticket type, conference and holder; then its row, with
    conference and buyer. Two queries.
    """
    assert connection.in_atomic_block
    seats = Attendee.objects.select_for_update(of=["self"]).select_related("ticket_type", "conference", "user")
    return list(seats.filter(order=pk).order_by("pk")), lock_row(pk)


def lock_row(pk: int) -> Order:
    """For a caller that holds the locks of its seats."""
    return Order.objects.select_for_update(of=["self"]).select_related("conference", "user").get(pk=pk)
