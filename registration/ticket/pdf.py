"""A ticket as a PDF to print: one page, readable in black and white, with a name of any script."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conferences.languages import in_language_of
from conferences.templatetags.lanyard import days
from registration.attendee.models import Attendee
from registration.logo.logos import logo_for_press
from registration.ticket.qr import ticket_url
from registration.ticket.standing import Standing, ticket_of
from registration.typesetting.process import run_press

_A4 = (210.0, 297.0)


def ticket_pdf(seat: Attendee) -> IO[bytes]:
    """Of a live seat, loaded with conference, ticket type, order and holder: an open file, close it. Never call it in a
    transaction. Raises RegistrationError `not_made`, which no name should bring about.
    """
    refusal = _("The PDF could not be made. The code of the ticket works without it; try again later.")
    with in_language_of(seat.conference):
        job = ticket_job(seat)
    return run_press("registration.ticket.press", job, "pdf", refusal=refusal)


def ticket_job(seat: Attendee) -> dict[str, Any]:
    """What `press.py` reads, in the language that is active."""
    conference, standing = seat.conference, ticket_of(seat).standing
    facts = [
        (_("When"), days(conference)),
        (_("Where"), conference.place),
        (_("Order"), seat.order.reference if seat.order else ""),
    ]
    return {
        "page": _A4,
        "language": (get_language() or "en")[:2],
        "accent": conference.accent,
        "logo": logo_for_press(conference),
        "timezone": conference.timezone,
        "title": _("Ticket for %(conference)s") % {"conference": conference.name},
        "texts": {
            "event": conference.name,
            "name": seat.name,
            "nobody": _("Not named yet"),
            "kind": seat.ticket_type.name if seat.ticket_type else "",
            "hint": _("Show this code at the door. It works printed or on a screen; or say the letters."),
            "warning": _("Not paid yet: it lets you in as soon as the payment is recorded.")
            if standing == Standing.UNPAID
            else "",
            "foot": settings.SITE_URL.partition("://")[2],
        },
        "facts": [fact for fact in facts if fact[1]],
        "code": seat.access_code,
        "url": ticket_url(seat),
    }
