"""What a choice costs its buyer, line by line: the prices of the catalogue with this buyer's terms."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from django.utils.translation import ngettext

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import Voucher
from registration.catalogue.prices import NOTHING, PricedLine, Terms, Totals, price_seat, totals_of
from registration.catalogue.reductions import Discounts, Reductions, reductions_of
from registration.order.choice import Choice
from registration.order.models import OrderLine


@dataclass(frozen=True)
class Quote:
    """`seats` are the lines of each seat of the choice, in its order: first the seat's own, then its add-ons'. `is_short`
    where the voucher has fewer uses left than there are seats that it would be of use to.
    """

    seats: tuple[list[PricedLine], ...]
    totals: Totals
    voucher: Terms | None
    is_short: bool = False

    def lines(self) -> Iterator[PricedLine]:
        for lines in self.seats:
            yield from lines

    def rows(self) -> list[tuple[int, str, Decimal]]:
        """What is bought, same things together: number, text, and the amount before anything is taken off."""
        merged: dict[tuple[str, int], tuple[int, str, Decimal]] = {}
        for line in self.lines():
            key = (type(line.item).__name__, line.item.pk)
            count, _text, amount = merged.get(key, (0, "", NOTHING))
            merged[key] = (count + line.quantity, line.item.name, amount + line.full_amount)
        return list(merged.values())

    def reductions(self) -> list[tuple[str, Decimal]]:
        """What is taken off, by the name of why."""
        taken_off: dict[str, Decimal] = {}
        for line in self.lines():
            if line.discount:
                amount = taken_off.get(line.discount_text, NOTHING)
                taken_off[line.discount_text] = amount + line.discount * line.quantity
        return list(taken_off.items())

    @property
    def vouchers(self) -> Counter[Voucher]:
        """Uses of the voucher: one for each seat that it was of use to."""
        return Counter(lines[0].voucher for lines in self.seats if lines[0].voucher)

    def short_of_uses(self) -> str:
        """In words, where the voucher is; else empty."""
        if not self.is_short or self.voucher is None:
            return ""
        uses, seats = self.vouchers.total(), len(self.seats)
        message = ngettext(
            "The voucher %(code)s applies to one of %(seats)s tickets: it has one use left.",
            "The voucher %(code)s applies to %(uses)s of %(seats)s tickets: it has %(uses)s uses left.",
            uses,
        )
        return message % {"code": self.voucher.by, "uses": uses, "seats": seats}


def quote_for(
    choice: Choice,
    *,
    conference: Conference,
    buyer: User | None,
    own: int | None,
    now: dt.datetime,
    voucher: Terms | None = None,
    reductions: Reductions | None = None,
    held: Mapping[Voucher, int] | None = None,
) -> Quote:
    """`own` is the index of the seat that the buyer will sit in, to which their personal discounts come; `voucher` are the
    terms of the code, and `reductions` those of conference and code, where they are at hand; else they are read, in one
    query. `held` are uses that the buyer holds and has for this choice. Raises RegistrationError as `Reductions.voucher`
    does.

    A voucher with fewer uses left than there are seats for it is for those that it makes cheapest. Where none is left, or
    too few for tickets that nobody has without it, it is priced as if there were, and refused when its uses are taken:
    which is also what decides, since others may take them meanwhile.
    """
    code = choice.voucher_code
    reductions = reductions or reductions_of(conference, code)
    if voucher is None and code.strip():
        voucher = reductions.voucher(now=now)
    discounts = discounts_of(buyer, conference=conference, reductions=reductions, now=now)
    tickets = Counter(seat.ticket_type.pk for seat in choice.seats if seat.ticket_type.price)
    price = [
        partial(
            price_seat,
            seat.ticket_type,
            add_ons=seat.add_ons,
            discounts=discounts.of_seat(is_own=index == own),
            tickets=tickets,
            currency=conference.currency,
        )
        for index, seat in enumerate(choice.seats)
    ]
    seats = [priced(voucher=voucher) for priced in price]
    without = _without_voucher(seats, voucher, held or {}, price)
    for index, lines in without.items():
        seats[index] = lines
    return Quote(tuple(seats), totals_of(line for lines in seats for line in lines), voucher, bool(without))


def uses_of(voucher: Terms | None, held: Mapping[Voucher, int]) -> int | None:
    """How many seats there can be with `voucher` for a buyer who has `held` for them; None without a limit."""
    if voucher is None or not isinstance(voucher.by, Voucher) or voucher.by.uses_left is None:
        return None
    return voucher.by.uses_left + held.get(voucher.by, 0)


def _without_voucher(
    seats: Sequence[list[PricedLine]],
    voucher: Terms | None,
    held: Mapping[Voucher, int],
    price: Sequence[Callable[[], list[PricedLine]]],
) -> dict[int, list[PricedLine]]:
    """The lines of those seats, by their index, for which no use is left: `price` gives them as they are without one."""
    uses = uses_of(voucher, held)
    if uses is None:
        return {}
    wanted = [index for index, lines in enumerate(seats) if lines[0].voucher]
    locked = {index for index in wanted if any(line.item.requires_voucher for line in seats[index])}
    if not max(1, len(locked)) <= uses < len(wanted):
        return {}
    plain = {index: price[index]() for index in wanted}
    saved = {index: _sum(plain[index]) - _sum(seats[index]) for index in wanted}
    wanted.sort(key=lambda index: (index not in locked, -saved[index], index))
    return {index: plain[index] for index in wanted[uses:]}


def _sum(lines: list[PricedLine]) -> Decimal:
    return sum((line.amount for line in lines), NOTHING)


def discounts_of(buyer: User | None, *, conference: Conference, reductions: Reductions, now: dt.datetime) -> Discounts:
    """Without those for certain people that the buyer had a ticket by and gave it away: each is for one person, and would
    else make a ticket for anybody. One query where some are this buyer's.
    """
    found = reductions.discounts(buyer=buyer, now=now)
    if not found.personal:
        return found
    given_away = Attendee.objects.live().filter(conference=conference, given_away_at__isnull=False)
    lines = OrderLine.objects.filter(order__user=buyer, attendee__in=given_away, cancelled_at=None)
    used = set(lines.values_list("discount_text", flat=True))
    return replace(found, personal=tuple(terms for terms in found.personal if terms.text not in used))
