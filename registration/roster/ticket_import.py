"""The ticket types of an imported list: those of the same name here, or new ones that are not for sale."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from django.utils.text import slugify

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.roster.rows import RosterRow


class TicketTypes:
    """Case ignored. A new type costs what most rows of the list paid for it."""

    def __init__(self, conference: Conference, rows: list[RosterRow]) -> None:
        self._conference = conference
        self._here = {kind.name.casefold(): kind for kind in TicketType.objects.filter(conference=conference)}
        self._wanted: dict[str, tuple[str, Counter[Decimal]]] = {}
        for row in rows:
            if row.ticket and row.ticket.casefold() not in self._here:
                self._wanted.setdefault(row.ticket.casefold(), (row.ticket, Counter()))[1][row.price] += 1

    def make_missing(self) -> list[str]:
        """Returns their names."""
        slugs = {kind.slug for kind in self._here.values()}
        position = max((kind.position for kind in self._here.values()), default=0)
        for offset, (key, (name, prices)) in enumerate(self._wanted.items(), start=1):
            slug = _free_slug(name, slugs)
            slugs.add(slug)
            self._here[key] = TicketType.objects.create(
                conference=self._conference, name=name, slug=slug, price=prices.most_common(1)[0][0], is_active=False,
                position=position + offset,
            )  # fmt: skip
        return [name for name, _prices in self._wanted.values()]

    def of(self, row: RosterRow) -> TicketType | None:
        return self._here.get(row.ticket.casefold())


def _free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[:40] or "ticket"
    return next(
        slug for slug in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken
    )
