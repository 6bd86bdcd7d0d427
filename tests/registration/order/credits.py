"""What the tests of credit have in common."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.errors import RegistrationError
from registration.order.credit import pay_with_credit
from registration.order.models import OrderStatus
from registration.order.models_credit import Credit
from registration.order.payment import receive_payment
from registration.order.recount import recount_places
from registration.order.refund import refund_order
from tests import factories

NOW = timezone.now()


def ordered(buyer, conference, total="119.00", seats=1, **fields):
    placed = factories.order(
        conference=conference, user=factories.user(), total=total, status=OrderStatus.PENDING, seats=seats, **fields
    )
    type(placed).objects.filter(pk=placed.pk).update(user=buyer)
    placed.refresh_from_db()
    placed.lines.update(tax_rate=Decimal(19))
    recount_places(conference=conference, fix=True)
    return placed


def pay(order, amount=None, method="cash"):
    receive_payment(
        order=order, amount=Decimal(amount or order.total), method=method, note="", by=None, now=NOW,
        request_id=uuid.uuid4(), external_id=uuid.uuid4().hex if method == "stripe" else None,
    )  # fmt: skip


def give_back(order, amount, seats=(), **fields):
    defaults = {"reason": "Ill", "by": factories.user(), "now": NOW, "request_id": uuid.uuid4(), "as_credit": True}
    return refund_order(order=order, amount=Decimal(amount), seats=seats, **defaults | fields)


def use(order, **fields):
    return pay_with_credit(order=order, by=order.user, **{"now": NOW, "request_id": uuid.uuid4()} | fields)


def left():
    return [each.left for each in Credit.objects.with_left()]


def with_credit(buyer, conference, amount="119.00"):
    """`buyer` gives a ticket back for credit."""
    order = ordered(buyer, conference, total=amount)
    pay(order)
    give_back(order, amount, order.attendees.all())
    return order


def refused(call, *args, **fields):
    with pytest.raises(RegistrationError) as refusal:
        call(*args, **fields)
    return refusal.value.code
