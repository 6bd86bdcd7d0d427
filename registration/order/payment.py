"""Money that arrived: record it, and complete the order once it is covered."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.completion import complete_order
from registration.order.models import Order, Payment, PaymentMethod


def paid_so_far(order: Order) -> Decimal:
    """One query."""
    return order.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")


def record_payment(
    *,
    order: Order,
    amount: Decimal,
    method: PaymentMethod | str,
    note: str,
    by: User,
    now: dt.datetime,
    request_id: uuid.UUID | None = None,
) -> Payment:
    """Record `amount`, in the order's currency. Partial payments add up; when they cover the total the order is paid
    and completed, and the tickets go out. What is paid beyond the total is recorded as it came.

    The same `request_id` again gives the same payment and changes nothing. Raises RegistrationError
    `amount_not_positive`, `already_paid`, `not_payable` (cancelled, expired, replaced), or `request_id_reused`. Takes
    a transaction of its own; locks the seats of the order by primary key, so that no scan meets it half paid, and then
    the order. `order` itself is brought up to date.
    """
    if amount <= 0:
        raise RegistrationError("amount_not_positive", _("Enter the amount that arrived."))
    request_id = request_id or uuid.uuid4()
    try:
        with transaction.atomic():
            return _record(order, amount, PaymentMethod(method), note, by, now, request_id)
    except IntegrityError:
        return _same_payment(request_id, order, amount)
    finally:
        order.refresh_from_db(fields=["status", "total", "subtotal"])


def _record(
    order: Order,
    amount: Decimal,
    method: PaymentMethod,
    note: str,
    by: User,
    now: dt.datetime,
    request_id: uuid.UUID,
) -> Payment:
    seats = list(
        Attendee.objects.select_for_update(of=["self"])
        .select_related("ticket_type")
        .live()
        .filter(order=order)
        .order_by("pk")
    )
    locked = Order.objects.select_for_update(of=["self"]).select_related("conference", "user").get(pk=order.pk)
    if Payment.objects.filter(request_id=request_id).exists():
        return _same_payment(request_id, order, amount)
    if locked.is_paid:
        raise RegistrationError("already_paid", _("This order is paid already."))
    if not locked.is_pending:
        raise RegistrationError(
            "not_payable",
            _("This order is %(status)s; nothing can be paid for it.")
            % {"status": locked.get_status_display().lower()},
        )
    payment = Payment.objects.create(
        order=locked, amount=amount, currency=locked.currency, method=method, note=note.strip()[:200], recorded_by=by,
        recorded_at=now, request_id=request_id,
    )  # fmt: skip
    settle(order=locked, seats=seats, now=now)
    return payment


def settle(*, order: Order, seats: list[Attendee], now: dt.datetime) -> None:
    """Complete the pending `order` when what was paid covers its total. The caller holds the locks of both."""
    if order.is_pending and paid_so_far(order) >= order.total:
        complete_order(order=order, seats=seats, now=now)


def _same_payment(request_id: uuid.UUID, order: Order, amount: Decimal) -> Payment:
    payment = Payment.objects.filter(request_id=request_id).first()
    if payment is None or (payment.order_id, payment.amount) != (order.pk, amount):
        raise RegistrationError("request_id_reused", _("This form was sent before. Load the page again."))
    return payment
