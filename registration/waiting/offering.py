"""Offer freed places to those who wait, one after the other: an offer is an order that holds the place for a set time.

The worker calls this every few seconds. An offer that is not taken in time ends like any hold, and the place is offered to
the next.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from registration.mail.outbox import queue_mail
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order
from registration.order.models import OrderStatus
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import count_waiting

# Of one ticket type in one go; the next ones come with the next call.
_AT_ONCE = 50


def offer_places(*, now: dt.datetime) -> int:
    """Settle what became of earlier offers, then offer every free place. Returns how many were offered. Each offer is a
    transaction of its own.
    """
    settle_offers(now=now)
    return sum(_offer_type(ticket_type, now) for ticket_type in _with_people_waiting())


def settle_offers(*, now: dt.datetime) -> None:
    """What was offered is taken, or its time is over."""
    offered = WaitingEntry.objects.filter(state=WaitingState.OFFERED)
    placed = Q(order__hold_expires_at=None, order__isnull=False)
    offered.filter(placed).update(state=WaitingState.TAKEN)
    # A choice that ended long ago is forgotten; it had ended then too.
    offered.filter(Q(order__status=OrderStatus.EXPIRED) | Q(order=None)).update(state=WaitingState.LAPSED)


def _with_people_waiting() -> list[TicketType]:
    room = Q(total_quantity=0) | Q(total_quantity__gt=F("taken"))
    venue = Q(conference__total_capacity=0) | Q(conference__total_capacity__gt=F("conference__places_taken"))
    waiting = TicketType.objects.filter(room, venue, waiting__gt=0, conference__in=Conference.objects.active())
    return list(waiting.select_related("conference"))


def _offer_type(ticket_type: TicketType, now: dt.datetime) -> int:
    offered = 0
    for pk in list(
        WaitingEntry.objects.waiting().filter(ticket_type=ticket_type).values_list("pk", flat=True)[:_AT_ONCE]
    ):
        try:
            offered += _offer(pk, ticket_type, now)
        except RegistrationError:
            break  # sold out again, or off sale: nobody further down gets one either
    return offered


@transaction.atomic
def _offer(pk: int, ticket_type: TicketType, now: dt.datetime) -> bool:
    """Whoever bought or was offered a place elsewhere is not in the way of the next. Raises RegistrationError when there is
    no place; then nothing was written.
    """
    entry = WaitingEntry.objects.waiting().select_for_update(skip_locked=True, of=["self"]).filter(pk=pk).first()
    if entry is None:
        return False  # another worker is at it, or they have just left
    conference, until = ticket_type.conference, now + dt.timedelta(hours=ticket_type.conference.offer_hours)
    choice = Choice((SeatRequest(ticket_type),))
    try:
        order = hold_order(
            conference=conference, buyer=entry.user, choice=choice, checkout_id=uuid.uuid4(), now=now, until=until
        )
    except RegistrationError as refusal:
        if refusal.code != "limit_per_user":
            raise
        entry.state = WaitingState.LEFT
        entry.save(update_fields=["state"])
        count_waiting(ticket_type, -1)
        return False
    entry.state, entry.order, entry.offered_at, entry.offer_ends_at = WaitingState.OFFERED, order, now, until
    entry.save(update_fields=["state", "order", "offered_at", "offer_ends_at"])
    count_waiting(ticket_type, -1)
    if entry.user.email:
        queue_mail(
            template="place_offered",
            to=entry.user.email,
            context={
                "conference": conference,
                "name": entry.user.name,
                "offer": ticket_type.name,
                "until": until,
                "link": f"{settings.SITE_URL}{reverse('register', args=[conference.slug])}?ticket={ticket_type.slug}",
            },
        )
    return True
