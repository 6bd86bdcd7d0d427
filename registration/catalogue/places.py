"""Places are counted on the rows and taken by one conditional update each, so that a sale costs the same however much
was sold before, and no two buyers get the same place.

Always in the order conference, ticket types by primary key: whoever takes several rows takes them in one order, so
nothing deadlocks. Call these inside the transaction that makes or ends the seats.
"""

from __future__ import annotations

from collections import Counter

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError


def take_places(*, conference: Conference, ticket_types: list[TicketType]) -> None:
    """Take a place of the venue for each entry of `ticket_types` (one entry a seat) and one of its type.

    Raises RegistrationError `sold_out`; the caller's transaction must then be rolled back.
    """
    assert connection.in_atomic_block
    seats = len(ticket_types)
    room = Q(total_capacity=0) | Q(total_capacity__gte=F("places_taken") + seats)
    if not Conference.objects.filter(room, pk=conference.pk).update(places_taken=F("places_taken") + seats):
        raise RegistrationError("sold_out", _("%(conference)s is sold out.") % {"conference": conference})
    for ticket_type, count in sorted(Counter(ticket_types).items(), key=lambda pair: pair[0].pk):
        left = Q(total_quantity=0) | Q(total_quantity__gte=F("taken") + count)
        if not TicketType.objects.filter(left, pk=ticket_type.pk).update(taken=F("taken") + count):
            raise RegistrationError("sold_out", _("%(ticket)s is sold out.") % {"ticket": ticket_type})


def add_places(*, conference: Conference, ticket_types: list[TicketType | None]) -> None:
    """As `take_places`, for imports and walk-ins, which may go beyond what there is."""
    _shift(conference, ticket_types, 1)


def free_places(*, conference: Conference, ticket_types: list[TicketType | None]) -> None:
    """Give back one place for each entry. The counters never go below zero."""
    _shift(conference, ticket_types, -1)


def _shift(conference: Conference, ticket_types: list[TicketType | None], sign: int) -> None:
    assert connection.in_atomic_block
    Conference.objects.filter(pk=conference.pk).update(
        places_taken=Greatest(F("places_taken") + sign * len(ticket_types), 0)
    )
    counts = Counter(ticket_type.pk for ticket_type in ticket_types if ticket_type)
    for pk, count in sorted(counts.items()):
        TicketType.objects.filter(pk=pk).update(taken=Greatest(F("taken") + sign * count, 0))
