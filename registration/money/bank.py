"""Match the lines of a bank's list with orders. `bank_recording` records them."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.chunks import chunks
from conferences.models import Conference
from registration.attendee.access_code import ALPHABET, fold_code
from registration.money.bank_file import Line
from registration.money.models import BankLine
from registration.order.models import Order
from registration.order.models_money import Payment, PaymentMethod

_REFERENCE = 8
_SYMBOLS = frozenset(ALPHABET)
# Somebody who sees the money on the account records it by hand at once; a bank may book it some days later.
BEFORE_BOOKED = dt.timedelta(days=5)


class Match(models.TextChoices):
    EXACT = "exact", _("Just what is owed")
    SEVERAL = "several", _("For several orders")
    AMOUNT = "amount", _("Another amount than is owed")
    PERHAPS = "perhaps", _("Perhaps recorded already")
    CLOSED = "closed", _("The order is not waiting for money")
    CURRENCY = "currency", _("Another currency than the order's")
    UNKNOWN = "unknown", _("No reference of an order here")
    RECORDED = "recorded", _("Recorded already")


@dataclass(frozen=True)
class Part:
    """Of a line that names several orders. `amount` is None while nobody has said it."""

    order: Order
    owed: Decimal
    amount: Decimal | None = None

    @property
    def is_owed(self) -> bool:
        return self.order.is_pending and self.owed > 0


@dataclass(frozen=True)
class Matched:
    """`order` is whose it is, or `parts` are of all that it names. `twins` are what may be this one: a payment, or one for
    each of the orders.
    """

    line: Line
    match: Match
    order: Order | None = None
    owed: Decimal = Decimal("0.00")
    parts: tuple[Part, ...] = ()
    twins: tuple[Payment, ...] = ()

    @property
    def can_be_recorded(self) -> bool:
        return self.match not in {Match.RECORDED, Match.CURRENCY} and bool(self.order or self.parts)

    @property
    def is_sure(self) -> bool:
        """It comes to just what is owed, and nothing is to be decided."""
        return self.match == Match.EXACT or (self.match == Match.SEVERAL and self.is_divided)

    @property
    def is_divided(self) -> bool:
        """It is known what of it is for which order."""
        return self.order is not None or any(part.amount for part in self.parts)


# By the digests of lines, the references of orders that somebody has typed for them.
Named = Mapping[str, str]


def match_lines(lines: list[Line], *, conference: Conference, named: Named = MappingProxyType({})) -> list[Matched]:
    """In the order of the list; of two that pay the same order, the second finds what the first has left. An order that is
    `named` for a line is its order, whatever its purpose says. Reads no orders but those that a line may mean.
    """
    by_reference = _meant(lines, named, conference)
    orders = by_reference.values()
    owed = {order.pk: order.total - getattr(order, "kept_amount", Decimal(0)) for order in orders}
    recorded, twins = _recorded(lines, conference), _Twins(orders, lines)
    matched: list[Matched] = []
    for line in lines:
        found = _orders_of(line, by_reference, named)
        order = found[0] if len(found) == 1 else None
        if line.digest in recorded:
            several = found if order is None else []
            each = Matched(line, Match.RECORDED, order, parts=tuple(Part(other, Decimal(0)) for other in several))
        elif not found:
            each = Matched(line, Match.UNKNOWN)
        elif line.currency and any(line.currency != order.currency for order in found):
            each = Matched(line, Match.CURRENCY, order)
        elif order is None:
            each = _of_several(line, found, owed, twins)
        else:
            each = _of_order(line, order, owed[order.pk], twins)
            # What is recorded already is no longer owed, and the next line may be the rest.
            owed[order.pk] -= 0 if each.twins else line.amount
        for part in () if each.twins else each.parts:
            owed[part.order.pk] -= part.amount or 0
        matched.append(each)
    return matched


def _of_order(line: Line, order: Order, left: Decimal, twins: _Twins) -> Matched:
    # Of one that is closed nothing is owed, whatever it cost.
    left = max(left, Decimal(0)) if order.is_pending else Decimal(0)
    match = Match.EXACT if left == line.amount else Match.AMOUNT
    if not left:
        match = Match.CLOSED
    found = twins.of(line, [order])
    return Matched(line, Match.PERHAPS if found else match, order, left, twins=found)


def _of_several(line: Line, orders: list[Order], owed: Mapping[int, Decimal], twins: _Twins) -> Matched:
    found = twins.of(line, orders)
    return Matched(line, Match.PERHAPS if found else Match.SEVERAL, parts=_parts(line, orders, owed), twins=found)


def _parts(line: Line, orders: list[Order], owed: Mapping[int, Decimal]) -> tuple[Part, ...]:
    """With amounts where it is just what those of them that wait for money owe."""
    parts = [Part(order, max(owed[order.pk], Decimal(0))) for order in orders]
    waiting = [part for part in parts if part.is_owed]
    if sum(part.owed for part in waiting) == line.amount:
        parts = [Part(part.order, part.owed, part.owed if part.is_owed else None) for part in parts]
    return tuple(parts)


class _Twins:
    """Transfers that were recorded by hand, or from a list of the same account with other columns, so that its lines read
    otherwise. Each stands for one line.
    """

    def __init__(self, orders: Iterable[Order], lines: list[Line]) -> None:
        here = {line.digest for line in lines}
        self._left: dict[int, list[Payment]] = defaultdict(list)
        for some in chunks([order.pk for order in orders]):
            payments = Payment.objects.filter(order__in=some, method=PaymentMethod.BANK_TRANSFER)
            payments = payments.select_related("order", "recorded_by").prefetch_related("bank_lines")
            for payment in payments.order_by("pk"):
                if here.isdisjoint(known.digest for known in payment.bank_lines.all()):
                    self._left[payment.order_id].append(payment)

    def of(self, line: Line, orders: list[Order]) -> tuple[Payment, ...]:
        """One of that amount, or one for each of some of `orders` that come to it."""
        held = [payment for order in orders for payment in self._left[order.pk] if _may_be(payment, line)]
        found = next(([payment] for payment in held if payment.amount == line.amount), [])
        if not found and len({payment.order_id for payment in held}) == len(held):
            found = held if sum(payment.amount for payment in held) == line.amount else []
        for payment in found:
            self._left[payment.order_id].remove(payment)
        return tuple(found)


def _may_be(payment: Payment, line: Line) -> bool:
    if any(known.said_by_id is None for known in payment.bank_lines.all()):
        return payment.note.startswith(line.booked_on.isoformat())
    return payment.recorded_at.date() >= line.booked_on - BEFORE_BOOKED


def _meant(lines: list[Line], named: Named, conference: Conference) -> dict[str, Order]:
    """By reference, what a line may mean."""
    references = {*filter(_is_reference, map(fold_code, named.values()))}.union(*map(_references, lines))
    known = Order.objects.values_list("pk", "conference")
    # In a query by conference as well, SQLite reads all that it has.
    here = [pk for some in chunks(references) for pk, at in known.filter(reference__in=some) if at == conference.pk]
    orders = Order.objects.placed().with_buyer_and_paid()
    return {order.reference: order for some in chunks(here) for order in orders.filter(pk__in=some)}


def _recorded(lines: list[Line], conference: Conference) -> set[str]:
    """The digests of those that were."""
    of_conference = BankLine.objects.filter(conference=conference).values_list("digest", flat=True)
    digests = [line.digest for line in lines]
    return {digest for some in chunks(digests) for digest in of_conference.filter(digest__in=some)}


def _references(line: Line) -> list[str]:
    """Whatever in its purpose may be one. Banks break a purpose into lines and people put spaces and dashes into it."""
    text = fold_code(re.sub(r"[^0-9A-Za-z]", "", line.purpose))
    windows = (text[start : start + _REFERENCE] for start in range(len(text) - _REFERENCE + 1))
    return list(dict.fromkeys(filter(_is_reference, windows)))


def _is_reference(text: str) -> bool:
    return _SYMBOLS.issuperset(text)


def _orders_of(line: Line, by_reference: Mapping[str, Order], named: Named) -> list[Order]:
    """In the order of their references in its purpose."""
    if typed := named.get(line.digest):
        order = by_reference.get(fold_code(typed))
        return [order] if order else []
    return [by_reference[reference] for reference in _references(line) if reference in by_reference]
