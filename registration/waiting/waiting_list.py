"""Wait for a place that somebody gives back: join, leave, and in which order.

A conference has one line, whichever ticket people wait for, because its ticket types share the places of the venue.
`TicketType.waiting` counts those whose turn is still to come; while there are any, nobody else gets a place of that type.
The order of the locks: the entry, the conference, the ticket type.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Count, F, Max
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.catalogue.offers import active_types
from registration.catalogue.venue import has_place_for_who_waits, own_places_left, venue_left
from registration.errors import RegistrationError
from registration.mail.outbox import queue_mail
from registration.order.models import Order
from registration.order.refusals import beyond_limit, had_by
from registration.waiting.models import WaitingEntry, WaitingState


@transaction.atomic
def join_waiting_list(*, ticket_type: TicketType, user: User, now: dt.datetime) -> WaitingEntry:
    """Put `user` at the end of the list; who is on it already keeps their place. Raises RegistrationError
    `not_on_sale`, `not_sold_out`, `already_registered` or `limit_per_user`. Locks the conference, whose line has one end,
    and the ticket type.
    """
    # Not their keys, which the rows of others refer to: a sale that holds the ticket type asks for that of the conference.
    Conference.objects.select_for_update(no_key=True).get(pk=ticket_type.conference_id)
    locked = (
        TicketType.objects.select_for_update(of=["self"], no_key=True)
        .select_related("conference")
        .get(pk=ticket_type.pk)
    )
    if entry := WaitingEntry.objects.live().filter(ticket_type=locked, user=user).first():
        return entry
    conference = locked.conference
    if not locked.is_on_sale(now=now) or locked.requires_voucher or not conference.is_registration_open(now=now):
        raise RegistrationError("not_on_sale", _("%(ticket)s is not for sale now.") % {"ticket": locked})
    if Attendee.objects.live().filter(conference=conference, user=user).exists():
        raise RegistrationError("already_registered", _("You have a ticket for %(conference)s already.") % {
            "conference": conference})  # fmt: skip
    if not is_sold_out(locked, now=now):
        raise RegistrationError("not_sold_out", _("There are places left: you can register now."))
    # Their turn would pass them over, and nobody would tell them.
    if locked.limit_per_user and had_by(user, kinds=[locked])[locked.pk] >= locked.limit_per_user:
        raise beyond_limit(locked)
    entry = WaitingEntry.objects.create(ticket_type=locked, user=user, position=_end_of(conference), created_at=now)
    count_waiting(locked, 1)
    return entry


def is_sold_out(ticket_type: TicketType, *, now: dt.datetime) -> bool:
    """To whoever comes now. The ticket type is loaded with its conference. One query where that has places left."""
    conference = ticket_type.conference
    if ticket_type.places_left == 0 or conference.places_left == 0:
        return True
    return conference.places_left is not None and venue_left(conference, active_types(conference), now=now) == 0


@transaction.atomic
def leave_waiting_list(*, entry: WaitingEntry, now: dt.datetime) -> bool:
    """Take somebody off the list; a place that they are offered is free for the next within a minute. False, and nothing,
    for who is off it already. Locks the entry, then the ticket type.
    """
    locked = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    if locked.state == WaitingState.WAITING:
        count_waiting(locked.ticket_type, -1)
    elif locked.state == WaitingState.OFFERED:
        Order.objects.choices().pending().filter(waiting_entry=locked).update(hold_expires_at=now)
    else:
        return False
    locked.state = WaitingState.LEFT
    locked.save(update_fields=["state"])
    return True


@transaction.atomic
def take_off_list(*, entry: WaitingEntry, now: dt.datetime) -> None:
    """As `leave_waiting_list`, by the organisers: whom they take off is mailed. The entry is loaded with user, order,
    ticket type and conference.
    """
    if leave_waiting_list(entry=entry, now=now) and entry.user.email:
        queue_mail(
            template="place_withdrawn",
            to=entry.user.email,
            context={
                "conference": entry.ticket_type.conference,
                "name": entry.user.name,
                "offer": entry.ticket_type.name,
                "was_offered": entry.is_offered,
            },
        )


@transaction.atomic
def move_entry(*, entry: WaitingEntry, up: bool, in_whole_line: bool = False) -> None:
    """Swap it with its neighbour among those who wait for the same ticket, or for any; nothing at either end, and nobody
    between the two loses or gains a place. Locks those among whom it is moved, by primary key, so that moves do not mix,
    and not the ticket type, which comes after the entries. Who is offered a place meanwhile is decided afterwards.
    """
    kind = entry.ticket_type
    waiting = WaitingEntry.objects.waiting()
    waiting = waiting.in_line_of(kind.conference_id) if in_whole_line else waiting.filter(ticket_type=kind)
    list(waiting.select_for_update(of=["self"]).order_by("pk").values_list("pk"))
    entries = list(waiting)
    if entry not in entries:
        return
    here = entries.index(entry)
    there = here - 1 if up else here + 1
    if 0 <= there < len(entries):
        mine, other = entries[here], entries[there]
        mine.position, other.position = other.position, mine.position
        WaitingEntry.objects.bulk_update([mine, other], ["position"])


def place_in_line(entry: WaitingEntry, *, now: dt.datetime) -> int:
    """1 for whoever is next. Of those who wait for another ticket count those before them who could have a place of the
    venue with it; where the venue has no limit, none. The entry is loaded with its ticket type and conference. Two queries.
    """
    kind = entry.ticket_type
    rivals = {kind.pk: kind}
    if kind.conference.total_capacity:
        rivals |= {each.pk: each for each in active_types(kind.conference) if has_place_for_who_waits(each, now=now)}
    ahead = WaitingEntry.objects.waiting().filter(ticket_type__in=rivals, position__lt=entry.position).order_by()
    place = 1
    for pk, count in ahead.values_list("ticket_type").annotate(Count("pk")):
        room = None if pk == kind.pk else own_places_left(rivals[pk])
        place += count if room is None else min(count, room)
    return place


def count_waiting(ticket_type: TicketType, by: int) -> None:
    TicketType.objects.filter(pk=ticket_type.pk).update(waiting=Greatest(F("waiting") + by, 0))


def _end_of(conference: Conference) -> int:
    last = WaitingEntry.objects.in_line_of(conference.pk).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1
