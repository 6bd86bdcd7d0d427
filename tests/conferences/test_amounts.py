from decimal import Decimal

import pytest

from conferences.amounts import format_amount


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "says"),
    [
        ("79", "EUR", "en", "€79.00"),
        ("11920.5", "NOK", "en", "NOK 11,920.50"),
        ("-25", "CHF", "en", "-CHF 25.00"),
        ("12", "CAD", "en", "CA$12.00"),
        ("11920", "NOK", "de", "11.920,00 NOK"),
    ],
)
def test_currency_in_letters_stands_apart_from_the_number(amount, currency, locale, says):
    assert format_amount(Decimal(amount), currency, locale=locale) == says.replace(" ", "\u00a0")
