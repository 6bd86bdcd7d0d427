"""Records of money with defaults, as `factories` has them of everything else."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.utils import timezone

from registration.money.models import Issue, IssueKind
from registration.order.models import Order
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment, Refund


def payment(*, order: Order, **fields: Any) -> Payment:
    """Of all that the order costs, in cash."""
    defaults = {"amount": order.total, "currency": order.currency, "method": "cash"}
    return Payment.objects.create(order=order, **defaults | fields)


def refund(*, payment: Payment, amount: str = "5.00", **fields: Any) -> Refund:
    defaults = {
        "order": payment.order, "amount": Decimal(amount), "currency": payment.currency, "reason": "A seat",
        "decided_at": timezone.now(), "request_id": uuid.uuid4(),
    }  # fmt: skip
    return Refund.objects.create(payment=payment, **defaults | fields)


def invoice(*, order: Order, **fields: Any) -> Invoice:
    """With nothing on it."""
    names = ("sender", "recipient", "facts", "head", "lines", "sums", "taxes", "notes")
    content = {"language": "en", "title": "Invoice 1", "name": "1"} | {name: [] for name in names}
    content["recipient"] = content["sender"] = ["Somebody"]
    defaults = {
        "conference": order.conference, "kind": "invoice", "number": 1, "name": "1", "total": order.total,
        "currency": order.currency, "content": content, "issued_at": timezone.now(),
    }  # fmt: skip
    return Invoice.objects.create(order=order, **defaults | fields)


def issue(*, order: Order, kind: IssueKind = IssueKind.TWICE, **fields: Any) -> Issue:
    return Issue.objects.create(
        order=order, conference=order.conference, kind=kind, **{"key": uuid.uuid4().hex} | fields
    )
