"""Give a ticket to somebody else: the seat keeps its place in the books and gets a new holder and a new code."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.locking import lock_seat
from registration.attendee.models import Attendee
from registration.attendee.new_code import give_new_code
from registration.attendee.search import update_search_text
from registration.changes.naming import RELATED
from registration.errors import RegistrationError
from registration.mail.outbox import queue_mail
from registration.order.completion import send_ticket
from registration.order.history import Event, note
from registration.order.replacement import waiting_exchange
from registration.ticket.access import may_correct


def why_not_transfer(seat: Attendee, *, now: dt.datetime, is_staff: bool = False) -> RegistrationError | None:
    """What speaks against giving `seat` to somebody else, for pages to say and the rule to raise; None when nothing does.
    Organisers may do it after the date, and for tickets that their holders cannot give away. Two queries. The seat is
    loaded with conference, ticket type and order.

    `not_live`, `admitted`, `blocked`, `not_finished`, `being_changed`, `not_transferable`, `transfers_closed`.
    """
    if not seat.is_live:
        return RegistrationError("not_live", _("This ticket is not valid any more."))
    if seat.checked_in_at or seat.scans.live_admissions().exists():
        return RegistrationError("admitted", _("Somebody has been let in with this ticket already."))
    if seat.blocked_reason:
        return RegistrationError("blocked", _("This ticket is blocked. Ask the organisers."))
    if not seat.completed_registration or (seat.order and seat.order.is_pending and seat.order.total):
        return RegistrationError("not_finished", _("The ticket has to be paid and finished first."))
    if waiting_exchange(seat):
        return RegistrationError("being_changed", _("A change of this ticket waits for its payment. Give it up first."))
    if is_staff:
        return None
    if not seat.conference.allows_transfers or (seat.ticket_type and not seat.ticket_type.is_transferable):
        return RegistrationError("not_transferable", _("This ticket cannot be given to somebody else."))
    if not seat.conference.can_transfer(now=now):
        return RegistrationError("transfers_closed", _("Tickets can no longer be given to somebody else here."))
    return None


@transaction.atomic
def transfer_ticket(
    *,
    attendee: Attendee,
    code: str,
    name: str,
    email: str,
    by: User,
    now: dt.datetime,
    reason: str = "",
    is_staff: bool = False,
) -> Attendee:
    """Give the seat, whose access code the page showed as `code`, to the person with this name and address. From the commit
    on the old code answers `replaced`, and the seat is out of the reach of who bought it. Both are told by mail. Needs no
    place, so it works when everything is sold out.

    The new holder is a placeholder until whoever has that address comes for it, also where they have an account
    already: an account that took it by itself would tell whoever asks that it exists. Answers and staff's notes of the
    one before do not move along.

    Raises RegistrationError: those of `why_not_transfer`; `not_yours`; `changed_meanwhile` when the code is another by
    now, so that a form sent twice does it once; `person_missing`; `same_person`. Locks the seat's row, as check-in
    does: either the admission comes first and this is refused, or the old code is refused at the door.
    """
    seat = lock_seat(attendee, *RELATED)
    name = " ".join(name.split())
    if seat.access_code != code:
        raise RegistrationError("changed_meanwhile", _("This ticket has just changed. Load the page again."))
    if not is_staff and not may_correct(seat=seat, by=by):
        raise RegistrationError("not_yours", _("This ticket is somebody else's now. Only they can give it away."))
    if refusal := why_not_transfer(seat, now=now, is_staff=is_staff):
        raise refusal
    if not name or not email:
        raise RegistrationError("person_missing", _("Enter name and e-mail of who gets the ticket."))
    if email.casefold() == seat.email.casefold() and name.casefold() == seat.name.casefold():
        raise RegistrationError("same_person", _("That is who has the ticket now."))
    before, was, old_email = seat.user, seat.name, seat.email
    seat.user, seat.name, seat.email = User.objects.create_placeholder(name=name), name, email
    # They tell of the person who does not come.
    seat.staff_note, seat.needs_attention = "", False
    seat.given_away_at = now
    seat.save(update_fields=["user", "name", "email", "staff_note", "needs_attention", "given_away_at", "updated_at"])
    give_new_code(seat, reason=_("Given to somebody else"), by=by, now=now)
    update_search_text(seat)
    if before.is_placeholder and not before.orders.exists():
        before.delete()  # with the answers: nobody needs them any more
    if seat.order:
        note(order=seat.order, event=Event.TRANSFERRED, by=by, now=now, reason=reason, seat=name, was=was)
    send_ticket(seat, order=seat.order)
    if old_email:
        queue_mail(
            template="ticket_given_away",
            to=old_email,
            context={
                "attendee": seat, "conference": seat.conference, "was": was, "code": code, "reason": reason,
                "by": "organisers" if is_staff else "yourself" if by == before else "buyer",
            },
        )  # fmt: skip
    return seat
