"""Which lines were paid for the ticket that a seat has now: its own, and those of the tickets it was changed from.

A seat that was cancelled may be sold again (`seating.fill_seats`): what it had before is no part of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F, QuerySet

from registration.attendee.models import Attendee
from registration.order.models import OrderLine

_RELATED = ("order", "ticket_type__conference")


def ticket_line(seat: Attendee) -> OrderLine | None:
    """The line of the seat's present ticket, with its order, and ticket type with conference. One query."""
    return _tickets().filter(attendee=seat, order=seat.order_id).last()


def changed_seats(seats: Iterable[Attendee]) -> list[Attendee]:
    """Those of `seats` whose present ticket came by a change from another. One query."""
    seats = list(seats)
    lines = _tickets().filter(attendee__in=seats, order=F("attendee__order"))
    changed = {line.attendee_id: line.replaces_line_id is not None for line in lines}
    return [seat for seat in seats if changed.get(seat.pk)]


def _tickets() -> QuerySet[OrderLine]:
    """Of one seat and order the last is that of the ticket it has."""
    return OrderLine.objects.live().filter(ticket_type__isnull=False).select_related(*_RELATED).order_by("pk")


def ticket_lines(line: OrderLine) -> list[OrderLine]:
    """`line`, and each that it replaced, the newest first, each as `ticket_line`. One query for each before."""
    lines = [line]
    while (before := lines[-1].replaces_line_id) is not None:
        lines.append(OrderLine.objects.select_related(*_RELATED).get(pk=before))
    return lines


def ticket_prices(seats: Iterable[Attendee]) -> dict[int, Decimal]:
    """What was asked for the ticket that each of `seats` has, all of its `ticket_lines` together, by primary key of the
    seat. Nothing of a seat without a line. One query.
    """
    orders = {seat.pk: seat.order_id for seat in seats}
    lines = OrderLine.objects.filter(attendee__in=orders, ticket_type__isnull=False).order_by("pk")
    prices, sums = dict[int, Decimal](), dict[int, Decimal]()
    for pk, seat, order, price, before, cancelled_at in lines.values_list(
        "pk", "attendee", "order", "price", "replaces_line", "cancelled_at"
    ):
        sums[pk] = price + (sums.get(before, Decimal(0)) if before else 0)
        if order == orders[seat] and cancelled_at is None:
            prices[seat] = sums[pk]
    return prices


def is_of_present_ticket(line: OrderLine) -> bool:
    """Whether `line` was paid for the ticket that its seat has or, where it has ended, had last. No query where that is in
    the same order.
    """
    seat = line.attendee
    if seat is None or seat.order_id == line.order_id:
        return seat is not None
    now = ticket_line(seat)
    return now is not None and line.order_id in {each.order_id for each in ticket_lines(now)}


def is_over(line: OrderLine) -> bool:
    """Whether the ticket of a seat that `line` was paid for has ended. The seat may have another by now."""
    return line.attendee is not None and not (line.attendee.is_live and is_of_present_ticket(line))
