"""What was paid for a ticket is, once that is changed, the price of the ticket in its place, and taxed as that one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import connection

from registration.catalogue.prices import NOTHING, tax_in
from registration.order.history import Event, note
from registration.order.models import Order, OrderLine
from registration.order.refundable import refundable
from registration.order.ticket_lines import ticket_lines


def tax_anew(*, order: Order, now: dt.datetime, going_back: Mapping[OrderLine, Decimal] | None = None) -> list[Order]:
    """Give the lines of the tickets before those of `order`, which has just taken over their seats, the rate of the new
    tickets; but no line of which nothing is left, or of which all that is left is `going_back` next. Add-ons stay with
    their seats, and keep their rate. Returns the orders of these lines: `completion.renew_papers` is to follow, which
    credits them at the rate before and invoices them at the new one.

    Not where the new ticket is free: then what is left is a fee for the old one. For a caller that holds the locks of all
    orders that the seats were on. One query, one for each line before, and three or more for each at another rate.
    """
    assert connection.in_atomic_block
    leaving = going_back or {}
    touched: list[Order] = []
    lines = order.lines.live().filter(replaces_line__isnull=False, ticket_type__isnull=False, attendee__order=order)
    for line in lines.select_related("attendee"):
        for before in ticket_lines(line)[1:]:
            if before.tax_rate == line.tax_rate:
                continue
            if refundable(before.order).lines.get(before, NOTHING) <= leaving.get(before, NOTHING):
                continue
            was = before.taxed_as or before.text
            _tax_as(before, line)
            details = {"seat": line.attendee.name if line.attendee else "", "was": was, "ticket": line.text}
            note(order=before.order, event=Event.TAXED_ANEW, by=None, now=now, order_after=order.reference, **details)
            touched.append(before.order)
    return touched


def _tax_as(before: OrderLine, line: OrderLine) -> None:
    before.tax_rate = line.tax_rate
    # There and back again, it is called what it was.
    before.taxed_as = line.text if line.text != before.text else ""
    before.tax = tax_in(before.amount, rate=line.tax_rate, currency=before.order.currency)
    before.save(update_fields=["tax_rate", "tax", "taxed_as"])
