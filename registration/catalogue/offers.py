"""What the public is told of what is for sale: on sale, not yet, over, sold out; and how many are left."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from conferences.models import Conference
from registration.catalogue.models import TicketType

# From here down people are told to hurry.
FEW_LEFT = 20


class Sale(StrEnum):
    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    SOLD_OUT = "sold_out"
    OVER = "over"


@dataclass(frozen=True)
class Offer:
    """One ticket type as it can be had now. `left` is the least of the type's and the venue's places, None without a
    limit; `opens_at` is set when it is not yet on sale, `opens_in_days` counts days of the conference's calendar.
    """

    ticket_type: TicketType
    sale: Sale
    left: int | None
    opens_at: dt.datetime | None = None
    opens_in_days: int = 0

    @property
    def is_on_sale(self) -> bool:
        return self.sale == Sale.ON_SALE

    @property
    def is_few(self) -> bool:
        return self.left is not None and self.left <= FEW_LEFT


@dataclass(frozen=True)
class Card:
    """A conference on the home page. `sale` is None while nothing is for sale at all."""

    conference: Conference
    sale: Sale | None
    left: int | None
    opens_at: dt.datetime | None
    lowest: Decimal | None
    has_several_prices: bool

    @property
    def is_few(self) -> bool:
        return self.left is not None and self.left <= FEW_LEFT


def offers_of(conference: Conference, *, now: dt.datetime) -> list[Offer]:
    """One query, or none where `on_display_types` was prefetched."""
    types = getattr(conference, "on_display_types", None)
    types = conference.ticket_types.on_display() if types is None else types
    return [_offer(ticket_type, conference, now) for ticket_type in types]


def _offer(ticket_type: TicketType, conference: Conference, now: dt.datetime) -> Offer:
    limits = [left for left in (ticket_type.places_left, conference.places_left) if left is not None]
    left = min(limits, default=None)
    opens = [at for at in (conference.registration_opens_at, ticket_type.available_from) if at and now < at]
    if conference.is_over(now=now) or _has_ended(ticket_type, conference, now):
        return Offer(ticket_type, Sale.OVER, left)
    if opens:
        days = (conference.local_date(max(opens)) - conference.local_date(now)).days
        return Offer(ticket_type, Sale.NOT_YET, left, max(opens), days)
    return Offer(ticket_type, Sale.SOLD_OUT if left == 0 else Sale.ON_SALE, left)


def _has_ended(ticket_type: TicketType, conference: Conference, now: dt.datetime) -> bool:
    return any(at and now >= at for at in (conference.registration_closes_at, ticket_type.available_until))


def version_of(offers: list[Offer]) -> str:
    """Changes with whatever a visitor sees of `offers`, so that a page that asks again is told nothing when nothing
    changed.
    """
    seen = [
        (o.ticket_type.pk, o.sale, o.left, o.opens_in_days, str(o.ticket_type.price), o.ticket_type.name)
        for o in offers
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]


def card_of(conference: Conference, *, now: dt.datetime) -> Card:
    offers = offers_of(conference, now=now)
    by_sale = {sale: [offer for offer in offers if offer.sale == sale] for sale in Sale}
    sale = next((sale for sale in Sale if by_sale[sale]), None)
    shown = by_sale[sale] if sale else []
    left: int | None = None
    if sale == Sale.ON_SALE and all(offer.left is not None for offer in shown):
        left = sum(offer.left or 0 for offer in shown)
        left = left if conference.places_left is None else min(left, conference.places_left)
    prices = {offer.ticket_type.price for offer in offers}
    return Card(
        conference=conference,
        sale=sale,
        left=left,
        opens_at=min((offer.opens_at for offer in shown if offer.opens_at), default=None),
        lowest=min(prices, default=None),
        has_several_prices=len(prices) > 1,
    )
