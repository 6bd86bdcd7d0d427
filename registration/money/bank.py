"""Match the lines of a bank's list with orders, and record them, each once however often the list is read."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from conferences.chunks import chunks
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.access_code import ALPHABET, fold_code
from registration.errors import RegistrationError
from registration.money.bank_file import Line
from registration.money.issues import look_at_surplus
from registration.money.models import BankLine
from registration.order.models import Order
from registration.order.models_money import PaymentMethod
from registration.order.payment import receive_payment

_REFERENCE = 8
_SYMBOLS = frozenset(ALPHABET)


class Match(models.TextChoices):
    EXACT = "exact", _("Just what is owed")
    AMOUNT = "amount", _("Another amount than is owed")
    CLOSED = "closed", _("The order is not waiting for money")
    UNKNOWN = "unknown", _("No reference of an order here")
    RECORDED = "recorded", _("Recorded already")


@dataclass(frozen=True)
class Matched:
    line: Line
    match: Match
    order: Order | None = None
    owed: Decimal = Decimal("0.00")

    @property
    def can_be_recorded(self) -> bool:
        return self.order is not None and self.match != Match.RECORDED


# By the digests of lines, the references of orders that somebody has typed for them.
Named = Mapping[str, str]


def match_lines(lines: list[Line], *, conference: Conference, named: Named = MappingProxyType({})) -> list[Matched]:
    """In the order of the list; of two that pay the same order, the second finds what the first has left. An order that is
    `named` for a line is its order, whatever its purpose says. Reads no orders but those that a line may mean.
    """
    recorded = _recorded(lines, conference)
    by_reference = _meant(lines, named, conference)
    owed = {order.pk: order.total - getattr(order, "kept_amount", Decimal(0)) for order in by_reference.values()}
    matched: list[Matched] = []
    for line in lines:
        typed = named.get(line.digest)
        order = by_reference.get(fold_code(typed)) if typed else _order_of(line, by_reference)
        if line.digest in recorded:
            matched.append(Matched(line, Match.RECORDED, order))
        elif order is None or (line.currency and line.currency != order.currency):
            matched.append(Matched(line, Match.UNKNOWN))
        else:
            left = owed[order.pk]
            match = Match.EXACT if left == line.amount else Match.AMOUNT
            matched.append(
                Matched(line, match if order.is_pending and left > 0 else Match.CLOSED, order, max(left, Decimal(0)))
            )
            owed[order.pk] = left - line.amount
    return matched


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


def _references(line: Line) -> set[str]:
    """Whatever in its purpose may be one. Banks break a purpose into lines and people put spaces and dashes into it."""
    text = fold_code(re.sub(r"[^0-9A-Za-z]", "", line.purpose))
    windows = {text[start : start + _REFERENCE] for start in range(len(text) - _REFERENCE + 1)}
    return set(filter(_is_reference, windows))


def _is_reference(text: str) -> bool:
    return _SYMBOLS.issuperset(text)


def _order_of(line: Line, by_reference: Mapping[str, Order]) -> Order | None:
    """None when it names several."""
    found = _references(line) & by_reference.keys()
    return by_reference[found.pop()] if len(found) == 1 else None


def record_lines(
    lines: list[Line],
    *,
    conference: Conference,
    chosen: Collection[str],
    by: User,
    now: dt.datetime,
    named: Named = MappingProxyType({}),
) -> int:
    """Record those of `lines` whose digest is in `chosen`, each in a transaction of its own. What was recorded already
    is left. Returns how many were recorded.
    """
    matched = match_lines(lines, conference=conference, named=named)
    return sum(
        _record(each, conference, by, now) for each in matched if each.can_be_recorded and each.line.digest in chosen
    )


def _record(matched: Matched, conference: Conference, by: User, now: dt.datetime) -> int:
    line, order = matched.line, matched.order
    assert order
    order.conference = conference
    try:
        with transaction.atomic():
            payment = receive_payment(
                order=order, amount=line.amount, method=PaymentMethod.BANK_TRANSFER,
                note=" · ".join(filter(None, [line.booked_on.isoformat(), line.payer, line.purpose])), by=by, now=now,
                request_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{conference.pk}:{line.digest}"),
            )  # fmt: skip
            BankLine.objects.create(conference=conference, digest=line.digest, payment=payment)
            look_at_surplus(order=order, about=f"bank:{payment.pk}", now=now)
    except IntegrityError:
        return 0  # Somebody has recorded it just now.
    except RegistrationError as refusal:
        if refusal.code != "request_id_reused":
            raise
        return 0  # Likewise, and for another order.
    return 1
