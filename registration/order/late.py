"""Money that people see on the account although the order was not waiting for any: it is closed, or paid."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.catalogue.prices import refuse_parts_of_coins
from registration.errors import RegistrationError
from registration.order.locks import lock_order
from registration.order.models import Order, OrderStatus
from registration.order.models_money import Payment, total_of
from registration.order.payment import paid_so_far, receive_payment, settle
from registration.order.revival import revive


@transaction.atomic
def record_late_payment(
    *,
    order: Order,
    amount: Decimal,
    method: str,
    note: str,
    by: User,
    now: dt.datetime,
    request_id: uuid.UUID,
    expected_paid: Decimal,
) -> Payment:
    """As `receive_payment`, by people. `expected_paid` is what the page said had come, so that two who see the same money do
    not both record it. Raises RegistrationError `amount_not_positive`, `no_such_coins`, `paid_otherwise` or
    `request_id_reused`.
    """
    refuse_parts_of_coins(amount, currency=order.currency)
    lock_order(order.pk)
    is_sent_again = Payment.objects.filter(request_id=request_id).exists()
    if not is_sent_again and total_of(order.payments.all()) != expected_paid:
        message = _("Something was recorded meanwhile. Nothing was recorded of this; look at the payments once more.")
        raise RegistrationError("paid_otherwise", message)
    return receive_payment(
        order=order, amount=amount, method=method, note=note, by=by, now=now, request_id=request_id
    )  # fmt: skip


@transaction.atomic
def take_places_again(*, order: Order, by: User, now: dt.datetime) -> None:
    """For an expired order that was paid when its places were gone: it takes them now that there are some, and its tickets
    go out. Raises RegistrationError `not_paid` or `sold_out`. Takes the locks of `lock_order`, then the places.
    """
    seats, locked = lock_order(order.pk)
    if locked.status != OrderStatus.EXPIRED or not 0 < locked.total <= paid_so_far(locked):
        raise RegistrationError("not_paid", _("This order has changed meanwhile. Look at it once more."))
    if not revive(order=locked, seats=seats, now=now, by=by):
        message = _(
            "Its places are not to be had: ticket or venue are sold out, others wait for them, or its people have other "
            "tickets by now."
        )
        raise RegistrationError("sold_out", message)
    settle(order=locked, seats=[seat for seat in seats if seat.is_live], now=now)
