"""What has gone back of a card payment at Stripe, whoever asked for it, against the books."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from decimal import Decimal

from django.db import models, transaction
from django.utils.translation import gettext_lazy

from conferences.languages import say
from registration.catalogue.prices import NOTHING
from registration.errors import RegistrationError
from registration.money.issues import raise_issue
from registration.money.models import Issue, IssueKind
from registration.money.stripe_api import RefundThere
from registration.order.credit import credit_of, lock_credit_of, restore_credit, withdraw_credit
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models_money import Payment, Payout, Refund, total_of
from registration.order.refund import refund_order

_REFUNDED = gettext_lazy("Refunded at Stripe")
_RETURNED = gettext_lazy("The bank sent it back")
_CREDIT_AGAIN = gettext_lazy("The bank sent it back; it is credit again")


def take_in_refunds(*, payment: Payment, told: Collection[RefundThere], now: dt.datetime) -> bool:
    """Note what of `told`, the newest first, the books do not know, and what of it came back; whether there was any. Told
    again it changes nothing, and in whichever order.

    What was made on Stripe's own pages counts first toward what is decided here and not sent, since that was decided
    without knowing of it: the buyer gets it once. What is more is recorded as given back, then taken from credit that
    it was given as, until it comes back; of the rest the organisers are told that the buyer has it twice. In a transaction
    of its own, it locks that credit, then the seats of the order by primary key, then the order.
    """
    while True:
        with transaction.atomic():
            held = lock_credit_of(payment)
            lock_order(payment.order_id)
            # Otherwise some was given while we waited for the order. Its lock comes first, so we let go and begin again.
            if credit_of(payment) <= held:
                return _take_in(payment, told, now)


def _take_in(payment: Payment, told: Collection[RefundThere], now: dt.datetime) -> bool:
    has_returned = [_take_back(payment, each, now) for each in told if each.has_failed]
    came_back = (rows.exclude(returned_at=None) for rows in (_at_stripe(payment), payment.credit_payouts.all()))
    returned = {number for rows in came_back for number in rows.values_list("external_id", flat=True)}
    standing = [each for each in told if not each.has_failed and each.id not in returned]
    was_sent = [_note_sent(payment, each, now) for each in standing]
    return _note_others(payment, standing, now) or any([*has_returned, *was_sent])


def _at_stripe(payment: Payment) -> models.QuerySet[Payout]:
    return Payout.objects.filter(refund__payment=payment, succeeded=True).exclude(external_id="")


def _take_back(payment: Payment, told: RefundThere, now: dt.datetime) -> bool:
    """The bank sent it back after Stripe had taken it on, which happens days later: it is to be paid out again, by people,
    since the card takes nothing; or it is credit again where it had been taken from that.
    """
    noted = list(_at_stripe(payment).filter(external_id=told.id, returned_at=None).select_related("refund"))
    for payout in noted:
        payout.returned_at = now
        payout.save(update_fields=["returned_at"])
        note(order=payment.order, event=Event.PAYOUT_RETURNED, by=None, now=now, amount=str(payout.amount))
    if noted:
        amount = sum((payout.amount for payout in noted), NOTHING)
        _raise(IssueKind.REFUND_FAILED, told.id, amount, payment, now)
    conference, about = payment.order.conference, f"{payment.external_id}:{told.id}"
    restored = restore_credit(payment=payment, number=told.id, now=now, remark=say(_CREDIT_AGAIN, to=conference))
    _raise(IssueKind.CREDIT_AGAIN, about, restored, payment, now)
    # What the buyer was told to have twice, they have once.
    had_twice = Issue.objects.filter(kind=IssueKind.GIVEN_TWICE, external_id=about)
    had_twice.filter(resolved_at=None).update(resolved_at=now, note=say(_RETURNED, to=conference))
    return bool(noted) or restored > 0


def _note_sent(payment: Payment, told: RefundThere, now: dt.datetime) -> bool:
    """One of ours, which nobody may have written down yet."""
    refund = payment.refunds.filter(pk=told.refund_pk).first() if told.refund_pk else None
    if refund is None or refund.payouts.filter(external_id=told.id).exists():
        return False
    return _pay_out(refund, min(told.amount, refund.left), told.id, now) > 0


def _note_others(payment: Payment, standing: Collection[RefundThere], now: dt.datetime) -> bool:
    books = _at_stripe(payment).filter(returned_at=None), payment.credit_payouts.standing()
    known = sum(map(total_of, books), _told_as_had_twice(payment, standing))
    unknown = sum((each.amount for each in standing), NOTHING) - known
    found = unknown > 0
    for each in standing:
        noted = sum((total_of(rows.filter(external_id=each.id)) for rows in books), NOTHING)
        amount = min(each.amount - noted, unknown)
        if amount > 0:
            unknown -= amount
            _note_other(payment, each, amount, now)
    return found


def _told_as_had_twice(payment: Payment, standing: Collection[RefundThere]) -> Decimal:
    """It is in no book but the list of issues."""
    about = [f"{payment.external_id}:{each.id}" for each in standing]
    return total_of(Issue.objects.filter(kind=IssueKind.GIVEN_TWICE, external_id__in=about))


def _note_other(payment: Payment, told: RefundThere, amount: Decimal, now: dt.datetime) -> None:
    counted = _count(payment, told, amount, now)
    recorded = _record(payment, told, amount - counted, now)
    remark = say(_REFUNDED, to=payment.order.conference)
    rest = amount - counted - recorded
    recorded += withdraw_credit(payment=payment, amount=rest, number=told.id, now=now, remark=remark)
    about = f"{payment.external_id}:{told.id}"
    # Otherwise it is what people were asked to do.
    if not Issue.objects.filter(kind=IssueKind.REFUND_FAILED, order=payment.order, resolved_at=None).exists():
        _raise(IssueKind.COUNTED_THERE, about, counted, payment, now)
    _raise(IssueKind.REFUNDED_THERE, about, recorded, payment, now)
    _raise(IssueKind.GIVEN_TWICE, about, amount - counted - recorded, payment, now)


def _count(payment: Payment, told: RefundThere, amount: Decimal, now: dt.datetime) -> Decimal:
    """How much of it was decided here and not sent."""
    counted = NOTHING
    for refund in payment.refunds.to_pay_out().order_by("pk"):
        counted += _pay_out(refund, min(amount - counted, refund.left), told.id, now)
    return counted


def _record(payment: Payment, told: RefundThere, amount: Decimal, now: dt.datetime) -> Decimal:
    """How much of it: what was given back here before is not given back once more. The tickets are left to people."""
    amount = min(amount, payment.amount - total_of(payment.refunds.all()))
    if amount <= 0:
        return NOTHING
    try:
        refunds = refund_order(
            order=payment.order, amount=amount, reason=say(_REFUNDED, to=payment.order.conference), by=None, now=now,
            request_id=uuid.uuid4(), payment=payment,
        )  # fmt: skip
    except RegistrationError:
        return NOTHING
    for refund in refunds:
        _write(refund, refund.amount, told.id, now)
    return amount


def _pay_out(refund: Refund, amount: Decimal, number: str, now: dt.datetime) -> Decimal:
    if amount <= 0:
        return NOTHING
    _write(refund, amount, number, now)
    note(order=refund.order, event=Event.PAID_OUT, by=None, now=now, amount=str(amount))
    return amount


def _write(refund: Refund, amount: Decimal, number: str, now: dt.datetime) -> None:
    Payout.objects.create(refund=refund, amount=amount, succeeded=True, at=now, external_id=number)


def _raise(kind: IssueKind, about: str, amount: Decimal, payment: Payment, now: dt.datetime) -> None:
    if amount > 0:
        raise_issue(kind, about=about, now=now, order=payment.order, amount=amount, currency=payment.currency)
