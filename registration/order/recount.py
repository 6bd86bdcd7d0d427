"""Prove the counters of places, pieces and uses against the rows they count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, Sum

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.order.models import OrderLine


@dataclass(frozen=True)
class Miscount:
    """`counted` is what the row says, `live` what is there: live seats and those held, pieces of an add-on, uses of a
    voucher; or, where it is `of_waiting`, those on the waiting list. `row` is None for the venue.
    """

    conference: Conference
    row: TicketType | AddOn | Voucher | None
    counted: int
    live: int
    of_waiting: bool = False


@transaction.atomic
def recount_places(*, conference: Conference, fix: bool = False) -> list[Miscount]:
    """Compare the counters of `conference` with what is sold and held, and set them right if `fix`. Locks the counters,
    in their order, so that no sale is half seen: a sale takes its places before it makes its seats, and a cancellation
    that has not yet given its place back will take it from the corrected number.
    """
    locked = Conference.objects.select_for_update().get(pk=conference.pk)
    types = _lock(TicketType, locked)
    add_ons = _lock(AddOn, locked)
    vouchers = _lock(Voucher, locked)
    seats = _count(Attendee.objects.live().filter(conference=locked), "ticket_type", Count("pk"))
    holding = OrderLine.objects.holding().filter(order__conference=locked)
    held = _count(holding.filter(attendee=None, ticket_type__isnull=False), "ticket_type", Sum("quantity"))
    in_all = sum(seats.values()) + sum(held.values())
    # A seat whose ticket is being changed has a place of either type, and one of the venue.
    changing = _count(OrderLine.objects.exchanging().filter(order__conference=locked), "ticket_type", Count("pk"))
    by_type = {pk: seats.get(pk, 0) + held.get(pk, 0) + changing.get(pk, 0) for pk in {*seats, *held, *changing}}
    pieces = _count(holding.filter(add_on__isnull=False), "add_on", Sum("quantity"))
    uses = _count(holding.filter(voucher__isnull=False, ticket_type__isnull=False), "voucher", Sum("quantity"))
    wrong = [
        *_compare(locked, [locked], "places_taken", {locked.pk: in_all}),
        *_compare(locked, types, "taken", by_type),
        *_compare(locked, add_ons, "taken", pieces),
        *_compare(locked, vouchers, "used", uses),
    ]
    if fix:
        for miscount in wrong:
            row = miscount.row or locked
            type(row)._default_manager.filter(pk=row.pk).update(**{_counter(row): miscount.live})
    return wrong


def _lock(model: type[models.Model], conference: Conference) -> list[Any]:
    return list(model._default_manager.select_for_update().filter(conference=conference).order_by("pk"))


def _count(rows: models.QuerySet[Any], by: str, what: models.Aggregate) -> dict[int | None, int]:
    return dict(rows.order_by().values(key=F(by)).annotate(count=what).values_list("key", "count"))


def _compare(conference: Conference, rows: Iterable[Any], counter: str, live: Mapping[Any, int]) -> Iterable[Miscount]:
    for row in rows:
        if (counted := getattr(row, counter)) != live.get(row.pk, 0):
            yield Miscount(conference, None if row == conference else row, counted, live.get(row.pk, 0))


def _counter(row: models.Model) -> str:
    return {Conference: "places_taken", Voucher: "used"}.get(type(row), "taken")
