"""Places are counted on the rows and taken by one conditional update each, so that a sale costs the same however much
was sold before, and no two buyers get the same place. So are the pieces of add-ons and the uses of vouchers.

Always in the order conference, ticket types, add-ons, vouchers, each by primary key: whoever takes several rows takes them
in one order, so nothing deadlocks. Call these inside the transaction that makes or ends the seats.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest, Least, Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.models import Conference
from conferences.prepared import Given, PreparedUpdate
from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.errors import RegistrationError


def take_places(
    *,
    conference: Conference,
    ticket_types: list[TicketType],
    add_ons: Mapping[AddOn, int] | None = None,
    vouchers: Mapping[Voucher, int] | None = None,
) -> None:
    """Take a place of the venue for each entry of `ticket_types` (one entry a seat) and one of its type; pieces of
    add-ons and uses of vouchers by their number.

    Raises RegistrationError `sold_out` or `voucher_used_up`; the caller's transaction must then be rolled back.
    """
    exchange_places(
        conference=conference, ticket_types=Counter(ticket_types), add_ons=add_ons or {}, vouchers=vouchers or {}
    )


def exchange_places(
    *,
    conference: Conference,
    ticket_types: Mapping[TicketType, int],
    add_ons: Mapping[AddOn, int],
    vouchers: Mapping[Voucher, int],
    past_queue: bool = False,
) -> None:
    """Take what is counted above zero and give back what is below, in one pass, so that whoever changes what they have
    takes the rows in the order of everybody else. The venue's places follow from the sum of the ticket types': one type
    for another takes none. Raises as `take_places` does, also while people wait for a type, or for what the venue has
    left; `past_queue` is theirs.
    """
    assert connection.in_atomic_block
    count = sum(ticket_types.values())
    if not _change(
        Conference, conference.pk, count, limit="total_capacity", counter="places_taken", has_queue=not past_queue
    ):
        raise RegistrationError("sold_out", _("%(conference)s is sold out.") % {"conference": conference})
    for item, count in (*_by_key(ticket_types), *_by_key(add_ons)):
        has_queue = isinstance(item, TicketType) and not past_queue
        if not _change(type(item), item.pk, count, limit="total_quantity", counter="taken", has_queue=has_queue):
            raise RegistrationError("sold_out", _("%(ticket)s is sold out.") % {"ticket": item})
    for voucher, count in _by_key(vouchers):
        if not _change(Voucher, voucher.pk, count, limit="max_uses", counter="used"):
            raise RegistrationError("voucher_used_up", _used_up(voucher, count))


def _change(
    model: type[models.Model], pk: Any, count: int, *, limit: str, counter: str, has_queue: bool = False
) -> bool:
    if count <= 0:
        _move(model, pk, counter, count)
        return True
    return bool(_taking(model, limit, counter, has_queue=has_queue).run(pk=pk, count=count))


@functools.cache
def _taking(model: type[models.Model], limit: str, counter: str, *, has_queue: bool) -> PreparedUpdate:
    taken = F(counter) + Given("count", models.PositiveIntegerField())
    wanted = taken + _waiting_for_venue() if has_queue and model is Conference else taken
    left = Q(**{limit: 0}) | Q(**{f"{limit}__gte": wanted})
    nobody_waits = Q(waiting=0) if has_queue and model is TicketType else Q()
    rows = model._default_manager.filter(left, nobody_waits, pk=Given("pk"))
    return PreparedUpdate(lambda: (rows, {counter: taken}))


def _waiting_for_venue() -> Coalesce:
    """For queries of conferences: how many wait for a place of the venue alone, since their ticket type has one. Those whose
    ticket is off sale by now are in nobody's way. See also `venue.venue_left`.
    """
    room = Greatest(F("total_quantity") - F("taken"), 0)
    each = Case(When(total_quantity=0, then=F("waiting")), default=Least(F("waiting"), room))
    kinds = TicketType.objects.on_display().filter(conference=OuterRef("pk"), waiting__gt=0)
    kinds = kinds.filter(Q(available_until=None) | Q(available_until__gt=Now()))
    return Coalesce(Subquery(kinds.order_by().values("conference").annotate(sum=Sum(each)).values("sum")), 0)


def _used_up(voucher: Voucher, wanted: int) -> str:
    voucher.refresh_from_db(fields=["used", "max_uses"])
    if not voucher.uses_left:
        return _("The voucher %(code)s has been used up.") % {"code": voucher}
    message = ngettext(
        "The voucher %(code)s is good for one more ticket, not for %(wanted)s. Look at tickets and price again.",
        "The voucher %(code)s is good for %(left)s more tickets, not for %(wanted)s. Look at tickets and price again.",
        voucher.uses_left,
    )
    return message % {"code": voucher, "left": voucher.uses_left, "wanted": wanted}


def add_places(
    *,
    conference: Conference,
    ticket_types: list[TicketType | None],
    add_ons: Mapping[AddOn, int] | None = None,
) -> None:
    """As `take_places`, for imports and walk-ins, which may go beyond what there is."""
    _shift(conference, ticket_types, add_ons or {}, {}, 1)


def free_places(
    *,
    conference: Conference,
    ticket_types: list[TicketType | None],
    add_ons: Mapping[AddOn, int] | None = None,
    vouchers: Mapping[Voucher, int] | None = None,
    exchanged: Sequence[TicketType] = (),
) -> None:
    """Give back one place for each entry, pieces and uses by their number; of `exchanged` (see `change_places`) those of
    the type alone. The counters never go below zero.
    """
    _shift(conference, ticket_types, add_ons or {}, vouchers or {}, -1, exchanged)


def withdraw_places(*, conference: Conference, ticket_types: list[TicketType | None]) -> None:
    """Take a place off sale for each entry, of the venue and of its type: a limit falls by as many, no limit stays none.
    Raises RegistrationError `last_place`, because a limit of 0 is none.
    """
    assert connection.in_atomic_block
    counts = Counter(each for each in ticket_types if each)
    _withdraw(conference, "total_capacity", len(ticket_types))
    for ticket_type, count in _by_key(counts):
        _withdraw(ticket_type, "total_quantity", count)


def _withdraw(row: Conference | TicketType, limit: str, count: int) -> None:
    rows = type(row)._default_manager.filter(pk=row.pk).exclude(**{limit: 0})
    if rows.exists() and not rows.filter(**{f"{limit}__gt": count}).update(**{limit: F(limit) - count}):
        message = _("No place of %(what)s would be left. Close its sale instead.")
        raise RegistrationError("last_place", message % {"what": row})


def lock_places(conference: Conference) -> None:
    """All there are, in the order of everybody, for who then takes and gives back several times in one transaction."""
    assert connection.in_atomic_block
    list(Conference.objects.filter(pk=conference.pk).select_for_update(no_key=True).values_list("pk"))
    for model in (TicketType, AddOn, Voucher):
        rows = model._default_manager.filter(conference=conference).select_for_update(no_key=True)
        list(rows.order_by("pk").values_list("pk"))


def change_places(*, taken: list[TicketType], freed: list[TicketType]) -> None:
    """A place of each type that is `taken`, back with one of each that is `freed`, and none of the venue: whoever has a
    seat changes its ticket. Raises RegistrationError `sold_out`, also while people wait for a type.
    """
    assert connection.in_atomic_block
    moves = Counter(taken)
    moves.subtract(freed)
    for ticket_type, count in _by_key(moves):
        if not _change(TicketType, ticket_type.pk, count, limit="total_quantity", counter="taken", has_queue=True):
            raise RegistrationError("sold_out", _("%(ticket)s is sold out.") % {"ticket": ticket_type})


def _shift(
    conference: Conference,
    ticket_types: list[TicketType | None],
    add_ons: Mapping[AddOn, int],
    vouchers: Mapping[Voucher, int],
    sign: int,
    exchanged: Sequence[TicketType] = (),
) -> None:
    assert connection.in_atomic_block
    if ticket_types:
        _move(Conference, conference.pk, "places_taken", sign * len(ticket_types))
    for ticket_type, count in _by_key(Counter(each for each in (*ticket_types, *exchanged) if each)):
        _move(TicketType, ticket_type.pk, "taken", sign * count)
    for add_on, count in _by_key(add_ons):
        _move(AddOn, add_on.pk, "taken", sign * count)
    for voucher, count in _by_key(vouchers):
        _move(Voucher, voucher.pk, "used", sign * count)


def _move(model: type[models.Model], pk: Any, counter: str, by: int) -> None:
    if by:
        model._default_manager.filter(pk=pk).update(**{counter: Greatest(F(counter) + by, 0)})


def _by_key(counts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(((row, count) for row, count in counts.items() if count), key=lambda pair: pair[0].pk)
