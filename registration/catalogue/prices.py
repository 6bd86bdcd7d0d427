"""What is paid for a seat and its add-ons: reductions, rounding and tax. No queries, no clock: everything is passed in.

Prices are gross: the tax is in them. What one piece costs is rounded half up to the currency's smallest coin, and so is
the tax of a line; sums are sums of rounded numbers, so lines always add up to their total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import money
from registration.catalogue.models import AddOn, Discount, Reduces, Reduction, TicketType, Voucher
from registration.errors import RegistrationError

NOTHING = Decimal("0.00")
# The columns keep two decimals; a currency with three (Kuwait) is rounded to its ten smallest coins.
_MOST_DIGITS = 2


@dataclass(frozen=True)
class Bought:
    """What a ticket is bought together with: how many `tickets` of each type that cost something are in the order, itself among them, and which
    `add_ons` come with its seat, all by primary key. By default it is bought alone.
    """

    tickets: Mapping[int, int] = field(default_factory=dict)
    add_ons: frozenset[int] = frozenset()


ALONE = Bought()


@dataclass(frozen=True)
class Terms:
    """A voucher or discount with what it is for, by primary key. No ticket types means all of them, no add-ons none."""

    by: Voucher | Discount
    ticket_types: frozenset[int] = frozenset()
    add_ons: frozenset[int] = frozenset()

    def covers(self, item: TicketType | AddOn) -> bool:
        if isinstance(item, AddOn):
            return item.pk in self.add_ons
        return not self.ticket_types or item.pk in self.ticket_types

    def are_met_by(self, bought: Bought) -> bool:
        """Whether what has to be bought together is."""
        if isinstance(self.by, Voucher) or self.by.is_for_one_ticket:
            return True
        tickets = sum(n for pk, n in bought.tickets.items() if not self.ticket_types or pk in self.ticket_types)
        return max(tickets, 1) >= self.by.at_least and (
            self.by.add_on_id is None or self.by.add_on_id in bought.add_ons
        )

    def would_reduce(self, line: PricedLine, *, currency: str) -> bool:
        """Whether a ticket that is bought alone for the price of `line` would cost less by it together with other things."""
        if self.are_met_by(ALONE) or not self.covers(line.item) or self._asks_for_more_than_allowed(line.item):
            return False
        return reduced(rounded(line.item.price, currency=currency), by=self.by, currency=currency) < line.price

    def _asks_for_more_than_allowed(self, item: TicketType | AddOn) -> bool:
        if isinstance(item, AddOn) or isinstance(self.by, Voucher) or self.ticket_types != {item.pk}:
            return False
        return 0 < item.limit_per_user < self.by.at_least

    @property
    def add_on_id(self) -> int | None:
        """Of what has to be bought with the ticket."""
        return self.by.add_on_id if isinstance(self.by, Discount) else None

    def hint(self, *, currency: str) -> str:
        """What has to be bought together, and what is taken off then: 5 or more: 10 % off each."""
        assert isinstance(self.by, Discount)
        what = {
            Reduction.FREE: _("free"),
            Reduction.PERCENT: _("%(value)s %% off") % {"value": f"{self.by.value.normalize():f}"},
            Reduction.AMOUNT: _("%(value)s off") % {"value": money(self.by.value, currency)},
        }[Reduction(self.by.reduction)]
        several, with_it = self.by.at_least > 1, self.by.add_on
        words = {"count": self.by.at_least, "add_on": with_it, "what": what}
        if several and with_it:
            return _("%(count)s or more, with %(add_on)s: %(what)s each") % words
        return _("%(count)s or more: %(what)s each") % words if several else _("With %(add_on)s: %(what)s") % words

    def unlocks(self, item: TicketType | AddOn) -> bool:
        """Whether `item`, which is sold with a voucher only, may be bought with this one."""
        return isinstance(self.by, Voucher) and self.by.unlocks_hidden and self.covers(item)

    def used_up(self) -> str:
        """In words, for a voucher that has no use left; else empty."""
        if not isinstance(self.by, Voucher) or self.by.uses_left != 0:
            return ""
        return _("The voucher %(code)s has been used up.") % {"code": self.by}

    @property
    def text(self) -> str:
        """What buyers read beside the price."""
        return _("Voucher %(code)s") % {"code": self.by} if isinstance(self.by, Voucher) else str(self.by)


@dataclass(frozen=True)
class PricedLine:
    """As it becomes a line of an order. `price` is what one piece costs, `discount` what was taken off it before, `by`
    whose terms did that. `voucher` is set where it was of use: it made this piece cheaper or unlocked it.
    """

    item: TicketType | AddOn
    quantity: int
    price: Decimal
    discount: Decimal
    tax: Decimal
    by: Terms | None = None
    voucher: Voucher | None = None

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity

    @property
    def full_amount(self) -> Decimal:
        return (self.price + self.discount) * self.quantity

    @property
    def tax_rate(self) -> Decimal:
        return self.item.tax_rate

    @property
    def discount_text(self) -> str:
        return self.by.text if self.by else ""

    @property
    def at_least(self) -> int:
        """From how many tickets on the price is this one."""
        return self.by.by.at_least if self.by and isinstance(self.by.by, Discount) else 1


@dataclass(frozen=True)
class Totals:
    """Of lines; `total` + `discount` is `subtotal`. `taxes` are rate, gross amount and the tax in it, of each rate but 0."""

    subtotal: Decimal
    discount: Decimal
    total: Decimal
    taxes: tuple[tuple[Decimal, Decimal, Decimal], ...]

    @property
    def tax(self) -> Decimal:
        return sum((tax for _rate, _gross, tax in self.taxes), NOTHING)


def smallest_coin(currency: str) -> Decimal:
    return Decimal(1).scaleb(-min(get_currency_precision(currency), _MOST_DIGITS))


def rounded(amount: Decimal, *, currency: str) -> Decimal:
    """Half up, to the currency's smallest coin; with two decimals always, as it is stored."""
    return amount.quantize(smallest_coin(currency), ROUND_HALF_UP).quantize(NOTHING)


def refuse_parts_of_coins(amount: Decimal, *, currency: str) -> None:
    """Raises RegistrationError `no_such_coins`: nobody can send or hand over half a yen."""
    if amount != rounded(amount, currency=currency):
        message = _("The smallest amount in %(currency)s is %(coin)s. Enter a multiple of it.")
        raise RegistrationError(
            "no_such_coins", message % {"currency": currency, "coin": money(smallest_coin(currency), currency)}
        )


def tax_in(amount: Decimal, *, rate: Decimal, currency: str) -> Decimal:
    """The tax that is in the gross `amount`, at `rate` percent."""
    return rounded(amount * rate / (100 + rate), currency=currency)


def reduced(price: Decimal, *, by: Reduces, currency: str) -> Decimal:
    """`price` of one piece after the reduction, never below zero."""
    left = {
        Reduction.FREE: NOTHING,
        Reduction.PERCENT: price * (100 - by.value) / 100,
        Reduction.AMOUNT: max(NOTHING, price - by.value),
    }
    return rounded(left.get(Reduction(by.reduction), price), currency=currency)


def price_line(
    item: TicketType | AddOn,
    *,
    quantity: int = 1,
    voucher: Terms | None = None,
    discounts: Iterable[Terms] = (),
    bought: Bought = ALONE,
    currency: str,
) -> PricedLine:
    """`quantity` pieces of `item` at the lowest price that any one of the terms gives; they are never added up. Of equal
    ones a discount comes before the voucher, which is then not used up for nothing. Terms that do not cover `item`, or
    ask for more than what is `bought` with it, do nothing; that they are valid, and are this buyer's, is the caller's matter.
    """
    full = rounded(item.price, currency=currency)
    price, by = full, None
    for terms in (*discounts, *([voucher] if voucher else [])):
        if (
            terms.covers(item)
            and terms.are_met_by(bought)
            and (lower := reduced(full, by=terms.by, currency=currency)) < price
        ):
            price, by = lower, terms
    is_of_use = voucher is not None and (by is voucher or (item.requires_voucher and voucher.unlocks(item)))
    return PricedLine(
        item=item,
        quantity=quantity,
        price=price,
        discount=full - price,
        tax=tax_in(price * quantity, rate=item.tax_rate, currency=currency),
        by=by,
        voucher=voucher.by if voucher and is_of_use and isinstance(voucher.by, Voucher) else None,
    )


def price_seat(
    ticket_type: TicketType,
    *,
    add_ons: Mapping[AddOn, int] | None = None,
    voucher: Terms | None = None,
    discounts: Iterable[Terms] = (),
    tickets: Mapping[int, int] | None = None,
    currency: str,
) -> list[PricedLine]:
    """The line of one seat, and one for each of its add-ons; `tickets` are those of the whole order, as in `Bought`, or
    else it is the only one. A voucher counts for the add-ons of seats that it is for;
    where it is of use to any of them, the line of the seat bears it, since a use of a voucher is a seat.
    """
    voucher = voucher if voucher and voucher.covers(ticket_type) else None
    add_ons = {add_on: count for add_on, count in (add_ons or {}).items() if count}
    bought = Bought(tickets or {}, frozenset(add_on.pk for add_on in add_ons))
    seat = price_line(ticket_type, voucher=voucher, discounts=discounts, bought=bought, currency=currency)
    extras = [
        price_line(add_on, quantity=count, voucher=voucher, currency=currency)
        for add_on, count in sorted(add_ons.items(), key=lambda pair: (pair[0].position, pair[0].pk))
    ]
    used = next((line.voucher for line in extras if line.voucher), None)
    if used and seat.voucher is None:
        seat = replace(seat, voucher=used)
    return [seat, *extras]


def totals_of(lines: Iterable[PricedLine]) -> Totals:
    lines = list(lines)
    total = sum((line.amount for line in lines), NOTHING)
    subtotal = sum((line.full_amount for line in lines), NOTHING)
    rates = sorted({line.tax_rate for line in lines if line.tax_rate})
    taxes = tuple(
        (
            rate,
            sum((line.amount for line in lines if line.tax_rate == rate), NOTHING),
            sum((line.tax for line in lines if line.tax_rate == rate), NOTHING),
        )
        for rate in rates
    )
    return Totals(subtotal=subtotal, discount=subtotal - total, total=total, taxes=taxes)
