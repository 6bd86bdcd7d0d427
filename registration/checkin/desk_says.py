"""The one thing to do about a refusal, for who is at the desk already: nobody is to be sent there, but helped."""

from __future__ import annotations

from django.utils.translation import gettext as _

from registration.checkin.access import DoorAccess
from registration.checkin.admission import CheckIn
from registration.checkin.models import Verdict
from registration.checkin.sentences import refuse


def say_at_the_desk(answer: CheckIn, *, access: DoorAccess) -> dict[str, object]:
    """What takes the place of `sentences.say`; nothing at the door. Most of it is done on the person's page, which the
    panel leads to; a tablet of the desk has no such page.
    """
    if not access.is_desk:
        return {}
    if answer.verdict == Verdict.UNKNOWN:
        return {"say": _("Search the name, or register a walk-in.")}
    if access.user is None:
        return {}
    refused = {
        Verdict.UNPAID: _("Show the person, and record the payment in their order."),
        Verdict.CANCELLED: _("A new ticket is sold as a walk-in."),
        Verdict.REFUNDED: _("A new ticket is sold as a walk-in."),
        Verdict.BLOCKED: _("Show the person, and settle it first."),
    }
    if then := refused.get(answer.verdict):
        return {"say": refuse(then, hands_out=answer.hands_out)}
    if answer.hands_out:
        return {}
    others = {
        Verdict.ALREADY_ADMITTED: _("Ask for the badge. If this is another person, find out whose ticket it is."),
        Verdict.WRONG_TICKET: _("Show the person to change the ticket."),
        Verdict.INCOMPLETE: _("Show the person to see what is missing, then scan again."),
    }
    return {"say": others[answer.verdict]} if answer.verdict in others else {}
