"""Money that arrived: record it, and complete the order once it is covered."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.templatetags.lanyard import money as amount_text
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.prices import refuse_parts_of_coins
from registration.errors import RegistrationError
from registration.order.completion import complete_order, tell_late, tell_part_paid, tell_twice
from registration.order.giving_back import return_credit
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_money import Payment, PaymentMethod, Total, total_of
from registration.order.revival import revive

_PAID_OTHERWISE = gettext_lazy("It was paid otherwise.")


def paid_so_far(order: Order) -> Decimal:
    """What came, less what is given back. Two queries."""
    return total_of(order.payments.all()) - total_of(order.refunds.all())


def paid_amounts(orders: Iterable[Order | None]) -> dict[int, Decimal]:
    """What has arrived for those of `orders` that are to be paid. One query, or none."""
    waiting = [order.pk for order in orders if order and order.is_to_be_paid]
    if not waiting:
        return {}
    rows = Payment.objects.filter(order__in=waiting).order_by().values("order").annotate(sum=Total("amount"))
    return {row["order"]: row["sum"] for row in rows}


@dataclass(frozen=True)
class _Money:
    amount: Decimal
    method: PaymentMethod
    note: str
    external_id: str | None
    by: User | None
    request_id: uuid.UUID
    by_name: str = ""
    credit: Credit | None = None
    expected_owed: Decimal | None = None


def record_payment(
    *,
    order: Order,
    amount: Decimal,
    method: PaymentMethod | str,
    note: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID | None = None,
    by_name: str = "",
    credit: Credit | None = None,
    expected_owed: Decimal | None = None,
) -> Payment:
    """Record `amount`, in the order's currency. Partial payments add up; when they cover the total the order is paid
    and completed, and the tickets go out; until then the buyer is mailed what is missing. What is paid beyond the total
    is recorded as it came. At a tablet nobody is signed in: then `by` is None, and `by_name` who took it. What is paid by
    `credit` was taken from it by the caller (`credit.pay_with_credit`). `expected_owed` is what the page said was owed,
    so that two who record the same part of it do not both.

    The same `request_id` again gives the same payment and changes nothing. Raises RegistrationError
    `amount_not_positive`, `already_paid`, `not_payable` (cancelled, expired, replaced), `owes_otherwise`, or
    `request_id_reused`. Takes a transaction of its own; locks the seats of the order by primary key, so that no scan meets
    it half paid, and then the order. `order` itself is brought up to date.
    """
    refuse_parts_of_coins(amount, currency=order.currency)
    key = request_id or uuid.uuid4()
    money = _Money(amount, PaymentMethod(method), note, None, by, key, by_name[:200], credit, expected_owed)
    return _store(order, money, now, refuse_closed=True)


def receive_payment(
    *,
    order: Order,
    amount: Decimal,
    method: PaymentMethod | str,
    note: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
    external_id: str | None = None,
) -> Payment:
    """As `record_payment`, for money that is there whatever became of the order meanwhile, and so is never refused. An
    expired order that it covers takes its places again, if they are still to be had; of any other that is closed it
    waits to be given back, like what comes for one that is paid already, and the buyer is mailed so. `external_id` with
    the method names it where it was taken; it is recorded once.
    """
    money = _Money(amount, PaymentMethod(method), note, external_id, by, request_id)
    return _store(order, money, now, refuse_closed=False)


def _store(order: Order, money: _Money, now: dt.datetime, *, refuse_closed: bool) -> Payment:
    if money.amount <= 0:
        raise RegistrationError("amount_not_positive", _("Enter the amount that arrived."))
    try:
        with transaction.atomic():
            return _record(order, money, now, refuse_closed=refuse_closed)
    except IntegrityError:
        return _same_payment(money, order)
    finally:
        order.refresh_from_db(fields=["status", "total", "subtotal", "discount"])


def _record(order: Order, money: _Money, now: dt.datetime, *, refuse_closed: bool) -> Payment:
    seats, locked = lock_order(order.pk)
    if _recorded(money):
        return _same_payment(money, order)
    was_paid = locked.is_paid
    if refuse_closed and was_paid:
        raise RegistrationError("already_paid", _("This order is paid already."))
    if refuse_closed and not locked.is_pending:
        raise RegistrationError(
            "not_payable",
            _("This order is %(status)s; nothing can be paid for it.")
            % {"status": locked.get_status_display().lower()},
        )
    owed = max(locked.total - paid_so_far(locked), Decimal(0)) if money.expected_owed is not None else None
    if owed is not None and owed != money.expected_owed:
        message = _(
            "Something was recorded meanwhile: %(owed)s is owed now. Nothing was recorded of this; look once more."
        )
        raise RegistrationError("owes_otherwise", message % {"owed": amount_text(owed, locked.currency)})
    payment = Payment.objects.create(
        order=locked, amount=money.amount, currency=locked.currency, method=money.method, note=money.note.strip()[:200],
        external_id=money.external_id, credit=money.credit, recorded_by=money.by, recorded_at=now,
        recorded_by_name=money.by_name or (money.by.name if money.by else ""), request_id=money.request_id,
    )  # fmt: skip
    signed = {} if money.by or not money.by_name else {"by_name": money.by_name}
    note(
        order=locked, event=Event.PAYMENT, by=money.by, now=now, amount=str(money.amount), method=money.method, **signed
    )  # fmt: skip
    if locked.status == OrderStatus.EXPIRED and paid_so_far(locked) >= locked.total:
        revive(order=locked, seats=seats, now=now)
    return_credit(order=locked, reason=_PAID_OTHERWISE, now=now)
    settle(order=locked, seats=[seat for seat in seats if seat.is_live], now=now)
    if locked.is_to_be_paid and not money.credit:  # who pays with credit reads on the page what is left
        tell_part_paid(locked, paid=paid_so_far(locked), now=now)
    elif was_paid:
        tell_twice(locked, amount=money.amount)
    elif not (locked.is_pending or locked.is_paid or money.credit):
        tell_late(locked, amount=money.amount)
    if not locked.is_pending:
        # However long ago the order was closed or paid: the worker looks for surpluses at what changed of late.
        locked.save(update_fields=["updated_at"])
    return payment


def settle(*, order: Order, seats: list[Attendee], now: dt.datetime) -> None:
    """Complete the pending `order` when what was paid covers its total, and nobody has to approve it first. The caller
    holds the locks of both, and has given back and taken what places it had to.
    """
    if order.is_pending and not order.is_waiting_for_approval and (paid := paid_so_far(order)) >= order.total:
        complete_order(order=order, seats=seats, now=now, surplus=paid - order.total)
        note(order=order, event=Event.PAID, by=None, now=now)


def _recorded(money: _Money) -> Payment | None:
    if found := Payment.objects.filter(request_id=money.request_id).first():
        return found
    named = Payment.objects.filter(method=money.method, external_id=money.external_id)
    return named.first() if money.external_id else None


def _same_payment(money: _Money, order: Order) -> Payment:
    payment = _recorded(money)
    if payment is None or (payment.order_id, payment.amount) != (order.pk, money.amount):
        raise RegistrationError("request_id_reused", _("This form was sent before. Load the page again."))
    return payment
