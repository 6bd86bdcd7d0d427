"""Hold an order still: its seats first, then itself, as everybody does who changes either."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from registration.attendee.locking import lock_seats
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.models import Order, OrderLine

_RELATED = ("ticket_type", "conference", "user")


def lock_order(pk: int) -> tuple[list[Attendee], Order]:
    """All seats of the order by primary key, ended ones too, with ticket type, conference and holder; then its row, with
    conference and buyer. A seat whose ticket it is to change, and which has another order until then, is locked with
    them, and not among what is returned; all orders that such a seat was on are locked with the order, by primary key,
    as they change with it once it is paid (`replacement.take_over`, `retaxing.tax_anew`). Four queries; five with such a seat.
    """
    seats, orders = lock_orders([pk])
    return [seat for seat in seats if seat.order_id == pk], orders[pk]


def lock_orders(keys: Iterable[int]) -> tuple[list[Attendee], dict[int, Order]]:
    """As `lock_order`, of several at once, for who then calls rules that lock each: all that is locked, seats and orders.
    As many queries.
    """
    assert connection.in_atomic_block
    wanted = set(keys)
    # A union: for either this or that PostgreSQL reads all seats there are.
    linked = Attendee.objects.filter(order__in=wanted).order_by().values("pk")
    changing = OrderLine.objects.filter(order__in=wanted, replaces_line__isnull=False).order_by().values("attendee")
    held = lock_seats(Attendee.objects.filter(pk__in=linked.union(changing)), *_RELATED)
    # One that changes the ticket of another of them, too.
    others = [seat.pk for seat in held if len(wanted) > 1 or seat.order_id not in wanted]
    before = OrderLine.objects.filter(attendee__in=others).values_list("order", flat=True) if others else ()
    return held, _lock_rows({*wanted, *before})


def lock_row(pk: int) -> Order:
    """For a caller that holds the locks of its seats."""
    return _lock_rows([pk])[pk]


def _lock_rows(keys: Iterable[int]) -> dict[int, Order]:
    """Read after they are locked, as `lock_seats` does and for its reason."""
    held = list(Order.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
    return {order.pk: order for order in Order.objects.filter(pk__in=held).select_related("conference", "user")}


def lock_seat_with_orders(attendee: Attendee) -> tuple[Attendee, list[Attendee], dict[int, Order]]:
    """The seat; all seats, itself included, of its order and of every other order that it was or is to be on; and those
    orders by primary key. Seats first, then orders, each by primary key. Five queries. Raises RegistrationError
    `changed_meanwhile` when it has got another order before we had its lock.
    """
    assert connection.in_atomic_block
    was_on = OrderLine.objects.filter(attendee=attendee.pk).order_by().values_list("order", flat=True)
    # A union, as above.
    on = Attendee.objects.filter(pk=attendee.pk).exclude(order=None).order_by().values_list("order", flat=True)
    keys = set(was_on.union(on))
    held = lock_seats(Attendee.objects.filter(Q(pk=attendee.pk) | Q(order__in=keys)), *_RELATED)
    seat = next(each for each in held if each.pk == attendee.pk)
    if seat.order_id is not None and seat.order_id not in keys:
        raise RegistrationError("changed_meanwhile", _("This ticket has just changed. Load the page again."))
    return seat, held, _lock_rows(keys)
