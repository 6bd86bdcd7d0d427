"""Prove the counter of who waits against the list."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.order.recount import Miscount
from registration.waiting.models import WaitingEntry


@transaction.atomic
def recount_waiting(*, conference: Conference, fix: bool = False) -> list[Miscount]:
    """As `recount_places`, for `TicketType.waiting`. Locks the ticket types, whose rows everybody locks who joins or leaves."""
    types = list(TicketType.objects.select_for_update().filter(conference=conference).order_by("pk"))
    waiting = WaitingEntry.objects.waiting().filter(ticket_type__in=types).order_by().values("ticket_type")
    there = dict(waiting.annotate(count=Count("pk")).values_list("ticket_type", "count"))
    wrong = [
        Miscount(conference, kind, kind.waiting, there.get(kind.pk, 0), of_waiting=True)
        for kind in types
        if kind.waiting != there.get(kind.pk, 0)
    ]
    for miscount in wrong if fix else ():
        TicketType.objects.filter(pk=miscount.row.pk).update(waiting=miscount.live)  # type: ignore[union-attr]
    return wrong
