"""Organisers look at an order before it is confirmed, where one of its tickets asks for it. Its places are taken meanwhile."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_order
from registration.order.completion import ask_for_payment
from registration.order.due import due_at
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models import Approval, Order
from registration.order.payment import settle


@transaction.atomic
def approve_order(*, order: Order, by: User, now: dt.datetime) -> Order:
    """Confirm an order: what is free or paid already is completed, the buyer of anything else is asked to pay, and has as
    long for it as if they had ordered now. Twice is the same as once. Raises RegistrationError `not_waiting` where it was
    declined or has ended. Locks the seats by primary key, then the order. Returns it as stored.
    """
    seats, locked = lock_order(order.pk)
    if locked.approval == Approval.GIVEN and (locked.is_pending or locked.is_paid):
        return locked
    _refuse_decided(locked)
    locked.approval = Approval.GIVEN
    locked.due_at = due_at(locked.conference, now=now) if locked.total else None
    locked.save(update_fields=["approval", "due_at", "updated_at"])
    note(order=locked, event=Event.APPROVED, by=by, now=now)
    settle(order=locked, seats=[seat for seat in seats if seat.is_live], now=now)
    if locked.is_pending:
        ask_for_payment(order=locked)
    return locked


@transaction.atomic
def decline_order(*, order: Order, reason: str, by: User, now: dt.datetime) -> Order:
    """Refuse an order, which cancels it; its people read the reason. What was paid for it is to be given back. Raises
    RegistrationError `not_waiting` or `reason_missing`; locks as `cancel_order` does. Returns it as stored.
    """
    _refuse_decided(lock_order(order.pk)[1])
    declined = cancel_order(order=order, reason=reason, by=by, now=now, template="order_declined")
    declined.approval = Approval.DECLINED
    declined.save(update_fields=["approval", "updated_at"])
    note(order=declined, event=Event.DECLINED, by=by, now=now, reason=reason)
    return declined


def _refuse_decided(order: Order) -> None:
    if not order.is_waiting_for_approval:
        raise RegistrationError(
            "not_waiting", _("This order does not wait for approval any more. Load the page again.")
        )
