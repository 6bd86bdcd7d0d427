"""What stands on an invoice, in words and in the conference's language, as it is kept for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from conferences.amounts import format_amount
from conferences.languages import in_language_of
from registration.catalogue.prices import NOTHING, tax_in
from registration.order.models import Order, OrderLine
from registration.order.models_invoice import Invoice, InvoiceKind
from registration.order.vat_number import is_vat_number


@dataclass(frozen=True)
class Part:
    """Of one line, at one rate, so much was invoiced before, and so much is to be."""

    line: OrderLine
    rate: Decimal
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before

    @property
    def key(self) -> tuple[int, Decimal]:
        return self.line.pk, self.rate

    def tax(self, currency: str) -> Decimal:
        """Of the change. What is left of a line has the tax of what is left, however many steps led there."""
        after, before = (tax_in(amount, rate=self.rate, currency=currency) for amount in (self.after, self.before))
        return abs(after - before)


def content_of(
    *, order: Order, kind: InvoiceKind, name: str, parts: list[Part], corrects: Invoice | None, now: dt.datetime
) -> dict[str, Any]:
    """Plain JSON: `lines` with their keys, rates and amounts as numbers, and everything as it is read. A credit note is made
    out to whom the invoice is that it corrects, whoever the order is invoiced to by now, and names lines as that does.
    """
    conference = order.conference
    with in_language_of(conference):
        is_invoice = kind == InvoiceKind.INVOICE
        taxes, texts = _taxes(parts, order.currency), _texts(parts, corrects)
        total = sum((abs(part.change) for part in parts), NOTHING)
        recipient, customer = _recipient(order, corrects)
        return {
            "language": conference.language,
            "title": _("Invoice %(number)s") % {"number": name}
            if is_invoice
            else _("Credit note %(number)s") % {"number": name},
            "name": name,
            "sender": _lines_of(conference.invoice_sender),
            "recipient": recipient,
            "customer": customer,
            "facts": [*_facts(order, corrects, _date(conference.local_date(now))), *customer],
            "head": [_("What"), _("Pieces"), _("Tax"), _("Amount")],
            "lines": [
                {
                    "line": part.line.pk,
                    "rate": str(part.rate),
                    "amount": str(abs(part.change)),
                    "text": texts[part.key],
                    "detail": part.line.attendee.name if part.line.attendee else "",
                    "cells": [str(part.line.quantity), _percent(part.rate), _money(abs(part.change), order.currency)],
                }
                for part in parts
            ],
            "sums": [
                *(
                    [_("Net at %(rate)s") % {"rate": _percent(rate)}, _money(gross - tax, order.currency)]
                    for rate, gross, tax in taxes
                    if rate
                ),
                *(
                    [_("Tax of %(rate)s") % {"rate": _percent(rate)}, _money(tax, order.currency)]
                    for rate, _gross, tax in taxes
                    if rate
                ),
                [_("Total") if is_invoice else _("Credited"), _money(total, order.currency)],
            ],
            "taxes": [{"rate": str(rate), "gross": str(gross), "tax": str(tax)} for rate, gross, tax in taxes],
            "notes": _notes(order, is_invoice=is_invoice),
        }


def _facts(order: Order, corrects: Invoice | None, day: str) -> list[list[str]]:
    conference = order.conference
    facts = [
        [_("Date"), day],
        [_("Order"), order.reference],
        [_("For"), f"{conference.name}, {_span(conference.start_date, conference.end_date)}"],
    ]
    if corrects:
        facts.append([_("Corrects"), corrects.name])
    if conference.invoice_tax_id:
        label = _("VAT number") if is_vat_number(conference.invoice_tax_id) else _("Tax number")
        facts.append([label, conference.invoice_tax_id])
    return facts


def _recipient(order: Order, corrects: Invoice | None) -> tuple[list[str], list[list[str]]]:
    """Their address, and what else an accountant of theirs looks for."""
    if corrects:
        return corrects.content["recipient"], corrects.content.get("customer", [])
    customer = [
        [_("Customer's VAT number"), order.billing_vat_number],
        [_("Customer's reference"), order.billing_reference],
    ]
    return _lines_of(order.billing_address) or [order.user.name], [fact for fact in customer if fact[1]]


def _texts(parts: Iterable[Part], corrects: Invoice | None) -> dict[tuple[int, Decimal], str]:
    if corrects:
        return {(entry["line"], Decimal(entry["rate"])): entry["text"] for entry in corrects.content["lines"]}
    return {part.key: _text(part.line) for part in parts}


def _text(line: OrderLine) -> str:
    if not line.taxed_as:
        return line.text
    return _("%(ticket)s, changed to %(other)s") % {"ticket": line.text, "other": line.taxed_as}


def _notes(order: Order, *, is_invoice: bool) -> list[str]:
    notes = []
    if is_invoice and order.is_pending:
        if order.due_at:
            day = _date(order.conference.local_date(order.due_at))
            notes.append(
                _("To be paid by %(day)s, with the reference %(reference)s.")
                % {"day": day, "reference": order.reference}
            )
        notes += _lines_of(order.conference.payment_instructions)
    elif is_invoice:
        notes.append(_("Paid with thanks."))
    return notes + _lines_of(order.conference.invoice_note)


def _taxes(parts: Iterable[Part], currency: str) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Rate, gross and tax, by rate."""
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for part in parts:
        gross, tax = sums.get(part.rate, (NOTHING, NOTHING))
        sums[part.rate] = gross + abs(part.change), tax + part.tax(currency)
    return [(rate, gross, tax) for rate, (gross, tax) in sorted(sums.items())]


def _lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _locale() -> str:
    return (translation.get_language() or "en").replace("-", "_")


def _money(amount: Decimal, currency: str) -> str:
    return format_amount(amount, currency, locale=_locale())


def _percent(rate: Decimal) -> str:
    return f"{format_decimal(rate.normalize(), locale=_locale())} %"


def _date(day: dt.date) -> str:
    return format_date(day, "long", locale=_locale())


def _span(first: dt.date, last: dt.date) -> str:
    return _date(first) if first == last else f"{_date(first)} – {_date(last)}"
