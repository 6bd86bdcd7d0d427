"""Send refunds of cards back by Stripe. Each is asked for under a key of its own, so that two workers, or one that died
before it wrote down the answer, send it once.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q

from registration.money import stripe_api
from registration.money.issues import raise_issue
from registration.money.models import IssueKind
from registration.order.history import Event, note
from registration.order.models_money import PaymentMethod, Payout, Refund

log = logging.getLogger(__name__)

# One that Stripe refuses may go through later, when there is money in the account again.
_TRY_EVERY = dt.timedelta(hours=6)
_TRIES = 8
_AT_ONCE = 50
# Stripe knows a key for a day. What may have been asked for before that is looked for there first.
_KEY_KNOWN_FOR = dt.timedelta(hours=20)


def send_refunds(*, now: dt.datetime) -> int:
    """Returns how many are on their way. What cannot be sent is put before the organisers."""
    if not stripe_api.is_offered():
        return 0
    failed = Q(payouts__succeeded=False)
    waiting = (
        Refund.objects.to_pay_out()
        .filter(payment__method=PaymentMethod.STRIPE)
        .exclude(payouts__returned_at__isnull=False)
        .annotate(failures=Count("payouts", filter=failed), failed_at=Max("payouts__at", filter=failed))
        .filter(Q(failed_at=None) | Q(failed_at__lte=now - _TRY_EVERY), failures__lt=_TRIES)
        .select_related("payment", "order__conference")
        .order_by("pk")
    )
    return sum(_send(refund, attempt=refund.failures, now=now) for refund in waiting[:_AT_ONCE])


def _send(refund: Refund, *, attempt: int, now: dt.datetime) -> int:
    try:
        sent = stripe_api.find_refund(refund) if refund.decided_at < now - _KEY_KNOWN_FOR else None
        sent = sent or stripe_api.create_refund(refund, attempt=attempt)
    except stripe_api.RefusedError as error:
        _write(
            refund,
            Payout(refund=refund, succeeded=False, at=now, note=str(error)[:200]),
        )
        return 0
    except stripe_api.UnreachableError as error:
        log.warning("Stripe does not answer: %s", error)
        return 0
    return _write(refund, Payout(refund=refund, succeeded=True, at=now, external_id=sent.id))


def _write(refund: Refund, payout: Payout) -> int:
    try:
        with transaction.atomic():
            payout.save(force_insert=True)
            if payout.succeeded:
                note(order=refund.order, event=Event.PAID_OUT, by=None, now=payout.at, amount=str(refund.amount))
            else:
                raise_issue(
                    IssueKind.REFUND_FAILED, about=f"refund {refund.pk}", now=payout.at, order=refund.order,
                    amount=refund.amount, currency=refund.currency,
                )  # fmt: skip
    except IntegrityError:
        return 0  # Another worker has written it down.
    return int(payout.succeeded)
