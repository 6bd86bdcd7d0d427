from decimal import Decimal

import pytest

from registration.tables.numbers import money_of


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1234.5", "1234.50"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("12,50", "12.50"), ("12", "12.00"),
        ("1.234", "1234.00"), ("1,234", "1234.00"), ("1 234,56 €", "1234.56"), ("€ 7", "7.00"), ("-3,00", "-3.00"),
        ("3.00-", "-3.00"), ("(3.00)", "-3.00"), ("EUR -3", "-3.00"), ("−3", "-3.00"), ("+3,10", "3.10"), (".5", "0.50"),
        ("100.0000", "100.00"), ("12,500000", "12.50"), ("1.000", "1000.00"), ("1.000.000", "1000000.00"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_they_are_meant(cell, amount):
    assert money_of(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["", "x", "-", "EUR", "1" * 13])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError, match="no number"):
        money_of(cell)
