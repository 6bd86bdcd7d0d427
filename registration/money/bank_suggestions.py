"""Orders that a line of a bank's list without a reference may be for. People decide; nothing is recorded by it."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal

from conferences.chunks import chunks
from conferences.models import Conference
from registration.attendee.search import searchable
from registration.money.bank import BEFORE_BOOKED, Match, Matched
from registration.order.models import Order, OrderStatus
from registration.order.models_money import Payment, PaymentMethod

_AT_MOST = 3


def suggest_orders(matched: list[Matched], *, conference: Conference) -> dict[str, list[Order]]:
    """By the digests of lines that name no order: those that cost just this and are not paid, or for which just this was
    recorded by hand, and whose buyer's name is in what payer and purpose say; none that another line names. Two queries,
    none without such a line.
    """
    unknown = [each.line for each in matched if each.match == Match.UNKNOWN]
    if not unknown:
        return {}
    by_amount = _not_paid({line.amount for line in unknown}, conference)
    by_hand = _by_hand({line.amount for line in unknown}, conference)
    elsewhere = {order.pk for each in matched for order in (each.order, *(part.order for part in each.parts)) if order}
    found: dict[str, list[Order]] = {}
    for line in unknown:
        earliest = line.booked_on - BEFORE_BOOKED
        may_be = [*by_amount[line.amount], *(order for order, day in by_hand[line.amount] if day >= earliest)]
        said = _words(f"{line.payer} {line.purpose}")
        fitting = {order.pk: order for order in may_be if order.pk not in elsewhere and _is_named(order, said)}
        if 0 < len(fitting) <= _AT_MOST:
            found[line.digest] = list(fitting.values())
    return found


def _not_paid(amounts: set[Decimal], conference: Conference) -> dict[Decimal, list[Order]]:
    found: dict[Decimal, list[Order]] = defaultdict(list)
    orders = Order.objects.placed().filter(conference=conference, status__in=[OrderStatus.PENDING, OrderStatus.EXPIRED])
    for some in chunks(amounts):
        for order in orders.filter(total__in=some).select_related("user").order_by("-pk"):
            found[order.total].append(order)
    return found


def _by_hand(amounts: set[Decimal], conference: Conference) -> dict[Decimal, list[tuple[Order, dt.date]]]:
    """With the day on which it was recorded."""
    found: dict[Decimal, list[tuple[Order, dt.date]]] = defaultdict(list)
    payments = Payment.objects.filter(order__conference=conference, method=PaymentMethod.BANK_TRANSFER, bank_lines=None)
    for some in chunks(amounts):
        for payment in payments.filter(amount__in=some).select_related("order__user").order_by("-pk"):
            found[payment.amount].append((payment.order, payment.recorded_at.date()))
    return found


def _is_named(order: Order, said: set[str]) -> bool:
    """By all words of the name. One alone is a first name, but where it is written without spaces."""
    words = _words(order.user.name)
    return words <= said and (len(words) > 1 or any(not word.isascii() for word in words))


def _words(text: str) -> set[str]:
    """As a bank may write them too, which spells umlauts out."""
    words = re.findall(r"\w+", searchable(text))
    return {re.sub(r"(?<=[aou])e", "", word) for word in words if len(word) > 1 or not word.isascii()}
