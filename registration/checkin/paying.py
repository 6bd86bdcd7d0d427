"""Money that is taken at a checkpoint, and the admission that follows it."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.checkin.admission import CheckIn, check_in
from registration.checkin.models import Checkpoint, Method, Tablet, Unpaid
from registration.errors import RegistrationError
from registration.order.models_money import PaymentMethod
from registration.order.payment import record_payment


def takes_payments(checkpoint: Checkpoint, *, now: dt.datetime) -> bool:
    """In a rehearsal nothing counts, and money would."""
    return checkpoint.unpaid == Unpaid.ASK and not checkpoint.is_rehearsing(now=now)


def pay_and_check_in(
    *,
    checkpoint: Checkpoint,
    code: str,
    scan_id: uuid.UUID,
    amount: Decimal,
    method: PaymentMethod,
    note: str,
    by: User | None,
    now: dt.datetime,
    tablet: Tablet | None = None,
    by_name: str = "",
    signature: str = "",
    scan_method: Method = Method.TYPED,
) -> CheckIn:
    """Record `amount` for the order of the seat with the access code `code`, and scan it. Where less was paid than is owed
    the answer is `unpaid` once more.

    `scan_id` is the id of the payment and of the scan, so that a form sent again neither pays nor admits twice. They are
    two transactions, the money first: of a request that died in between, the same one again makes the rest. The scan
    stands in the name `by_name`, the payment in that of `signature`.

    Raises RegistrationError `no_payment_here`, `unknown_ticket`, or what `record_payment` and `check_in` raise.
    """
    if not takes_payments(checkpoint, now=now):
        raise RegistrationError("no_payment_here", _("No payments are taken at this checkpoint. Send to the desk."))
    seats = Attendee.objects.live().select_related("order")
    seat = seats.filter(conference=checkpoint.conference, access_code=code).first()
    if seat is None or seat.order is None:
        raise RegistrationError("unknown_ticket", _("There is nothing to pay for this ticket. Scan it again."))
    record_payment(
        order=seat.order, amount=amount, method=method, note=note, by=by, by_name=signature, now=now, request_id=scan_id
    )
    return check_in(
        checkpoint=checkpoint, code=code, scan_id=scan_id, by=by, now=now, tablet=tablet, by_name=by_name,
        method=scan_method,
    )  # fmt: skip
