"""The history of an order: who changed what, when and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from registration.account.models import User
from registration.order.models import Order, OrderEvent


class Event(models.TextChoices):
    PLACED = "placed", _("Placed")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    PAYMENT = "payment", _("Payment recorded")
    PAID = "paid", _("Paid")
    NAMED = "named", _("Name or address changed")
    TICKET_SENT = "ticket_sent", _("Ticket sent again")
    TAKEN_OVER = "taken_over", _("Taken over into an account")
    NEW_CODE = "new_code", _("New code for the ticket")
    BLOCKED = "blocked", _("Ticket blocked")
    UNBLOCKED = "unblocked", _("Ticket no longer blocked")
    BILLED = "billed", _("Invoice asked for, or its address changed")
    TRANSFERRED = "transferred", _("Given to somebody else")
    EXCHANGE_ASKED = "exchange_asked", _("Other ticket chosen")
    EXCHANGED = "exchanged", _("Ticket changed")
    TAXED_ANEW = "taxed_anew", _("Taxed as the new ticket")
    EXCHANGE_DROPPED = "exchange_dropped", _("Other ticket given up")
    REPLACED = "replaced", _("Replaced")
    SEAT_CANCELLED = "seat_cancelled", _("Ticket cancelled")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    REVIVED = "revived", _("Paid late, places taken again")
    REMINDED = "reminded", _("Reminded to pay")
    OVERDUE = "overdue", _("Reminded that it is overdue")
    REFUNDED = "refunded", _("Refund decided")
    PLACES_KEPT = "places_kept", _("Places kept off sale")
    PAID_OUT = "paid_out", _("Refund paid out")
    PAYOUT_RETURNED = "payout_returned", _("Refund came back")
    CREDIT_PAID_OUT = "credit_paid_out", _("Credit paid out as money")


_CLOSING = [
    Event.CANCELLED, Event.SEAT_CANCELLED, Event.DECLINED, Event.EXPIRED, Event.REPLACED, Event.REFUNDED,
]  # fmt: skip


def closed_at(order: Order) -> dt.datetime:
    """When `order`, which is closed, was; of an imported one when it last changed. One query."""
    at: dt.datetime | None = order.events.filter(kind__in=_CLOSING).order_by("-pk").values_list("at", flat=True).first()
    return at or order.updated_at


def note(
    *, order: Order, event: Event, by: User | None, now: dt.datetime, reason: str = "", **details: Any
) -> OrderEvent:
    """Write one line, in the caller's transaction. `by` is None for what happened by itself. `details` are plain JSON
    values that say what exactly, such as `seat="Ada Lovelace"`; no e-mail addresses.
    """
    assert connection.in_atomic_block
    return OrderEvent.objects.create(order=order, kind=event, at=now, by=by, reason=reason[:200], details=details)
