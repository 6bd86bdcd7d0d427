"""The ticket once more by mail: of one seat, or all that somebody has lost."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.locking import lock_seat
from registration.attendee.models import Attendee
from registration.changes.naming import RELATED
from registration.errors import RegistrationError
from registration.order.completion import send_ticket
from registration.order.history import Event, note


@transaction.atomic
def resend_ticket(*, attendee: Attendee, by: User, now: dt.datetime, reason: str = "") -> str:
    """Queue the ticket mail of this seat again and return the address it goes to. How often is for the caller to limit.
    Raises RegistrationError `no_ticket_yet` (unpaid, cancelled) or `no_address`. Locks the seat.
    """
    seat = lock_seat(attendee, *RELATED)
    if not seat.is_live or not seat.completed_registration:
        raise RegistrationError("no_ticket_yet", _("There is no valid ticket to send."))
    to = seat.email or (seat.order.user.email if seat.order else "")
    if not to:
        raise RegistrationError("no_address", _("There is no e-mail address to send it to. Enter one first."))
    send_ticket(seat, order=seat.order)
    if seat.order:
        note(order=seat.order, event=Event.TICKET_SENT, by=by, now=now, reason=reason, seat=seat.name)
    return to
