"""What Stripe tells by itself. An event is dealt with once, in one transaction with its number: when that fails nothing
is stored, and Stripe sends it again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from registration.errors import RegistrationError
from registration.money import stripe_api
from registration.money.card import key_of, take_in
from registration.money.issues import raise_issue
from registration.money.models import CardPayment, IssueKind, StripeEvent
from registration.order.credit import lock_credit_of, withdraw_credit
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models_money import Payment, PaymentMethod, Payout, Refund, total_of
from registration.order.refund import refund_order

_SESSIONS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}


class TooEarlyError(Exception):
    """It tells of a payment of ours that has not been told of yet. Nothing was written; Stripe sends it again."""


def handle_event(event: Any, *, now: dt.datetime) -> bool:
    """False when it was dealt with before. Raises TooEarlyError."""
    try:
        with transaction.atomic():
            # First, so that of the same event at the same moment all but one wait here.
            StripeEvent.objects.create(event_id=event["id"], kind=event["type"], received_at=now)
            _handle(event["type"], event["data"]["object"], now)
    except IntegrityError:
        if StripeEvent.objects.filter(event_id=event["id"]).exists():
            return False
        raise
    return True


def _handle(kind: str, told: Any, now: dt.datetime) -> None:
    if kind in _SESSIONS:
        take_in(told, now=now)
    elif kind == "charge.refunded":
        _refunded_there(told, now)
    elif kind == "refund.failed":
        _refund_failed(told, now)
    elif kind == "charge.dispute.created":
        _disputed(told, now)


def _refunded_there(charge: Any, now: dt.datetime) -> None:
    """Somebody gave money back on Stripe's own pages: record it as given back, and leave the tickets to people."""
    if (payment := _payment_of(charge)) is None:
        # Its metadata are those that its page was made with.
        if (key := key_of(charge)) and CardPayment.objects.open().filter(pk=key).exists():
            raise TooEarlyError
        return
    lock_credit_of(payment)
    lock_order(payment.order_id)
    theirs = stripe_api.from_minor(charge["amount_refunded"], payment.currency)
    known = total_of(Refund.objects.filter(payment=payment, credit=None)) + total_of(payment.credit_payouts.all())
    if (more := theirs - known) <= 0:
        return  # We had decided it ourselves.
    recorded = _record_refund(payment, more, charge["id"], now)
    recorded += withdraw_credit(payment=payment, amount=more - recorded, now=now, remark=_("Refunded at Stripe"))
    about = f"{payment.external_id}:{charge['amount_refunded']}"
    for kind, amount in ((IssueKind.REFUNDED_THERE, recorded), (IssueKind.GIVEN_TWICE, more - recorded)):
        if amount:
            raise_issue(kind, about=about, now=now, order=payment.order, amount=amount, currency=payment.currency)


def _record_refund(payment: Payment, amount: Decimal, charge_id: str, now: dt.datetime) -> Decimal:
    """How much of it: what was given back here before is not given back once more."""
    amount = min(amount, payment.amount - total_of(payment.refunds.all()))
    if amount <= 0:
        return Decimal("0.00")
    try:
        refunds = refund_order(
            order=payment.order, amount=amount, reason=_("Refunded at Stripe"), by=None, now=now,
            request_id=uuid.uuid4(), payment=payment,
        )  # fmt: skip
    except RegistrationError:
        return Decimal("0.00")
    for refund in refunds:
        Payout.objects.create(refund=refund, succeeded=True, at=now, external_id=charge_id)
    return amount


def _refund_failed(told: Any, now: dt.datetime) -> None:
    """The bank sent it back after Stripe had taken it on, which happens days later: it is to be paid out again, by people,
    since the card takes nothing.
    """
    payout = Payout.objects.standing().select_related("refund__order").filter(external_id=told["id"]).first()
    if payout:
        refund = payout.refund
        payout.returned_at = now
        payout.save(update_fields=["returned_at"])
        note(order=refund.order, event=Event.PAYOUT_RETURNED, by=None, now=now, amount=str(refund.amount))
        raise_issue(
            IssueKind.REFUND_FAILED, about=told["id"], now=now, order=refund.order, amount=refund.amount,
            currency=refund.currency,
        )  # fmt: skip


def _disputed(dispute: Any, now: dt.datetime) -> None:
    if payment := _payment_of(dispute):
        amount = stripe_api.from_minor(dispute["amount"], dispute["currency"])
        raise_issue(
            IssueKind.DISPUTED, about=dispute["id"], now=now, order=payment.order, amount=amount,
            currency=dispute["currency"].upper(),
        )  # fmt: skip


def _payment_of(told: Any) -> Payment | None:
    payments = Payment.objects.select_related("order__conference", "order__user")
    return payments.filter(method=PaymentMethod.STRIPE, external_id=told["payment_intent"] or "").first()
