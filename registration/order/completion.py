"""What follows when nothing is owed any more: the seats are complete, and everybody gets their ticket by mail."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import connection

from registration.attendee.models import Attendee
from registration.order.models import Order, OrderStatus


def complete_order(*, order: Order, seats: list[Attendee], now: dt.datetime) -> None:
    """Mark `order` paid and its live `seats` completed. Call it inside the transaction that holds the locks of the seats and the order."""
    assert connection.in_atomic_block
    if order.status != OrderStatus.PAID:
        order.status = OrderStatus.PAID
        order.save(update_fields=["status", "updated_at"])
    open_seats = [seat for seat in seats if not seat.completed_registration]
    if open_seats:
        for seat in open_seats:
            seat.completed_registration = True
        Attendee.objects.filter(pk__in=[seat.pk for seat in open_seats]).update(
            completed_registration=True, updated_at=now
        )


def ask_for_payment(*, order: Order, owed: Decimal) -> None:
    """Mail the buyer what to pay and how."""
