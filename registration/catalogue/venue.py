"""Places of the venue, which all ticket types share, and who can use one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from conferences.models import Conference
from registration.catalogue.models import TicketType


def own_places_left(ticket_type: TicketType) -> int | None:
    """By its own limit, for whoever waits; None without one. See also `TicketType.places_left`, for whoever comes now."""
    return max(0, ticket_type.total_quantity - ticket_type.taken) if ticket_type.total_quantity else None


def has_place_for_who_waits(ticket_type: TicketType, *, now: dt.datetime) -> bool:
    """If the venue has one: for sale to whoever waits, and not sold out by its own limit."""
    return ticket_type.is_on_sale(now=now) and not ticket_type.requires_voucher and own_places_left(ticket_type) != 0


def venue_left(conference: Conference, types: Iterable[TicketType], *, now: dt.datetime) -> int | None:
    """Places of the venue for whoever comes now, None without a limit: some are for those who wait for one of `types`,
    which are all that are for sale. See also `places._waiting_for_venue`.
    """
    if conference.places_left is None:
        return None
    waiting = 0
    for each in types:
        if has_place_for_who_waits(each, now=now):
            room = own_places_left(each)
            waiting += each.waiting if room is None else min(each.waiting, room)
    return max(0, conference.places_left - waiting)
