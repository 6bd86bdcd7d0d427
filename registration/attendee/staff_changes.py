"""What staff change about a seat. Each locks the seat's row, as a scan does, and returns the seat as stored."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.attendee.access_code import generate_access_code
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.search import update_search_text
from registration.errors import RegistrationError


def _lock(attendee: Attendee) -> Attendee:
    return Attendee.objects.select_for_update(of=["self"]).select_related("user").get(pk=attendee.pk)


@transaction.atomic
def correct_seat(*, attendee: Attendee, name: str, email: str) -> Attendee:
    """Raises RegistrationError `name_missing`, or `email_of_account`: where an account holds the seat, its own address is
    the way to it, and only its owner changes that.
    """
    seat = _lock(attendee)
    name = " ".join(name.split())
    if not name:
        raise RegistrationError("name_missing", _("Enter a name."))
    if email.casefold() != seat.email.casefold() and not seat.user.is_placeholder:
        raise RegistrationError("email_of_account", _("This person has an account, and changes the address there."))
    seat.name, seat.email = name, email
    seat.save(update_fields=["name", "email", "updated_at"])
    if seat.user.is_placeholder and seat.user.name != name:
        seat.user.name = name
        seat.user.save(update_fields=["name"])
    update_search_text(seat)
    return seat


@transaction.atomic
def note_about_seat(*, attendee: Attendee, note: str, needs_attention: bool) -> Attendee:
    seat = _lock(attendee)
    seat.staff_note, seat.needs_attention = note.strip(), needs_attention
    seat.save(update_fields=["staff_note", "needs_attention", "updated_at"])
    return seat


@transaction.atomic
def block_seat(*, attendee: Attendee, reason: str) -> Attendee:
    """From the commit on every checkpoint refuses the ticket. Raises RegistrationError `reason_missing`."""
    seat = _lock(attendee)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is blocked; the door reads it."))
    seat.blocked_reason = reason.strip()[:200]
    seat.save(update_fields=["blocked_reason", "updated_at"])
    return seat


@transaction.atomic
def unblock_seat(*, attendee: Attendee) -> Attendee:
    seat = _lock(attendee)
    seat.blocked_reason = ""
    seat.save(update_fields=["blocked_reason", "updated_at"])
    return seat


@transaction.atomic
def reissue_code(*, attendee: Attendee, reason: str, now: dt.datetime) -> Attendee:
    """Give the seat a new access code; the old one, and an imported barcode, answer `replaced` from the commit on. What
    was admitted stays admitted. Raises RegistrationError `reason_missing` or `not_live`.
    """
    seat = _lock(attendee)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why the ticket gets a new code."))
    if not seat.is_live:
        raise RegistrationError("not_live", _("This ticket is cancelled; it needs no new code."))
    for code in filter(None, (seat.access_code, seat.imported_code)):
        # The barcode of another system may be retired at another conference already.
        RetiredCode.objects.get_or_create(
            code=code, defaults={"attendee": seat, "reason": reason.strip()[:200], "created_at": now}
        )
    seat.access_code, seat.imported_code = generate_access_code(), None
    seat.save(update_fields=["access_code", "imported_code", "updated_at"])
    update_search_text(seat)
    return seat
