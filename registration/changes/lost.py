"""Tickets that somebody cannot find. Whoever asks learns nothing: all that a request does is write one row, whether the
address has tickets or not. The worker answers by mail, to that address alone.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from registration.attendee.claim import addressed_to
from registration.attendee.models import Attendee
from registration.changes.models import LostTicketRequest
from registration.mail.outbox import queue_mail
from registration.order.completion import send_ticket

_AT_ONCE = 50


def ask_for_lost_tickets(*, email: str, now: dt.datetime) -> None:
    """One row, in the same time for every address. How often is for the caller to limit."""
    LostTicketRequest.objects.create(email=email.strip().lower(), created_at=now)


def answer_lost_requests(*, now: dt.datetime) -> int:
    """Mail each address that was asked for its tickets, or that it has none. Returns how many were answered. Two workers
    answer each once.
    """
    waiting = list(LostTicketRequest.objects.order_by("pk")[:_AT_ONCE])
    return sum(_answer(request, now) for request in waiting)


@transaction.atomic
def _answer(request: LostTicketRequest, now: dt.datetime) -> int:
    if not LostTicketRequest.objects.filter(pk=request.pk).delete()[0]:
        return 0
    seats = [seat for seat in _tickets_of(request.email) if not seat.conference.is_over(now=now)]
    for seat in seats:
        send_ticket(seat, order=seat.order)
    if not seats:
        queue_mail(template="lost_ticket_none", to=request.email, context={})
    return 1


def _tickets_of(email: str) -> list[Attendee]:
    """Those whose mails go to this address, which is in small letters: its own, and nameless ones that its account bought."""
    ticket = ("conference", "ticket_type", "user", "order__user", "order__conference")
    seats = addressed_to([email]), Attendee.objects.filter(email="", order__user__email=email)
    # Found apart, as each has its index.
    return [seat for some in seats for seat in some.live().filter(completed_registration=True).select_related(*ticket)]
