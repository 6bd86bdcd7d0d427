"""What staff change about a seat. Each locks the seat's row, as a scan does, and returns the seat as stored."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.locking import lock_seat
from registration.attendee.models import Attendee
from registration.attendee.new_code import give_new_code
from registration.attendee.noting import note_of_seat
from registration.attendee.search import update_search_text
from registration.errors import RegistrationError


def _lock(attendee: Attendee) -> Attendee:
    return lock_seat(attendee, "user", "order")


@transaction.atomic
def note_about_seat(
    *, attendee: Attendee, note: str, needs_attention: bool, was: tuple[str, bool] | None = None
) -> Attendee:
    """`was` is the note, and whether attention was asked for, as whoever writes saw them. Raises RegistrationError
    `changed_meanwhile` where others have written something else since.
    """
    seat = _lock(attendee)
    now, wanted = (_plain(seat.staff_note), seat.needs_attention), (_plain(note), needs_attention)
    if was and now not in {(_plain(was[0]), was[1]), wanted}:
        raise RegistrationError("changed_meanwhile", _note_of_others(seat))
    seat.staff_note, seat.needs_attention = wanted
    seat.save(update_fields=["staff_note", "needs_attention", "updated_at"])
    return seat


def _plain(note: str) -> str:
    """Browsers send line ends of their own."""
    return note.replace("\r\n", "\n").strip()


def _note_of_others(seat: Attendee) -> str:
    return _(
        "Nothing was saved. Somebody changed the note after you opened the page. It now says: %(note)s. Needs attention at"
        " the door: %(attention)s. What you wrote is still here; put both together, or save it again if it is to stand"
        " instead."
    ) % {"note": seat.staff_note or _("nothing"), "attention": _("yes") if seat.needs_attention else _("no")}


@transaction.atomic
def block_seat(*, attendee: Attendee, reason: str, by: User | None, now: dt.datetime) -> Attendee:
    """From the commit on every checkpoint refuses the ticket. Raises RegistrationError `reason_missing`."""
    seat = _lock(attendee)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is blocked; the door reads it."))
    seat.blocked_reason = reason.strip()[:200]
    seat.save(update_fields=["blocked_reason", "updated_at"])
    note_of_seat(seat, kind="blocked", by=by, now=now, reason=seat.blocked_reason)
    return seat


@transaction.atomic
def unblock_seat(*, attendee: Attendee, by: User | None, now: dt.datetime) -> Attendee:
    seat = _lock(attendee)
    seat.blocked_reason = ""
    seat.save(update_fields=["blocked_reason", "updated_at"])
    note_of_seat(seat, kind="unblocked", by=by, now=now)
    return seat


@transaction.atomic
def reissue_code(*, attendee: Attendee, reason: str, by: User | None, now: dt.datetime) -> Attendee:
    """Give the seat a new access code; the old one, and an imported barcode, answer `replaced` from the commit on. What
    was admitted stays admitted. Raises RegistrationError `reason_missing` or `not_live`.
    """
    seat = _lock(attendee)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why the ticket gets a new code."))
    if not seat.is_live:
        raise RegistrationError("not_live", _("This ticket is cancelled; it needs no new code."))
    give_new_code(seat, reason=reason.strip(), by=by, now=now)
    note_of_seat(seat, kind="new_code", by=by, now=now, reason=reason.strip())
    update_search_text(seat)
    return seat
