"""What somebody wants to buy, before it is sold or held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registration.catalogue.models import AddOn, TicketType


@dataclass(frozen=True)
class SeatRequest:
    """One seat to be sold: `name` and `email` of who will sit in it (both may be empty, it is named later), what they
    answered, by name of the profile's field, and how many pieces of each add-on they get.
    """

    ticket_type: TicketType
    name: str = ""
    email: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)
    add_ons: Mapping[AddOn, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    seats: tuple[SeatRequest, ...]
    voucher_code: str = ""

    @property
    def ticket_types(self) -> Counter[TicketType]:
        return Counter(seat.ticket_type for seat in self.seats)

    @property
    def add_ons(self) -> Counter[AddOn]:
        pieces: Counter[AddOn] = Counter()
        for seat in self.seats:
            pieces.update(seat.add_ons)
        return pieces
