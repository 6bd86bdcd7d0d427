"""What a seat and its add-ons cost: to the cent, whatever the terms, the tax and the currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.catalogue.models import AddOn, Discount, Reduction, TicketType, Voucher
from registration.catalogue.prices import Terms, price_line, price_seat, reduced, rounded, tax_in, totals_of

D = Decimal


def ticket(price="100", pk=1, **fields):
    return TicketType(pk=pk, name="Regular", price=D(price), **fields)


def add_on(price="45", pk=1, **fields):
    return AddOn(pk=pk, name="Dinner", price=D(price), **fields)


def voucher(reduction=Reduction.PERCENT, value="20", **terms):
    fields = {"unlocks_hidden": terms.pop("unlocks_hidden", False)}
    return Terms(Voucher(pk=1, code="SPEAKER", reduction=reduction, value=D(value), **fields), **terms)


def discount(reduction=Reduction.PERCENT, value="10", *, at_least=1, together_with=None, **terms):
    fields = {"at_least": at_least, "add_on": together_with}
    return Terms(Discount(pk=1, name="Early bird", reduction=reduction, value=D(value), **fields), **terms)


@pytest.mark.parametrize(
    ("amount", "currency", "is_"),
    [
        ("0.125", "EUR", "0.13"),
        ("0.1249", "EUR", "0.12"),
        ("100.5", "JPY", "101"),
        ("100.4", "JPY", "100"),
        # Three decimals do not fit the columns.
        ("1.2345", "KWD", "1.23"),
        ("0.125", "XXX", "0.13"),
    ],
)
def test_amounts_are_rounded_half_up_to_the_smallest_coin(amount, currency, is_):
    assert rounded(D(amount), currency=currency) == D(is_)


@pytest.mark.parametrize(
    ("reduction", "value", "left"),
    [
        (Reduction.FREE, "0", "0"),
        (Reduction.PERCENT, "12.5", "87.49"),
        (Reduction.PERCENT, "100", "0"),
        (Reduction.AMOUNT, "30", "69.99"),
        (Reduction.AMOUNT, "500", "0"),
        (Reduction.NONE, "50", "99.99"),
    ],
)
def test_terms_reduce_one_piece(reduction, value, left):
    assert reduced(D("99.99"), by=Voucher(reduction=reduction, value=D(value)), currency="EUR") == D(left)


@pytest.mark.parametrize(
    ("amount", "rate", "tax"), [("119", "19", "19"), ("100", "19", "15.97"), ("100", "7", "6.54"), ("100", "0", "0")]
)
def test_tax_is_what_is_in_the_price(amount, rate, tax):
    assert tax_in(D(amount), rate=D(rate), currency="EUR") == D(tax)


def test_lowest_price_counts_and_terms_are_not_added_up():
    line = price_line(ticket(), voucher=voucher(value="20"), discounts=[discount(value="10")], currency="EUR")
    assert (line.price, line.discount, line.discount_text, str(line.voucher)) == (
        D(80),
        D(20),
        "Voucher SPEAKER",
        "SPEAKER",
    )
    line = price_line(ticket(), voucher=voucher(value="5"), discounts=[discount(value="10")], currency="EUR")
    assert (line.price, line.discount, line.discount_text, line.voucher) == (D(90), D(10), "Early bird", None)


def test_voucher_that_makes_nothing_cheaper_than_the_discount_is_not_used_up():
    line = price_line(ticket(), voucher=voucher(value="10"), discounts=[discount(value="10")], currency="EUR")
    assert (line.price, line.voucher) == (D(90), None)


def test_voucher_for_other_tickets_does_nothing_to_this_one():
    [line] = price_seat(ticket(), voucher=voucher(ticket_types=frozenset({7})), currency="EUR")
    assert (line.price, line.discount, line.voucher) == (D(100), D(0), None)


def test_voucher_is_for_no_add_on_that_it_does_not_name():
    seat, dinner = price_seat(ticket(), add_ons={add_on(): 2}, voucher=voucher(), currency="EUR")
    assert (seat.price, dinner.price, dinner.amount, dinner.voucher) == (D(80), D(45), D(90), None)


def test_seat_bears_the_voucher_that_was_of_use_to_its_add_on():
    named = voucher(Reduction.FREE, add_ons=frozenset({1}))
    seat, dinner = price_seat(ticket("0"), add_ons={add_on(): 1}, voucher=named, currency="EUR")
    assert (str(seat.voucher), seat.discount_text, dinner.price, dinner.discount_text) == (
        "SPEAKER", "", D(0), "Voucher SPEAKER",
    )  # fmt: skip


def test_voucher_that_only_unlocks_is_used_by_what_is_hidden_alone():
    key = voucher(Reduction.NONE, "0", unlocks_hidden=True)
    assert str(price_line(ticket(requires_voucher=True), voucher=key, currency="EUR").voucher) == "SPEAKER"
    assert price_line(ticket(), voucher=key, currency="EUR").voucher is None


@pytest.mark.parametrize(
    ("tickets", "only", "price"),
    [
        (None, set(), 100),
        ({1: 4}, set(), 100),
        ({1: 5}, set(), 90),
        ({1: 3, 2: 2}, set(), 90),  # for all tickets, it counts all
        ({1: 3, 2: 2}, {1}, 100),
        ({1: 5, 2: 2}, {1}, 90),
        ({1: 1, 2: 6}, {2}, 100),  # not for this one, however many of the others
    ],
)
def test_price_for_several_comes_with_enough_of_the_tickets_that_it_is_for(tickets, only, price):
    group = discount(at_least=5, ticket_types=frozenset(only))
    [line] = price_seat(ticket(), discounts=[group], tickets=tickets, currency="EUR")
    assert (line.price, line.at_least) == (D(price), 5 if price == 90 else 1)


def test_price_with_an_add_on_comes_to_the_seats_that_have_it_and_the_add_on_keeps_its_own():
    dinner, shirt = add_on(pk=1), add_on("20", pk=2)
    bundle = discount(Reduction.AMOUNT, "30", together_with=dinner)
    prices = [
        [line.price for line in price_seat(ticket(), add_ons=add_ons, discounts=[bundle], currency="EUR")]
        for add_ons in ({}, {shirt: 1}, {dinner: 0}, {dinner: 2, shirt: 1})
    ]
    assert prices == [[100], [100, 20], [100], [70, 45, 20]]


def test_both_conditions_are_to_be_met_and_the_best_price_counts():
    dinner = add_on()
    both, early = discount(value="50", at_least=2, together_with=dinner), discount(value="20")
    prices = [
        price_seat(ticket(), add_ons=add_ons, discounts=[both, early], tickets={1: n}, currency="EUR")[0].price
        for n, add_ons in ((1, {dinner: 1}), (2, {}), (2, {dinner: 1}))
    ]
    assert prices == [80, 80, 50]


def test_what_asks_for_more_does_nothing_to_a_ticket_that_is_priced_alone():
    terms = [discount(at_least=2), discount(together_with=add_on())]
    assert price_line(ticket(), discounts=terms, currency="EUR").price == D(100)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"at_least": 5}, "5 or more: 10 % off each"),
        ({"value": "12.50", "together_with": add_on()}, "With Dinner: 12.5 % off"),
        ({"reduction": Reduction.AMOUNT, "value": "7.5", "at_least": 2, "together_with": add_on()}, "2 or more, with Dinner: €7.50 off each"),
        ({"reduction": Reduction.FREE, "at_least": 3}, "3 or more: free each"),
    ],
)  # fmt: skip
def test_condition_is_said_in_words(terms, says):
    assert discount(**terms).hint(currency="EUR") == says


MONEY = st.decimals(min_value=0, max_value=D("99999.99"), places=2)
TERMS = st.tuples(st.sampled_from(list(Reduction)), st.decimals(min_value=0, max_value=100, places=2))
ITEM = st.tuples(MONEY, st.decimals(min_value=0, max_value=99, places=2), st.integers(min_value=1, max_value=9))


@given(
    seats=st.lists(st.tuples(ITEM, st.lists(ITEM, max_size=3)), min_size=1, max_size=6),
    code=st.none() | TERMS,
    early=st.none() | TERMS,
    group=st.none() | st.tuples(TERMS, st.integers(1, 6), st.sampled_from([None, 1, 3])),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CHF"]),
)
def test_lines_add_up_to_the_total_to_the_cent(seats, code, early, group, currency):
    used = voucher(*code, add_ons=frozenset({1, 3})) if code else None
    discounts = [discount(*early)] if early else []
    if group:
        terms, at_least, needed = group
        discounts.append(discount(*terms, at_least=at_least, together_with=add_on(pk=needed) if needed else None))
    tickets = {number + 1: 1 for number in range(len(seats))}
    lines, met = [], {}
    for number, ((price, rate, _count), extras) in enumerate(seats):
        pieces = {add_on(p, pk=pk, tax_rate=r): n for pk, (p, r, n) in enumerate(extras, start=1)}
        of_seat = price_seat(
            ticket(price, pk=number + 1, tax_rate=rate),
            add_ons=pieces,
            voucher=used,
            discounts=discounts,
            tickets=tickets,
            currency=currency,
        )
        came = discounts[:1] if early else []
        if group and len(seats) >= group[1] and (group[2] is None or group[2] <= len(extras)):
            came = discounts
        met |= {id(of_seat[0]): came}
        assert [line.quantity for line in of_seat] == [1, *pieces.values()]
        lines += of_seat
    totals = totals_of(lines)
    assert totals.total == sum(line.price * line.quantity for line in lines)
    assert totals.subtotal == sum((line.price + line.discount) * line.quantity for line in lines)
    assert totals.discount == totals.subtotal - totals.total >= 0
    assert totals.tax == sum(line.tax for line in lines)
    assert sum(gross for _rate, gross, _tax in totals.taxes) == sum(line.amount for line in lines if line.tax_rate)
    coin = D(1) if currency == "JPY" else D("0.01")
    for line in lines:
        assert 0 <= line.tax <= line.amount
        assert all(amount % coin == 0 for amount in (line.price, line.discount, line.tax))
        alone = [price_line(line.item, currency=currency).price]
        alone += [reduced(alone[0], by=terms.by, currency=currency) for terms in met.get(id(line), [])]
        if used and used.covers(line.item):
            alone.append(reduced(alone[0], by=used.by, currency=currency))
        assert line.price == min(alone)
