"""What goes along with the mail of a ticket, made when the mail is sent. `made_from` is of `seat` and `code`."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from registration.attendee.models import Attendee
from registration.ticket.calendar import ticket_ics
from registration.ticket.pdf import ticket_pdf
from registration.ticket.qr import qr_png


def _qr(made_from: dict[str, Any]) -> bytes:
    return qr_png(made_from["code"])


def _ics(made_from: dict[str, Any]) -> bytes | None:
    seat = _find(made_from)
    return ticket_ics(seat, now=timezone.now()) if seat else None


def _pdf(made_from: dict[str, Any]) -> bytes | None:
    seat = _find(made_from)
    if seat is None:
        return None
    with ticket_pdf(seat) as file:
        return file.read()


def _find(made_from: dict[str, Any]) -> Attendee | None:
    """A ticket that was given another code since is somebody else's perhaps, and no business of this mail."""
    seats = Attendee.objects.live().select_related("conference", "ticket_type", "order", "user")
    return seats.filter(pk=made_from["seat"], access_code=made_from["code"]).first()


# By the names that mails ask for them.
MAKERS = {"ticket_qr": _qr, "ticket_ics": _ics, "ticket_pdf": _pdf}
