"""Hold an order still: its seats first, then itself, as everybody does who changes either."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.models import Order, OrderLine


def lock_order(pk: int) -> tuple[list[Attendee], Order]:
    """All seats of the order by primary key, ended ones too, with ticket type, conference and holder; then its row, with
    conference and buyer. A seat whose ticket it is to change, and which has another order until then, is locked with
    them, and not among what is returned. Two queries.
    """
    assert connection.in_atomic_block
    seats = Attendee.objects.select_for_update(of=["self"]).select_related("ticket_type", "conference", "user")
    changing = OrderLine.objects.filter(order=pk, replaces_line__isnull=False).values("attendee")
    held = seats.filter(Q(order=pk) | Q(pk__in=changing)).order_by("pk")
    return [seat for seat in held if seat.order_id == pk], lock_row(pk)


def lock_row(pk: int) -> Order:
    """For a caller that holds the locks of its seats."""
    return Order.objects.select_for_update(of=["self"]).select_related("conference", "user").get(pk=pk)


def lock_seat_with_orders(attendee: Attendee) -> tuple[Attendee, list[Attendee], dict[int, Order]]:
    """The seat; all seats, itself included, of its order and of every other order that it was or is to be on; and those
    orders by primary key. Seats first, then orders, each by primary key. Three queries. Raises RegistrationError
    `changed_meanwhile` when it has got another order before we had its lock.
    """
    assert connection.in_atomic_block
    on = Q(lines__attendee=attendee.pk) | Q(attendees=attendee.pk)
    keys = set(Order.objects.filter(on).values_list("pk", flat=True))
    seats = Attendee.objects.select_for_update(of=["self"]).select_related("ticket_type", "conference", "user")
    held = list(seats.filter(Q(pk=attendee.pk) | Q(order__in=keys)).order_by("pk"))
    seat = next(each for each in held if each.pk == attendee.pk)
    if seat.order_id is not None and seat.order_id not in keys:
        raise RegistrationError("changed_meanwhile", _("This ticket has just changed. Load the page again."))
    orders = Order.objects.select_for_update(of=["self"]).select_related("conference", "user")
    return seat, held, {order.pk: order for order in orders.filter(pk__in=keys).order_by("pk")}
