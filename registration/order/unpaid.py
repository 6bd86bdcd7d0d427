"""What becomes of an order that is not paid: when it ends, and whether it is still there when the desk opens."""

from __future__ import annotations

import datetime as dt

from registration.order.models import Order


def ends_at(order: Order) -> dt.datetime | None:
    """When `order` ends if nothing is paid; None when it does not end by itself."""
    days = order.conference.expire_after_days
    return order.due_at + dt.timedelta(days=days) if order.is_to_be_paid and order.due_at and days is not None else None


def is_overdue(order: Order, *, now: dt.datetime) -> bool:
    return order.is_to_be_paid and order.due_at is not None and order.due_at < now


def desk_opens_on(order: Order, *, is_partly_paid: bool = False) -> dt.date | None:
    """The first day of the conference, on which `order` can be paid at the desk; None where it ends before, which one that
    `is_partly_paid` does not.
    """
    conference, end = order.conference, None if is_partly_paid else ends_at(order)
    return None if end and conference.local_date(end) < conference.start_date else conference.start_date
