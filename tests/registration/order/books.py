"""What the tests of invoices and of the ledger have in common."""

import uuid
from decimal import Decimal

from django.utils import timezone

from registration.order.models import OrderStatus
from registration.order.payment import receive_payment
from registration.order.refund import refund_order
from tests import factories

SENDER = "Tide Events e.V.\nHafenstr. 1\n20457 Hamburg"


def invoicing_conference():
    return factories.conference(invoice_sender=SENDER, invoice_prefix="T27-", invoice_tax_id="DE 123")


def unpaid(conference, total="119.00", seats=2, rate="19"):
    placed = factories.order(conference=conference, total=total, status=OrderStatus.PENDING, seats=seats)
    placed.lines.update(tax_rate=Decimal(rate))
    return placed


def pay(order, amount=None):
    receive_payment(
        order=order,
        amount=amount or order.total,
        method="cash",
        note="",
        by=None,
        now=timezone.now(),
        request_id=uuid.uuid4(),
    )


def refund(order, amount, seats=()):
    refund_order(
        order=order,
        amount=Decimal(amount),
        seats=seats,
        reason="Ill",
        by=None,
        now=timezone.now(),
        request_id=uuid.uuid4(),
    )


def invoiced_by_rate(conference):
    """Gross and tax that the papers of all orders say, credit notes taken off."""
    sums = {}
    for each in conference.invoices.all():
        sign = 1 if each.is_invoice else -1
        for entry in each.content["taxes"]:
            gross, tax = sums.get(Decimal(entry["rate"]), (Decimal(0), Decimal(0)))
            sums[Decimal(entry["rate"])] = gross + sign * Decimal(entry["gross"]), tax + sign * Decimal(entry["tax"])
    return sums
