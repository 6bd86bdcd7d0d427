"""Prove the counters of places, pieces and uses against the rows they count. Prepared, because every test ends with it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, Sum

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.order.models import OrderLine, OrderLineQuerySet


def _count(rows: models.QuerySet[Any], by: str, what: models.Aggregate) -> models.QuerySet[Any, Any]:
    return rows.order_by().values(key=F(by)).annotate(count=what).values_list("key", "count")


def _locked(model: type[models.Model]) -> models.QuerySet[Any]:
    return model._default_manager.select_for_update().filter(conference=Given("conference")).order_by("pk")


def _holding(**what: Any) -> OrderLineQuerySet:
    return OrderLine.objects.holding().filter(order__conference=Given("conference"), **what)


_CONFERENCE = Prepared(lambda: Conference.objects.select_for_update().filter(pk=Given("conference")))
_LOCKED = [Prepared(functools.partial(_locked, model)) for model in (TicketType, AddOn, Voucher)]
_SEATS = Prepared(
    lambda: _count(Attendee.objects.live().filter(conference=Given("conference")), "ticket_type", Count("pk"))
)
_HELD = Prepared(
    lambda: _count(_holding(attendee__isnull=True, ticket_type__isnull=False), "ticket_type", Sum("quantity"))
)
_CHANGING = Prepared(
    lambda: _count(
        OrderLine.objects.exchanging().filter(order__conference=Given("conference")), "ticket_type", Count("pk")
    )
)
_PIECES = Prepared(lambda: _count(_holding(add_on__isnull=False), "add_on", Sum("quantity")))
_USES = Prepared(lambda: _count(_holding(voucher__isnull=False, ticket_type__isnull=False), "voucher", Sum("quantity")))


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
    here = {"conference": conference.pk}
    (locked,) = _CONFERENCE.all(**here)
    types, add_ons, vouchers = (rows.all(**here) for rows in _LOCKED)
    # A seat whose ticket is being changed has a place of either type, and one of the venue.
    seats, held, changing = (dict(rows.all(**here)) for rows in (_SEATS, _HELD, _CHANGING))
    in_all = sum(seats.values()) + sum(held.values())
    by_type = {pk: seats.get(pk, 0) + held.get(pk, 0) + changing.get(pk, 0) for pk in {*seats, *held, *changing}}
    pieces, uses = dict(_PIECES.all(**here)), dict(_USES.all(**here))
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


def _compare(conference: Conference, rows: Iterable[Any], counter: str, live: Mapping[Any, int]) -> Iterable[Miscount]:
    for row in rows:
        if (counted := getattr(row, counter)) != live.get(row.pk, 0):
            yield Miscount(conference, None if row == conference else row, counted, live.get(row.pk, 0))


def _counter(row: models.Model) -> str:
    return {Conference: "places_taken", Voucher: "used"}.get(type(row), "taken")
