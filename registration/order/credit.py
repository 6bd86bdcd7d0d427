"""Pay with credit, and pay out what is left of it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.catalogue.prices import NOTHING
from registration.errors import RegistrationError
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models import Order
from registration.order.models_credit import Credit, CreditPayout, CreditQuerySet
from registration.order.models_money import Payment, PaymentMethod, total_of
from registration.order.payment import paid_so_far, record_payment


@dataclass(frozen=True)
class CreditOffer:
    """What the page of an order offers its buyer: to pay `amount` of it out of what is `left`."""

    left: Decimal
    amount: Decimal
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)


def offer_credit(order: Order, *, owed: Decimal) -> CreditOffer | None:
    """None where nothing is to be paid or there is no credit. One query, or none."""
    if not order.is_to_be_paid:
        return None
    credit = Credit.objects.not_used_up().filter(user=order.user_id, conference=order.conference_id).first()
    return CreditOffer(credit.left, min(credit.left, owed)) if credit else None


@transaction.atomic
def pay_with_credit(*, order: Order, by: User, now: dt.datetime, request_id: uuid.UUID) -> Payment:
    """Pay what is still owed for `order` with the credit of its buyer, or as much of it as there is.

    The same `request_id` again gives the same payment and changes nothing. Raises RegistrationError `no_credit` or
    `not_payable`. Locks the credit, then the seats of the order by primary key, then the order.
    """
    credit = _locked(Credit.objects.filter(user=order.user_id, conference=order.conference_id))
    if known := Payment.objects.filter(request_id=request_id, order=order, credit=credit).first():
        return known
    _seats, locked = lock_order(order.pk)
    owed = locked.total - paid_so_far(locked)
    if not locked.is_to_be_paid or owed <= 0:
        raise RegistrationError("not_payable", _("Nothing is to be paid for this order."))
    return record_payment(
        order=order, amount=min(_left(credit), owed), method=PaymentMethod.CREDIT, note="", by=by, now=now,
        request_id=request_id, credit=credit,
    )  # fmt: skip


@transaction.atomic
def pay_out_credit(*, credit: Credit, amount: Decimal, by: User, now: dt.datetime, remark: str = "") -> CreditPayout:
    """Staff have sent `amount`, all that their page showed of it, as money. It is told in the history of the order that gave
    to it last. Raises RegistrationError `no_credit`, or `amount_changed` when it is more or less by now. Locks the credit.
    """
    credit = _locked(Credit.objects.filter(pk=credit.pk))
    if _left(credit) != amount:
        raise RegistrationError(
            "amount_changed",
            _("%(left)s are left of it by now, not %(amount)s. Nothing was noted. Look at what was sent.")
            % {
                "left": money(credit.left, credit.conference.currency),
                "amount": money(amount, credit.conference.currency),
            },
        )
    remark = remark.strip()[:200]
    last = credit.refunds.select_related("order").latest("pk")
    note(order=last.order, event=Event.CREDIT_PAID_OUT, by=by, now=now, reason=remark, amount=str(amount))
    return CreditPayout.objects.create(credit=credit, amount=amount, by=by, at=now, note=remark)


def lock_credit_of(payment: Payment) -> set[int]:
    """Hold what was given as credit of `payment`; nothing where none was. For a caller of `withdraw_credit` or
    `restore_credit`, before it locks the seats and the order; who holds those sees by `credit_of` whether that was all.
    """
    held = Credit.objects.filter(pk__in=credit_of(payment)).select_for_update(no_key=True)
    return set(held.values_list("pk", flat=True))


def credit_of(payment: Payment) -> set[int]:
    return set(payment.refunds.filter(credit__isnull=False).values_list("credit", flat=True))


def withdraw_credit(*, payment: Payment, amount: Decimal, number: str, now: dt.datetime, remark: str) -> Decimal:
    """Money has gone back to `payment`, under the `number` of whoever sent it, of which `amount`, at most, had been given as
    credit: as much of it is taken from that credit as is left there. Returns how much. For who called `lock_credit_of` and
    holds the locks of the order.
    """
    refunds = payment.refunds.filter(credit__isnull=False)
    credit = Credit.objects.with_left().filter(refunds__in=refunds).first()
    if credit is None:
        return NOTHING
    taken = min(amount, total_of(refunds) - total_of(payment.credit_payouts.standing()), credit.left)
    if taken > 0:
        CreditPayout.objects.create(
            credit=credit, payment=payment, amount=taken, by=None, at=now, external_id=number, note=remark[:200]
        )
        note(order=payment.order, event=Event.CREDIT_PAID_OUT, by=None, now=now, reason=remark, amount=str(taken))
    return max(taken, NOTHING)


def restore_credit(*, payment: Payment, number: str, now: dt.datetime, remark: str) -> Decimal:
    """What went back to `payment` under that `number` came back: what was taken for it is credit again. Returns how much.
    For who called `lock_credit_of` and holds the locks of the order.
    """
    taken = payment.credit_payouts.standing().filter(external_id=number)
    amount = total_of(taken)
    if amount > 0:
        taken.update(returned_at=now)
        note(order=payment.order, event=Event.PAYOUT_RETURNED, by=None, now=now, reason=remark, amount=str(amount))
    return amount


def _locked(rows: CreditQuerySet) -> Credit:
    """The one of them, with `left`, which is read when nobody else can take from it any more."""
    held = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    credit = Credit.objects.with_left().filter(pk__in=held).first()
    if credit is None:
        raise _nothing_left()
    return credit


def _left(credit: Credit) -> Decimal:
    if credit.left <= 0:
        raise _nothing_left()
    return credit.left


def _nothing_left() -> RegistrationError:
    return RegistrationError("no_credit", _("No credit is left."))
