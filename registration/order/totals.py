"""What an order costs: the sum of its lines that are not cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F

from conferences.chunks import CHUNK, chunks
from registration.catalogue.prices import NOTHING
from registration.order.models import Order, OrderLine
from registration.order.models_money import Total

# The fields that `add_up` sets.
SUMS = ("subtotal", "discount", "total")


def add_up(orders: Iterable[Order]) -> list[Order]:
    """Let the sums of `orders`, which the caller has locked, be those of their lines. Returns the orders that changes, for
    the caller to save. One query for some hundred.
    """
    found = {order.pk: order for order in orders}
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for chunk in chunks(found, CHUNK):
        lines = OrderLine.objects.live().filter(order__in=chunk).order_by().values("order")
        rows = lines.annotate(sum=Total(F("price") * F("quantity")), less=Total(F("discount") * F("quantity")))
        sums.update((row["order"], (row["sum"], row["less"])) for row in rows)
    changed = []
    for order in found.values():
        total, discount = sums.get(order.pk, (NOTHING, NOTHING))
        subtotal = total + discount
        if (order.subtotal, order.discount, order.total) != (subtotal, discount, total):
            order.subtotal, order.discount, order.total = subtotal, discount, total
            changed.append(order)
    return changed
