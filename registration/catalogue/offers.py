"""What the public is told of what is for sale: on sale, not yet, over, sold out; and how many are left."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from conferences.keys import read_keys
from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.prices import PricedLine, Terms, price_line
from registration.catalogue.venue import venue_left

_ACTIVE_TYPES = Prepared(lambda: TicketType.objects.filter(conference=Given("conference"), is_active=True))

# From here down people are told to hurry.
FEW_LEFT = 20


class Sale(StrEnum):
    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    SOLD_OUT = "sold_out"
    OVER = "over"


class _Shown:
    """What is shown of a ticket type and of an add-on alike."""

    sale: Sale
    left: int | None

    @property
    def is_on_sale(self) -> bool:
        return self.sale == Sale.ON_SALE

    @property
    def is_few(self) -> bool:
        return self.left is not None and self.left <= FEW_LEFT


@dataclass(frozen=True)
class Wait:
    """Somebody is on the waiting list `since` then; `until` then a place is held for them, None while there is none."""

    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True)
class Offer(_Shown):
    """One ticket type as it can be had now, at the price of `line`. `left` is the least of the type's and the venue's places, None without a
    limit; `opens_at` is set when it is not yet on sale, `opens_in_days` counts days of the conference's calendar.
    `together` would make it cheaper, for who buys more than this one ticket; `wait` is the visitor's (`waits.with_waits`).
    """

    ticket_type: TicketType
    sale: Sale
    left: int | None
    line: PricedLine
    opens_at: dt.datetime | None = None
    opens_in_days: int = 0
    together: tuple[Terms, ...] = ()
    wait: Wait | None = None

    @property
    def price(self) -> Decimal:
        return self.line.price

    @property
    def hints(self) -> list[str]:
        """What it costs less together with other things, in words. The terms are loaded with their add-ons."""
        return [terms.hint(currency=self.ticket_type.conference.currency) for terms in self.together]


@dataclass(frozen=True)
class Extra(_Shown):
    """One add-on as it can be had now. `only_with` are primary keys of ticket types, none of them means all."""

    add_on: AddOn
    sale: Sale
    left: int | None
    line: PricedLine
    only_with: frozenset[int]

    def goes_with(self, ticket_type: TicketType) -> bool:
        return not self.only_with or ticket_type.pk in self.only_with

    def in_full(self) -> Extra:
        """At the price that it has for everybody."""
        return replace(self, line=price_line(self.add_on, currency=self.add_on.conference.currency))


@dataclass(frozen=True)
class Card:
    """A conference on the home page. `sale` is None while nothing is for sale at all. `lowest` is the least that is paid
    for a ticket that is not free, as things are now, and `highest` the most, None where all are; `reduced_by` is the
    discount that makes the lowest so.
    """

    conference: Conference
    sale: Sale | None
    left: int | None
    opens_at: dt.datetime | None
    has_free: bool
    lowest: Decimal | None
    highest: Decimal | None
    reduced_by: str

    @property
    def is_few(self) -> bool:
        return self.left is not None and self.left <= FEW_LEFT


def offers_of(
    conference: Conference,
    types: Sequence[TicketType],
    *,
    now: dt.datetime,
    voucher: Terms | None = None,
    discounts: Sequence[Terms] = (),
    held: Mapping[TicketType, int] | None = None,
    extras: Sequence[Extra] = (),
) -> list[Offer]:
    """`types`, which are the active ones, as far as everybody or `voucher` may have them, at the prices it and `discounts`
    make; what the visitor holds counts as left. `extras` are the add-ons of whose discounts is told (`bundled_with`).
    """
    held = held or {}
    room = venue_left(conference, types, now=now)
    return [
        _offer(each, conference, now, room, held, voucher, discounts, extras)
        for each in types
        if not each.requires_voucher or (voucher and voucher.unlocks(each))
    ]


def extras_of(
    conference: Conference, add_ons: Sequence[AddOn], *, now: dt.datetime, voucher: Terms | None = None
) -> list[Extra]:
    """As `offers_of`."""
    return [
        Extra(
            each,
            _sale(each, conference, now, left=each.places_left),
            each.places_left,
            price_line(each, voucher=voucher, currency=conference.currency),
            only_with(each),
        )
        for each in add_ons
        if not each.requires_voucher or (voucher and voucher.unlocks(each))
    ]


def bundled_with(
    discounts: Sequence[Terms],
    conference: Conference,
    add_ons: Sequence[AddOn],
    *,
    now: dt.datetime,
    voucher: Terms | None,
) -> list[Extra]:
    """As `extras_of`, where one of `discounts` asks for an add-on; else none."""
    is_asked = any(terms.add_on_id for terms in discounts)
    return extras_of(conference, add_ons, now=now, voucher=voucher) if is_asked else []


def all_extras(conference: Conference, add_ons: Sequence[AddOn]) -> list[Extra]:
    """For a form that is sent: those that are sold at all, as if each could be had with every ticket."""
    return [
        Extra(each, Sale.ON_SALE, None, price_line(each, currency=conference.currency), frozenset()) for each in add_ons
    ]


def active_types(conference: Conference) -> list[TicketType]:
    """In their order, what asks for a voucher included. One query."""
    types = _ACTIVE_TYPES.all(conference=conference.pk)
    for each in types:
        each.conference = conference
    return types


def only_with(add_on: AddOn) -> frozenset[int]:
    """Keys of the ticket types it comes with; none of them means all. One query, unless it is of a `shop`."""
    if hasattr(add_on, "type_keys"):
        return read_keys(add_on.type_keys)
    return frozenset(add_on.ticket_types.values_list("pk", flat=True))


def _offer(
    ticket_type: TicketType,
    conference: Conference,
    now: dt.datetime,
    room: int | None,
    held: Mapping[TicketType, int],
    voucher: Terms | None,
    discounts: Sequence[Terms],
    extras: Sequence[Extra],
) -> Offer:
    limits = ((ticket_type.places_left, held.get(ticket_type, 0)), (room, sum(held.values())))
    left = min((left + mine for left, mine in limits if left is not None), default=None)
    sale = _sale(ticket_type, conference, now, left=left)
    line = price_line(ticket_type, voucher=voucher, discounts=discounts, currency=conference.currency)
    to_be_had = {extra.add_on.pk for extra in extras if extra.is_on_sale and extra.goes_with(ticket_type)}
    together = tuple(
        terms
        for terms in discounts
        if (terms.add_on_id is None or terms.add_on_id in to_be_had)
        and terms.would_reduce(line, currency=conference.currency)
    )
    if sale != Sale.NOT_YET:
        return Offer(ticket_type, sale, left, line, together=together)
    opens_at = max(_opens(ticket_type, conference, now))
    days = (conference.local_date(opens_at) - conference.local_date(now)).days
    return Offer(ticket_type, sale, left, line, opens_at, days, together)


def _sale(item: TicketType | AddOn, conference: Conference, now: dt.datetime, *, left: int | None) -> Sale:
    if conference.is_over(now=now) or _has_ended(item, conference, now):
        return Sale.OVER
    if _opens(item, conference, now):
        return Sale.NOT_YET
    return Sale.SOLD_OUT if left == 0 else Sale.ON_SALE


def sale_of(item: TicketType | AddOn, *, conference: Conference, now: dt.datetime) -> Sale:
    """Of one that is for sale, what becomes of it by its times, those of the conference, and its own places."""
    return _sale(item, conference, now, left=item.places_left)


def _opens(item: TicketType | AddOn, conference: Conference, now: dt.datetime) -> list[dt.datetime]:
    return [at for at in (conference.registration_opens_at, item.available_from) if at and now < at]


def _has_ended(item: TicketType | AddOn, conference: Conference, now: dt.datetime) -> bool:
    return any(at and now >= at for at in (conference.registration_closes_at, item.available_until))


def version_of(offers: list[Offer]) -> str:
    """Changes with whatever a visitor sees of `offers`, so that a page that asks again is told nothing when nothing
    changed.
    """
    seen = [
        (
            o.ticket_type.pk,
            o.sale,
            o.left,
            o.opens_in_days,
            str(o.ticket_type.price),
            str(o.price),
            o.ticket_type.name,
            o.hints,
            o.wait,
        )
        for o in offers
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]


def card_of(
    conference: Conference, types: Sequence[TicketType], *, now: dt.datetime, discounts: Sequence[Terms] = ()
) -> Card:
    """`types` are those that everybody may have."""
    offers = offers_of(conference, types, now=now, discounts=discounts)
    by_sale = {sale: [offer for offer in offers if offer.sale == sale] for sale in Sale}
    sale = next((sale for sale in Sale if by_sale[sale]), None)
    shown = by_sale[sale] if sale else []
    left: int | None = None
    if sale == Sale.ON_SALE and all(offer.left is not None for offer in shown):
        left = sum(offer.left or 0 for offer in shown)
        room = venue_left(conference, (offer.ticket_type for offer in offers), now=now)
        left = left if room is None else min(left, room)
    # Of what can be had now, or else of all.
    priced = shown if sale == Sale.ON_SALE else offers
    lowest = min((offer.line for offer in priced if offer.price), key=lambda line: line.price, default=None)
    return Card(
        conference=conference,
        sale=sale,
        left=left,
        opens_at=min((offer.opens_at for offer in shown if offer.opens_at), default=None),
        has_free=any(not offer.price for offer in priced),
        lowest=lowest.price if lowest else None,
        highest=max((offer.price for offer in priced if offer.price), default=None),
        reduced_by=lowest.discount_text if lowest else "",
    )
