"""What is paid for a seat and its add-ons: reductions, rounding and tax. No queries, no clock: everything is passed in.

Prices are gross: the tax is in them. What one piece costs is rounded half up to the currency's smallest coin, and so is
the tax of a line; sums are sums of rounded numbers, so lines always add up to their total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conferences.amounts import format_amount
from registration.catalogue.models import AddOn, Discount, Reduces, Reduction, TicketType, Voucher

NOTHING = Decimal("0.00")
# The columns keep two decimals; a currency with three (Kuwait) is rounded to its ten smallest coins.
_MOST_DIGITS = 2


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


def rounded(amount: Decimal, *, currency: str) -> Decimal:
    """Half up, to the currency's smallest coin; with two decimals always, as it is stored."""
    digits = min(get_currency_precision(currency), _MOST_DIGITS)
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP).quantize(NOTHING)


def as_text(amount: Decimal, *, currency: str) -> str:
    """As the reader of the page writes it: €79.00."""
    return format_amount(amount, currency, locale=(get_language() or "en").replace("-", "_"))


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
    currency: str,
) -> PricedLine:
    """`quantity` pieces of `item` at the lowest price that any one of the terms gives; they are never added up. Of equal
    ones a discount comes before the voucher, which is then not used up for nothing. Terms that do not cover `item` do
    nothing; that they are valid, and are this buyer's, is the caller's matter.
    """
    full = rounded(item.price, currency=currency)
    price, by = full, None
    for terms in (*discounts, *([voucher] if voucher else [])):
        if terms.covers(item) and (lower := reduced(full, by=terms.by, currency=currency)) < price:
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
    currency: str,
) -> list[PricedLine]:
    """The line of one seat, and one for each of its add-ons. A voucher counts for the add-ons of seats that it is for;
    where it is of use to any of them, the line of the seat bears it, since a use of a voucher is a seat.
    """
    voucher = voucher if voucher and voucher.covers(ticket_type) else None
    seat = price_line(ticket_type, voucher=voucher, discounts=discounts, currency=currency)
    extras = [
        price_line(add_on, quantity=count, voucher=voucher, currency=currency)
        for add_on, count in sorted((add_ons or {}).items(), key=lambda pair: (pair[0].position, pair[0].pk))
        if count
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
