"""Offer freed places to those who wait, one after the other: an offer is an order that holds the place for a set time.
A place of the venue goes to the first in the line of the conference whose ticket type has room too.

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
from registration.catalogue.venue import has_place_for_who_waits, own_places_left
from registration.errors import RegistrationError
from registration.mail.outbox import queue_mail
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order
from registration.order.models import OrderStatus
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import count_waiting

# Of one conference in one go; the next ones come with the next call.
_AT_ONCE = 50


def offer_places(*, now: dt.datetime) -> int:
    """Settle what became of earlier offers, then offer every free place. Returns how many were offered. Each offer is a
    transaction of its own.
    """
    _settle_offers()
    return sum(_offer_line(ticket_types, now) for ticket_types in _waited_for(now))


def _settle_offers() -> None:
    """What was offered is taken, or its time is over."""
    offered = WaitingEntry.objects.filter(state=WaitingState.OFFERED)
    placed = Q(order__hold_expires_at=None, order__isnull=False)
    offered.filter(placed).update(state=WaitingState.TAKEN)
    # A choice that ended long ago is forgotten; it had ended then too.
    offered.filter(Q(order__status=OrderStatus.EXPIRED) | Q(order=None)).update(state=WaitingState.LAPSED)


def _waited_for(now: dt.datetime) -> list[list[TicketType]]:
    """Conference by conference, the ticket types that people wait for and that can be offered now."""
    venue = Q(conference__total_capacity=0) | Q(conference__total_capacity__gt=F("conference__places_taken"))
    waiting = TicketType.objects.filter(venue, waiting__gt=0, conference__in=Conference.objects.active())
    of_conferences: dict[int, list[TicketType]] = {}
    for each in waiting.select_related("conference").order_by("conference", "pk"):
        if has_place_for_who_waits(each, now=now) and each.conference.is_registration_open(now=now):
            of_conferences.setdefault(each.conference_id, []).append(each)
    return list(of_conferences.values())


def _offer_line(ticket_types: list[TicketType], now: dt.datetime) -> int:
    """To those who wait for one of them, all of one conference, in their order."""
    open_types = {each.pk: each for each in ticket_types}
    first = WaitingEntry.objects.waiting().filter(ticket_type__in=ticket_types)[:_AT_ONCE]
    offered = 0
    for pk, type_pk in list(first.values_list("pk", "ticket_type_id")):
        if ticket_type := open_types.get(type_pk):
            try:
                offered += _offer(pk, ticket_type, now)
            except RegistrationError as refusal:
                # Nobody who waits for this ticket gets one now. Nor does anybody else where it is the venue that is full: a
                # place that is given back at this moment would go to somebody further down.
                ticket_type.refresh_from_db(fields=["taken", "total_quantity"])
                if refusal.code == "sold_out" and own_places_left(ticket_type) != 0:
                    break
                del open_types[type_pk]
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
