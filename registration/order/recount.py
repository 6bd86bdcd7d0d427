"""Prove the counters of places against the rows they count."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from conferences.models import Conference
from registration.attendee.models import AttendeeState
from registration.catalogue.models import TicketType


@dataclass(frozen=True)
class Miscount:
    """`counted` is what the row says, `live` how many live seats there are. `ticket_type` is None for the venue."""

    conference: Conference
    ticket_type: TicketType | None
    counted: int
    live: int


@transaction.atomic
def recount_places(*, conference: Conference, fix: bool = False) -> list[Miscount]:
    """Compare the counters of `conference` with its live seats, and set them right if `fix`. Locks the counters, in
    their order, so that no sale is half seen: a sale takes its places before it makes its seats, and a cancellation
    that has not yet given its place back will take it from the corrected number.
    """
    live = Count("attendees", filter=Q(attendees__state=AttendeeState.VALID))
    locked = Conference.objects.select_for_update().get(pk=conference.pk)
    types = list(TicketType.objects.select_for_update().filter(conference=locked).order_by("pk"))
    in_all = Conference.objects.annotate(live=live).values_list("live", flat=True).get(pk=locked.pk)
    by_type = dict(TicketType.objects.filter(conference=locked).annotate(live=live).values_list("pk", "live"))
    wrong = [
        *([Miscount(locked, None, locked.places_taken, in_all)] if locked.places_taken != in_all else []),
        *(Miscount(locked, kind, kind.taken, by_type[kind.pk]) for kind in types if kind.taken != by_type[kind.pk]),
    ]
    if fix:
        for miscount in wrong:
            if miscount.ticket_type is None:
                Conference.objects.filter(pk=locked.pk).update(places_taken=miscount.live)
            else:
                TicketType.objects.filter(pk=miscount.ticket_type.pk).update(taken=miscount.live)
    return wrong
