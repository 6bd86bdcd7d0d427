"""Send refunds of cards back by Stripe, and ask what became of them.

Before anything is sent Stripe is asked what has gone back of that payment, so that neither a worker that died before it
wrote down the answer nor somebody at Stripe's own pages makes the buyer have it twice. Each is asked for under a key of
its own, so that of two workers at the same moment one sends it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from registration.money import stripe_api
from registration.money.gone_back import take_in_refunds
from registration.money.issues import raise_issue
from registration.money.models import CardPayment, CardState, IssueKind
from registration.money.stripe_api import RefundThere
from registration.order.locks import lock_order
from registration.order.models_money import Payment, PaymentMethod, Payout, Refund

Row = TypeVar("Row")

log = logging.getLogger(__name__)

# One that Stripe refuses may go through later, when there is money in the account again.
_TRY_EVERY = dt.timedelta(hours=6)
_TRIES = 8
# More than it is tried for.
_OF_LATE = dt.timedelta(days=7)
_AT_ONCE = 50
# A bank may send back what it was sent weeks ago. It is asked about the more rarely the older it is: a dozen times in all.
_MAY_COME_BACK_FOR = dt.timedelta(days=35)
_FIRST_ASKED_AFTER = dt.timedelta(hours=6)
_UNANSWERED = 2
_ASK_AGAIN_AFTER_FAILURE = dt.timedelta(minutes=10)


def send_refunds(*, now: dt.datetime) -> int:
    """Send those that were decided of late; what is left of older ones is for `send_older_refunds`, so that this costs no more
    however many there have been. Returns how many are on their way. What cannot be sent is put before the organisers.
    """
    return _send_all(_waiting(now).filter(decided_at__gte=now - _OF_LATE), now)


def send_older_refunds(*, now: dt.datetime) -> int:
    """Those too that were decided long ago, since Stripe was away for days, or no worker ran. Returns as `send_refunds`."""
    return _send_all(_waiting(now), now)


def _waiting(now: dt.datetime) -> QuerySet[Refund]:
    failed = Q(payouts__succeeded=False)
    return (
        Refund.objects.to_pay_out()
        .filter(payment__method=PaymentMethod.STRIPE)
        .exclude(payouts__returned_at__isnull=False)
        .annotate(failures=Count("payouts", filter=failed), failed_at=Max("payouts__at", filter=failed))
        .filter(Q(failed_at=None) | Q(failed_at__lte=now - _TRY_EVERY), failures__lt=_TRIES)
        .select_related("payment__order__conference", "payment__order__user")
        .order_by("pk")
    )


def _send_all(waiting: QuerySet[Any], now: dt.datetime) -> int:
    if not stripe_api.is_offered():
        return 0
    return _in_turn(waiting[:_AT_ONCE], lambda refund: _send_or_tell(refund, failures=refund.failures, now=now))


def _in_turn(rows: Iterable[Row], ask: Callable[[Row], bool]) -> int:
    """How many of them `ask` was true of. The second that Stripe does not answer ends the round: each takes most of a minute,
    and the worker has other things to do.
    """
    done = unanswered = 0
    for row in rows:
        try:
            done += ask(row)
        except stripe_api.UnreachableError as error:
            log.warning("Stripe does not answer: %s", type(error).__name__)
            unanswered += 1
            if unanswered == _UNANSWERED:
                break
    return done


def _send_or_tell(refund: Refund, *, failures: int, now: dt.datetime) -> bool:
    try:
        return _send(refund, failures=failures, now=now)
    except stripe_api.RefusedError as error:
        # It would not even say what has gone back, of a payment that it does not know, say.
        _note_refusal(refund, refund.left, error, now)
        _tell_failure(refund, now)
        return False


def _note_refusal(refund: Refund, amount: Decimal, error: stripe_api.RefusedError, now: dt.datetime) -> None:
    Payout.objects.create(refund=refund, amount=amount, succeeded=False, at=now, note=str(error)[:200])


def _send(refund: Refund, *, failures: int, now: dt.datetime) -> bool:
    """What is left of it. One that is refused is tried once more at once where there turns out to be less left than we
    knew. Whether all of it is on its way.
    """
    payment = refund.payment
    for attempt in (failures, failures + 1):
        has_found = look_for_refunds(payment=payment, now=now)
        left = Refund.objects.get(pk=refund.pk).left
        if left <= 0:
            return True
        if attempt > failures and not has_found:
            break
        try:
            sent = stripe_api.create_refund(refund, amount=left, attempt=attempt)
            if sent.has_failed:
                raise stripe_api.RefusedError("failed", "")
        except stripe_api.RefusedError as error:
            _note_refusal(refund, left, error, now)
            continue
        # All of them, since somebody may have sent it in another way meanwhile.
        look_for_refunds(payment=payment, now=now)
        return True
    _tell_failure(refund, now)
    return False


@transaction.atomic
def _tell_failure(refund: Refund, now: dt.datetime) -> None:
    lock_order(refund.order_id)
    left = Refund.objects.get(pk=refund.pk).left
    if left > 0:
        raise_issue(
            IssueKind.REFUND_FAILED, about=f"refund {refund.pk}", now=now, order=refund.payment.order, amount=left,
            currency=refund.currency,
        )  # fmt: skip


def look_for_refunds(*, payment: Payment, now: dt.datetime) -> bool:
    """Ask Stripe what has gone back of it, and note that. Whether there was anything new. Raises StripeError."""
    card_payments = CardPayment.objects.filter(pk=payment.request_id)
    again_at = now + _ASK_AGAIN_AFTER_FAILURE
    card_payments.update(refunds_ask_at=again_at)
    told = stripe_api.list_refunds(payment)
    has_found = take_in_refunds(payment=payment, told=told, now=now)
    # An event that came meanwhile has set another time.
    card_payments.filter(refunds_ask_at=again_at).update(refunds_ask_at=_next_time(told, now))
    return has_found


def _next_time(told: list[RefundThere], now: dt.datetime) -> dt.datetime | None:
    made = [each.made_at for each in told if not each.has_failed]
    if not made or now - max(made) > _MAY_COME_BACK_FOR:
        return None
    return now + max((now - max(made)) / 2, _FIRST_ASKED_AFTER)


def ask_about_refunds(*, now: dt.datetime) -> int:
    """Ask about the payments of which refunds may have changed, since an event has said so or they are not long past.
    Returns how many were asked about.
    """
    if not stripe_api.is_offered():
        return 0
    due = CardPayment.objects.filter(refunds_ask_at__lte=now, state=CardState.PAID).order_by("refunds_ask_at")
    return _in_turn(due[:_AT_ONCE], lambda card_payment: _ask(card_payment, now))


def _ask(card_payment: CardPayment, now: dt.datetime) -> bool:
    # Compares with what was read, so that of two workers one asks.
    mine = CardPayment.objects.filter(pk=card_payment.pk, refunds_ask_at=card_payment.refunds_ask_at)
    if not mine.update(refunds_ask_at=now + _ASK_AGAIN_AFTER_FAILURE):
        return False
    payments = Payment.objects.select_related("order__conference", "order__user")
    # None where it came in another currency and was not recorded.
    payment = payments.filter(request_id=card_payment.pk).first()
    try:
        if payment is not None:
            look_for_refunds(payment=payment, now=now)
            return True
    except stripe_api.RefusedError as error:
        log.warning("Stripe does not say what was refunded: %s", error.code)
    CardPayment.objects.filter(pk=card_payment.pk).update(refunds_ask_at=None)
    return False
