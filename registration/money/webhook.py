"""What Stripe tells by itself. An event is dealt with once, in one transaction with its number: when that fails nothing
is stored, and Stripe sends it again. Those that never come are asked for (`missed_events`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from registration.money import stripe_api
from registration.money.card import key_of, take_in
from registration.money.issues import raise_issue
from registration.money.models import CardPayment, IssueKind, StripeEvent
from registration.order.models_money import Payment, PaymentMethod

_SESSIONS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
_REFUNDS = {"charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed"}
_DISPUTED = "charge.dispute.created"
# Of a session that is open the worker asks anyway.
TOLD_BY_EVENTS_ALONE = sorted([*_REFUNDS, _DISPUTED])


def handle_event(event: Any, *, now: dt.datetime) -> bool:
    """False when it was dealt with before."""
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
    elif kind in _REFUNDS:
        _refunds_changed(told, now)
    elif kind == _DISPUTED:
        _disputed(told, now)


def _refunds_changed(told: Any, now: dt.datetime) -> None:
    """Events come late, twice and in any order, so that they are only a reason to ask how it is now: the worker does."""
    payment = _payment_of(told)
    # The payment may not have been told of yet; the metadata of a charge are those that its page was made with.
    if key := payment.request_id if payment else key_of(told):
        CardPayment.objects.filter(pk=key).look_for_refunds_by(now)


def _disputed(dispute: Any, now: dt.datetime) -> None:
    if payment := _payment_of(dispute):
        amount = stripe_api.from_minor(dispute["amount"], dispute["currency"])
        raise_issue(
            IssueKind.DISPUTED, about=dispute["id"], now=now, order=payment.order, amount=amount,
            currency=dispute["currency"].upper(),
        )  # fmt: skip


def _payment_of(told: Any) -> Payment | None:
    """None also where it came of no payment intent, and so of none of our pages."""
    number = getattr(told, "payment_intent", None)
    payments = Payment.objects.select_related("order__conference", "order__user")
    return payments.filter(method=PaymentMethod.STRIPE, external_id=number).first() if number else None
