"""Who comes on a seat: name it, rename it, change where its mails go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.locking import lock_seat
from registration.attendee.models import Attendee
from registration.attendee.new_code import give_new_code
from registration.attendee.profile import save_profile
from registration.attendee.search import update_search_text
from registration.errors import RegistrationError
from registration.order.completion import send_ticket
from registration.order.history import Event, note
from registration.ticket.access import may_correct

# What these rules read of a seat they hold.
RELATED = ("conference", "ticket_type", "user", "order__user")


@transaction.atomic
def correct_details(
    *,
    attendee: Attendee,
    name: str,
    answers: Mapping[str, Any],
    by: User,
    now: dt.datetime,
    email: str | None = None,
) -> Attendee:
    """What the holder, or the buyer for a guest without an account, puts right by themselves: the name on the seat, the
    answers of its holder, and a guest's `email` (None leaves it). Locks the seat. For what follows see `_name`.

    Raises RegistrationError `not_live`, `changes_closed` after the conference's `changes_close_at`, `taken_over` when
    the guest has taken the seat into an account meanwhile, `email_of_account`, or `name_missing` for an address without
    a name.
    """
    seat = lock_seat(attendee, *RELATED)
    if not seat.is_live:
        raise RegistrationError("not_live", _("This ticket is not valid any more, so there is nothing to correct."))
    if not seat.conference.can_change_details(now=now):
        raise RegistrationError("changes_closed", _("Details can no longer be changed here. Ask the organisers."))
    if not may_correct(seat=seat, by=by):
        raise RegistrationError("taken_over", _("This person has an account now, and changes the details there."))
    _name(seat, name=name, email=seat.email if email is None else email, by=by, now=now, reason="")
    save_profile(user=seat.user, answers=answers, by=by)
    update_search_text(seat)
    return seat


@transaction.atomic
def correct_seat(
    *, attendee: Attendee, name: str, email: str, by: User | None, now: dt.datetime, reason: str = "",
    was: tuple[str, str] | None = None,
) -> Attendee:  # fmt: skip
    """The same for staff: at any time, whoever holds the seat. `was` is the name and address that the page showed: a page
    opened before the ticket was given to somebody else must not write the one before back. Raises RegistrationError
    `name_missing`; `changed_meanwhile`, where something else is there than `was`; or `email_of_account`: where an account
    holds the seat, its own address is the way to it, and only its owner changes that. Locks the seat.
    """
    seat = lock_seat(attendee, *RELATED)
    if not name.strip():
        raise RegistrationError("name_missing", _("Enter a name."))
    is_there = (" ".join(name.split()), email) == (seat.name, seat.email)  # the form sent twice
    if was is not None and was != (seat.name, seat.email) and not is_there:
        raise changed_meanwhile(seat)
    _name(seat, name=name, email=email, by=by, now=now, reason=reason)
    update_search_text(seat)
    return seat


def changed_meanwhile(seat: Attendee) -> RegistrationError:
    """For staff who write to `seat`, and saw it as it was before."""
    person = f"{seat.name or _('No name yet')}, {seat.email or _('No e-mail address')}"
    return RegistrationError(
        "changed_meanwhile",
        _(
            "Nothing was saved. This ticket was changed after you opened the page, and now says: %(person)s. What you wrote"
            " is still here; send it again only if it is meant for them."
        )
        % {"person": person},
    )


def _name(seat: Attendee, *, name: str, email: str, by: User | None, now: dt.datetime, reason: str) -> None:
    """A new address gets the ticket at once, if it has gone out before. The old address has had it too, so the ticket
    then gets a new code: what somebody else holds in their mails must not open the door.
    """
    name, was, old_email = " ".join(name.split()), seat.name, seat.email
    has_moved = email.casefold() != old_email.casefold()
    if has_moved and not seat.user.is_placeholder:
        raise RegistrationError("email_of_account", _("This person has an account, and changes the address there."))
    if email and not name:
        raise RegistrationError("name_missing", _("Enter the name of who comes."))
    if (name, email) == (was, old_email):
        return
    seat.name, seat.email = name, email
    seat.save(update_fields=["name", "email", "updated_at"])
    if seat.user.is_placeholder and seat.user.name != name:
        seat.user.name = name
        seat.user.save(update_fields=["name"])
    is_out = seat.is_live and seat.completed_registration
    if has_moved and old_email and is_out:
        give_new_code(seat, reason=_("Another e-mail address"), by=by, now=now)
    if seat.order:
        note(order=seat.order, event=Event.NAMED, by=by, now=now, reason=reason, seat=name, was=was)
    if has_moved and email and is_out:
        send_ticket(seat, order=seat.order)
