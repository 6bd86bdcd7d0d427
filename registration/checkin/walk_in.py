"""Somebody without a ticket: sold, paid and let in by one form.

It stands here and not with the list of people above, because it ends in an admission and is answered by the tablet's
panel: what it needs are the rules of the order, below, and of the scan.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.catalogue.models import TicketType
from registration.checkin.admission import CheckIn, check_in
from registration.checkin.models import Checkpoint, Tablet
from registration.errors import RegistrationError
from registration.order.models_money import PaymentMethod
from registration.order.walk_in import sell_at_desk

# The second try finds what the same form, sent twice, had made in the first.
_TRIES = 2


@dataclass(frozen=True)
class WalkIn:
    answer: CheckIn
    is_beyond: bool


def register_and_check_in(
    *,
    checkpoint: Checkpoint,
    ticket_type: TicketType,
    name: str,
    email: str,
    method: PaymentMethod | None,
    note: str,
    scan_id: uuid.UUID,
    by: User | None,
    now: dt.datetime,
    tablet: Tablet | None = None,
    by_name: str = "",
    signature: str = "",
) -> WalkIn:
    """Order, seat, payment and scan, all of it or nothing, in one transaction. `scan_id` is the id of the order, of the
    payment and of the scan, so that a form sent twice is one person, one payment and one admission.

    Raises RegistrationError `rehearsal`, or what `sell_at_desk` and `check_in` raise.
    """
    if checkpoint.is_rehearsing(now=now):
        raise RegistrationError("rehearsal", _("This is a rehearsal: nobody is registered and no money is taken."))
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                sale = sell_at_desk(
                    conference=checkpoint.conference, ticket_type=ticket_type, name=name, email=email, method=method,
                    note=note, request_id=scan_id, by=by, by_name=signature, now=now,
                )  # fmt: skip
                answer = check_in(
                    checkpoint=checkpoint, code=sale.seat.access_code, scan_id=scan_id, by=by, now=now, tablet=tablet,
                    by_name=by_name,
                )  # fmt: skip
                return WalkIn(answer, sale.is_beyond)
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")
