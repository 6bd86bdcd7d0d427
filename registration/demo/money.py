"""The money of the invented conferences."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from conferences.models import Conference
from registration.money.models import BankLine, CardPayment, Issue
from registration.order.models import Order
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_invoice import Invoice, InvoiceCounter
from registration.order.models_money import Payment, PaymentMethod, Payout, Refund, RefundLine


def pay_for(orders: list[Order]) -> None:
    """By transfer, those that are paid."""
    Payment.objects.bulk_create(
        Payment(
            order=order, amount=order.total, currency=order.currency, method=PaymentMethod.BANK_TRANSFER,
            recorded_at=order.created_at + dt.timedelta(days=2),
        )
        for order in orders
        if order.total and order.is_paid
    )  # fmt: skip


def forget_money(conferences: QuerySet[Conference], orders: QuerySet[Order]) -> None:
    """Whatever somebody tried out."""
    Issue.objects.filter(conference__in=conferences).delete()
    BankLine.objects.filter(conference__in=conferences).delete()
    CardPayment.objects.filter(order__in=orders).delete()
    Invoice.objects.filter(conference__in=conferences, corrects__isnull=False).delete()
    Invoice.objects.filter(conference__in=conferences).delete()
    InvoiceCounter.objects.filter(conference__in=conferences).delete()
    Payout.objects.filter(refund__order__in=orders).delete()
    RefundLine.objects.filter(refund__order__in=orders).delete()
    Refund.objects.filter(order__in=orders).delete()
    Payment.objects.filter(order__in=orders).delete()
    CreditPayout.objects.filter(credit__conference__in=conferences).delete()
    Credit.objects.filter(conference__in=conferences).delete()
