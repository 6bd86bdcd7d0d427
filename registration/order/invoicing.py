"""Issue invoices and credit notes: what is on paper is always what is sold, line by line and rate by rate, to the cent.

Of each line, at each rate of tax it has had, is compared what was invoiced (less what was credited) with what is sold
(less what was given back); an invoice is issued for what is missing and a credit note for what is too much. So it does not
matter what happened to an order nor in how many steps, and doing it twice does nothing. A line that is taxed anew
(`retaxing.py`) is sold at its new rate alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.prices import NOTHING
from registration.errors import RegistrationError
from registration.order.history import Event, note
from registration.order.invoice_content import Part, content_of
from registration.order.locks import lock_order
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_invoice import Invoice, InvoiceCounter, InvoiceKind
from registration.order.models_money import Total

_SOLD = {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED, OrderStatus.REPLACED}
# How often an order may be invoiced anew because somebody wants another address on it.
_CHANGES = 5


def keep_books(*, order: Order, now: dt.datetime) -> list[Invoice]:
    """Issue what is missing of `order`. Nothing where the conference has named no sender, and of an order that is to be
    paid nothing unless somebody has asked for its invoice before (`ask_for_invoice`).

    In the caller's transaction, which holds the locks of its seats and the order. Takes the lock of the conference's
    numbers, which comes after the order's and before those of the places.
    """
    assert connection.in_atomic_block
    issued = list(order.invoices.order_by("pk"))
    if not issued and (order.status not in _SOLD or not order.total or not order.conference.invoice_sender.strip()):
        return []
    return _issue(order, issued, sold_of(order), now)


def sold_of(order: Order) -> dict[OrderLine, Decimal]:
    """What of each line is sold and not given back, at its rate, or, of an order that is to be paid, would be. One query."""
    lines = order.lines.annotate(given_back=Total("refunds__amount")).order_by("pk")
    counts = order.status in _SOLD or order.is_pending
    return {
        line: line.amount - (line.given_back or NOTHING) if counts and line.cancelled_at is None else NOTHING
        for line in lines
    }


def invoiced_of(issued: Iterable[Invoice]) -> dict[tuple[int, Decimal], Decimal]:
    """By line and rate, what is on the invoices less what is on the credit notes."""
    sums: dict[tuple[int, Decimal], Decimal] = {}
    for invoice in issued:
        sign = 1 if invoice.is_invoice else -1
        for entry in invoice.content["lines"]:
            key = entry["line"], Decimal(entry["rate"])
            sums[key] = sums.get(key, NOTHING) + sign * Decimal(entry["amount"])
    return sums


def stands_of(invoice: Invoice, issued: Iterable[Invoice]) -> dict[tuple[int, Decimal], Decimal]:
    """By line and rate, what `invoice` is over, less what the credit notes among `issued` have corrected of it."""
    return invoiced_of([invoice, *(each for each in issued if each.corrects_id == invoice.pk)])


def _issue(order: Order, issued: list[Invoice], sold: Mapping[OrderLine, Decimal], now: dt.datetime) -> list[Invoice]:
    parts = _compare(invoiced_of(issued), sold)
    lower = [part for part in parts if part.change < 0]
    made = [
        _write(order, InvoiceKind.CREDIT_NOTE, too_much, now, corrects=invoice)
        for invoice, too_much in _corrected(issued, lower)
    ]
    if higher := [part for part in parts if part.change > 0]:
        made.append(_write(order, InvoiceKind.INVOICE, higher, now, corrects=None))
    return made


def _compare(before: Mapping[tuple[int, Decimal], Decimal], sold: Mapping[OrderLine, Decimal]) -> list[Part]:
    rates = {line.pk: {line.tax_rate} for line in sold}
    for key, rate in before:
        rates.setdefault(key, set()).add(rate)
    return [
        Part(line, rate, before.get((line.pk, rate), NOTHING), amount if rate == line.tax_rate else NOTHING)
        for line, amount in sold.items()
        for rate in sorted(rates[line.pk])
    ]


def _corrected(issued: list[Invoice], lower: list[Part]) -> list[tuple[Invoice, list[Part]]]:
    """Which invoices are too high, and by what: of each line and rate the newest that it stands on, and others as far as
    that is not enough. A credit note corrects one invoice, so each has its own.
    """
    found: list[tuple[Invoice, list[Part]]] = []
    for invoice in reversed([each for each in issued if each.is_invoice]):
        stands = stands_of(invoice, issued)
        here: list[Part] = []
        rest: list[Part] = []
        for part in lower:
            left = max(part.after, part.before - max(stands.get(part.key, NOTHING), NOTHING))
            if left < part.before:
                here.append(replace(part, after=left))
            if left > part.after:
                rest.append(replace(part, before=left))
        found += [(invoice, here)] if here else []
        lower = rest
    return found[::-1]


def _write(
    order: Order, kind: InvoiceKind, parts: list[Part], now: dt.datetime, *, corrects: Invoice | None
) -> Invoice:
    number = take_number(order.conference)
    name = f"{order.conference.number_prefix}{number:04}"
    content = content_of(order=order, kind=kind, name=name, parts=parts, corrects=corrects, now=now)
    return Invoice.objects.create(
        conference=order.conference, order=order, kind=kind, number=number, name=name, currency=order.currency,
        total=sum((abs(part.change) for part in parts), NOTHING), corrects=corrects, content=content, issued_at=now,
    )  # fmt: skip


def lock_numbers(conference: Conference) -> InvoiceCounter:
    """For a caller that takes places before it may issue something."""
    assert connection.in_atomic_block
    InvoiceCounter.objects.get_or_create(conference=conference)
    return InvoiceCounter.objects.select_for_update().get(conference=conference)


def take_number(conference: Conference) -> int:
    """The next one. Nobody else gets any before the caller's transaction has ended; rolled back, it is the next again."""
    counter = lock_numbers(conference)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _count_changes(order: Order, *, first: Invoice) -> int:
    """How often it was billed to another address. That somebody asked for the `first` invoice is none."""
    billed = order.events.filter(kind=Event.BILLED).values_list("details", flat=True)
    return sum(first.name not in details.get("invoices", []) for details in billed)


@transaction.atomic
def ask_for_invoice(
    *,
    order: Order,
    address: str,
    vat_number: str = "",
    reference: str = "",
    now: dt.datetime,
    by: User | None = None,
) -> list[Invoice]:
    """Keep `address` as who the order is invoiced to, with their VAT number and what they call it, and issue what is
    missing, also while it is still to be paid. With anything of these other than before, what was invoiced is credited
    and invoiced anew.

    Raises RegistrationError `no_invoices`, `nothing_to_invoice` or `changed_too_often`. Locks the seats of the order by
    primary key, the order, and the numbers.
    """
    _seats, locked = lock_order(order.pk)
    if not locked.conference.invoice_sender.strip():
        raise RegistrationError("no_invoices", _("The organisers issue no invoices here. Write to them."))
    billed = dict(zip(Order.BILLING, (address.strip(), vat_number, reference), strict=True))
    is_new = any(getattr(locked, name) != value for name, value in billed.items())
    issued, sold = list(locked.invoices.order_by("pk")), sold_of(locked)
    if not issued and not any(sold.values()):
        raise RegistrationError("nothing_to_invoice", _("There is nothing to invoice."))
    if is_new and issued and _count_changes(locked, first=issued[0]) >= _CHANGES:
        raise RegistrationError("changed_too_often", _("This was changed too often. Write to the organisers."))
    for name, value in billed.items():
        setattr(locked, name, value)
        setattr(order, name, value)
    locked.save(update_fields=[*billed, "updated_at"])
    made: list[Invoice] = []
    if is_new and issued:
        made = _issue(locked, issued, dict.fromkeys(sold, NOTHING), now)
    made += _issue(locked, [*issued, *made], sold, now)
    if is_new or made:
        # Each invoice holds whom it is addressed to.
        note(order=locked, event=Event.BILLED, by=by, now=now, invoices=[each.name for each in made])
    return made
