"""Prove the counter of who waits against the list."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.catalogue.models import TicketType
from registration.order.recount import Miscount
from registration.waiting.models import WaitingEntry

_HERE = Given("conference")
_TYPES = Prepared(lambda: TicketType.objects.select_for_update().filter(conference=_HERE).order_by("pk"))
_WAITING = Prepared(
    lambda: (
        WaitingEntry.objects.waiting().filter(ticket_type__conference=_HERE).order_by().values("ticket_type")
        .annotate(count=Count("pk")).values_list("ticket_type", "count")
    )
)  # fmt: skip


@transaction.atomic
def recount_waiting(*, conference: Conference, fix: bool = False) -> list[Miscount]:
    """As `recount_places`, for `TicketType.waiting`. Locks the ticket types, whose rows everybody locks who joins or leaves."""
    types = _TYPES.all(conference=conference.pk)
    there = dict(_WAITING.all(conference=conference.pk))
    wrong = [
        Miscount(conference, kind, kind.waiting, there.get(kind.pk, 0), of_waiting=True)
        for kind in types
        if kind.waiting != there.get(kind.pk, 0)
    ]
    for miscount in wrong if fix else ():
        TicketType.objects.filter(pk=miscount.row.pk).update(waiting=miscount.live)  # type: ignore[union-attr]
    return wrong
