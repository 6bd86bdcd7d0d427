"""An order that replaces another: it waits for its payment with a place of the new ticket, and then takes over the seat.

Until then nothing has changed: the seat has its old ticket, which is good at the door. Code and check-in stay in any
case.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.attendee.search import update_search_text
from registration.catalogue.models import TicketType
from registration.order.history import Event, note
from registration.order.invoicing import keep_books
from registration.order.locks import lock_row
from registration.order.models import Order, OrderLine, OrderStatus


def waiting_exchange(seat: Attendee) -> Order | None:
    """The order that waits to change the ticket of this seat. One query."""
    line = OrderLine.objects.exchanging().filter(attendee=seat).select_related("order").first()
    return line.order if line else None


def take_over(*, order: Order, now: dt.datetime) -> tuple[list[Attendee], list[TicketType]]:
    """Give the seats that `order` is for to it, with their new tickets. Returns them, and the ticket types of which a place
    is to be given back. An order that has no live seat left is replaced. The caller holds the locks of `lock_order`, or of
    `lock_seat_with_orders`, and calls `retaxing.tax_anew` next.
    """
    assert connection.in_atomic_block
    moved: list[Attendee] = []
    freed: list[TicketType] = []
    lines = order.lines.exchanging().select_related("attendee__ticket_type", "attendee__user", "ticket_type")
    for line in lines:
        seat = line.attendee
        assert seat and seat.order_id and line.replaces_line_id
        before, was = lock_row(seat.order_id), seat.ticket_type
        seat.order, seat.ticket_type = order, line.ticket_type
        seat.save(update_fields=["order", "ticket_type", "updated_at"])
        # The one before it holds nothing of its own any more, if it was such a line itself.
        OrderLine.objects.filter(pk=line.replaces_line_id, replaces_line__isnull=False).update(released_at=now)
        change = {"seat": seat.name, "was": str(was or ""), "ticket": str(line.ticket_type)}
        note(order=before, event=Event.EXCHANGED, by=None, now=now, order_after=order.reference, **change)
        note(order=order, event=Event.EXCHANGED, by=None, now=now, order_before=before.reference, **change)
        if not Attendee.objects.live().filter(order=before).exists():
            before.status = OrderStatus.REPLACED
            before.save(update_fields=["status", "updated_at"])
            note(order=before, event=Event.REPLACED, by=None, now=now, order_after=order.reference)
        moved.append(seat)
        freed += [was] if was else []
    update_search_text(*moved)
    return moved, freed


def drop_replacements(*, seats: list[Attendee], by: User | None, now: dt.datetime) -> None:
    """End the orders that wait to change the tickets of `seats`, which have ended. The caller holds the locks of the
    seats, which whoever changes such an order takes before it (`lock_order`), and has released or will release their lines.
    """
    assert connection.in_atomic_block
    waiting = Order.objects.pending().filter(lines__attendee__in=seats, lines__replaces_line__isnull=False).distinct()
    for order in waiting.order_by("pk"):
        order.lines.live().update(cancelled_at=now)
        order.status = OrderStatus.CANCELLED
        order.save(update_fields=["status", "updated_at"])
        keep_books(order=order, now=now)
        note(order=order, event=Event.CANCELLED, by=by, now=now, reason=_("The ticket it was for has ended."))


def note_dropped(*, order: Order, reason: str, by: User | None, now: dt.datetime) -> None:
    """Where `order`, which ends unpaid, was to change a ticket, the order that keeps the ticket says so too: its buyer may
    be another. Does nothing for any other order. The caller holds the locks of `lock_order`. Two queries, or none.
    """
    assert connection.in_atomic_block
    if not (before := order.replaces):
        return
    for line in order.lines.filter(replaces_line__isnull=False).select_related("attendee"):
        change = {"seat": line.attendee.name if line.attendee else "", "ticket": line.text}
        note(
            order=before, event=Event.EXCHANGE_DROPPED, by=by, now=now, reason=reason, order_after=order.reference,
            **change,
        )  # fmt: skip
