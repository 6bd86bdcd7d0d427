"""The ticket once more by mail, as it is or with a new code."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.locking import lock_seat
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.staff_changes import reissue_code
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


@transaction.atomic
def reissue_ticket(*, attendee: Attendee, code: str, reason: str, by: User, now: dt.datetime) -> Attendee:
    """Give the seat, whose access code the page showed as `code`, a new one as `reissue_code` does, and mail it to who has
    the ticket: what they were sent before opens nothing. The same form again changes nothing. Raises RegistrationError as
    that does, and `changed_meanwhile` when somebody else has given it another code. Locks the seat.
    """
    seat = lock_seat(attendee, *RELATED)
    if seat.access_code != code:
        if RetiredCode.objects.filter(attendee=seat, code=code, retired_by=by).exists():
            return seat
        raise RegistrationError("changed_meanwhile", _("This ticket has just changed. Load the page again."))
    seat = reissue_code(attendee=seat, reason=reason, by=by, now=now)
    if seat.completed_registration:
        send_ticket(seat, order=seat.order, template="ticket_changed")
    return seat
