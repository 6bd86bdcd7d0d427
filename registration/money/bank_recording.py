"""Record lines of a bank's list, each once however often the list is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal
from types import MappingProxyType

from django.db import IntegrityError, transaction

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.places import lock_places
from registration.errors import RegistrationError
from registration.money.bank import Matched, Named, Part, match_lines
from registration.money.bank_file import Line
from registration.money.issues import look_at_surplus
from registration.money.models import BankLine
from registration.order.invoicing import lock_numbers
from registration.order.locks import lock_orders
from registration.order.models import Order
from registration.order.models_money import PaymentMethod
from registration.order.payment import receive_payment

# By the digests of lines, what of them is for which order, by its reference.
Split = Mapping[str, Mapping[str, Decimal]]


def record_lines(
    lines: list[Line],
    *,
    conference: Conference,
    chosen: Collection[str],
    by: User,
    now: dt.datetime,
    named: Named = MappingProxyType({}),
    split: Split = MappingProxyType({}),
) -> int:
    """Record those of `lines` whose digest is in `chosen`, each in a transaction of its own; one that names several orders
    as `split` says, or as they owe. What was recorded already is left, and so is a split that is not of all that came.
    Returns how many lines were recorded.
    """
    matched = match_lines(lines, conference=conference, named=named)
    recorded = 0
    for each in matched:
        if each.line.digest in chosen and (parts := parts_of(each, split)):
            recorded += _record(each.line, parts, conference, by, now)
    return recorded


# By the digests of lines, the keys of the payments that somebody has said they are.
Known = Mapping[str, Collection[int]]


def know_lines_again(matched: list[Matched], *, known: Known, conference: Conference, by: User) -> int:
    """Note of those lines that they are payments that were recorded before, as long as those still may be. Returns how
    many lines that were; nothing is recorded by it, and the same list read again knows them.
    """
    return sum(
        _know_again(each, conference, by)
        for each in matched
        if each.twins and {twin.pk for twin in each.twins} == set(known.get(each.line.digest, ()))
    )


def _know_again(matched: Matched, conference: Conference, by: User) -> int:
    try:
        with transaction.atomic():
            for number, twin in enumerate(matched.twins):
                digest = _digest_of_part(matched.line.digest, number)
                BankLine.objects.create(conference=conference, digest=digest, payment=twin, said_by=by)
    except IntegrityError:
        return 0  # Somebody has recorded it just now, or said so too.
    return 1


def parts_of(matched: Matched, split: Split) -> list[Part]:
    """What of the line is for which order; nothing where that is not known, or not of all that came."""
    if not matched.can_be_recorded:
        return []
    if matched.order:
        return [Part(matched.order, matched.owed, matched.line.amount)]
    amounts = split.get(matched.line.digest)
    parts = list(matched.parts)
    if amounts:
        parts = [Part(part.order, part.owed, amounts.get(part.order.reference)) for part in parts]
    parts = [part for part in parts if part.amount]
    is_whole = sum(part.amount or 0 for part in parts) == matched.line.amount
    return parts if is_whole else []


def _takes_places(order: Order) -> bool:
    return not order.is_pending or order.replaces_id is not None


def _record(line: Line, parts: list[Part], conference: Conference, by: User, now: dt.datetime) -> int:
    """All of it or nothing. The locks of all its orders are taken before the first is paid; so are those of places, where
    several might take some back, and else places are taken by the last of them.
    """
    note = " · ".join(filter(None, [line.booked_on.isoformat(), line.payer, line.purpose]))
    parts = sorted(parts, key=lambda part: (_takes_places(part.order), part.order.pk))
    try:
        with transaction.atomic():
            if len(parts) > 1:
                lock_orders(part.order.pk for part in parts)
                lock_numbers(conference)
            if sum(_takes_places(part.order) for part in parts) > 1:
                lock_places(conference)
            for number, part in enumerate(parts):
                part.order.conference = conference
                digest = _digest_of_part(line.digest, number)
                payment = receive_payment(
                    order=part.order, amount=part.amount or Decimal(0), method=PaymentMethod.BANK_TRANSFER, note=note, by=by, now=now,
                    request_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{conference.pk}:{digest}"),
                )  # fmt: skip
                BankLine.objects.create(conference=conference, digest=digest, payment=payment)
                look_at_surplus(order=part.order, about=f"bank:{payment.pk}", now=now)
    except IntegrityError:
        return 0  # Somebody has recorded it just now.
    except RegistrationError as refusal:
        if refusal.code != "request_id_reused":
            raise
        return 0  # Likewise, and for another order.
    return 1


def _digest_of_part(digest: str, number: int) -> str:
    """The first has that of the line, by which the line is known as recorded."""
    return hashlib.sha256(f"{digest}\x1f{number}".encode()).hexdigest() if number else digest
