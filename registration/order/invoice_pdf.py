"""Invoices, credit notes and receipts as PDF, each of what is kept and of nothing else."""

from __future__ import annotations

from typing import IO, Any

from babel.dates import format_date
from django.utils.translation import gettext as _

from conferences.amounts import format_amount
from conferences.languages import in_language_of
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment
from registration.typesetting.process import run_press

_PRESS = "registration.order.press"


def invoice_pdf(invoice: Invoice) -> IO[bytes]:
    """An open file, close it. Never call it in a transaction. Raises RegistrationError `not_made`."""
    return _set(invoice.content | {"accent": invoice.conference.accent, "timezone": invoice.conference.timezone})


def receipt_pdf(payment: Payment) -> IO[bytes]:
    """That the money of `payment` has come; the payment is loaded with its order, conference and buyer. As above."""
    order, conference = payment.order, payment.order.conference
    with in_language_of(conference):
        locale = conference.language.replace("-", "_")
        amount = format_amount(payment.amount, payment.currency, locale=locale)
        day = format_date(conference.local_date(payment.recorded_at), "long", locale=locale)
        job = {
            "language": conference.language,
            "title": _("Receipt"),
            "name": order.reference,
            "sender": [line for line in conference.invoice_sender.splitlines() if line.strip()] or [conference.name],
            "recipient": [line for line in order.billing_address.splitlines() if line.strip()] or [order.user.name],
            "facts": [
                [_("Received"), day],
                [_("By"), payment.get_method_display()],
                [_("Order"), order.reference],
            ],
            "head": [],
            "lines": [],
            "sums": [[_("For %(conference)s") % {"conference": conference.name}, amount]],
            "notes": [_("Received with thanks. This is no invoice.")],
            "accent": conference.accent,
            "timezone": conference.timezone,
        }
    return _set(job)


def _set(job: dict[str, Any]) -> IO[bytes]:
    return run_press(_PRESS, job, "pdf", refusal=_("The PDF could not be made. Try again later."))
