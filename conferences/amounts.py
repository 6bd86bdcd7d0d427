"""Amounts of money as people read them."""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


@functools.lru_cache(maxsize=1024)
def format_amount(amount: Decimal, currency: str, *, locale: str, **options: Any) -> str:
    """€79.00 and CHF 79.00, with a space that no line breaks at: Unicode asks for it where the currency is written in
    letters, and Babel leaves it out. `options` are those of Babel's `format_currency`. Amounts come again and again, and
    Babel takes longer for one than the rest of a line of a page.
    """
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", format_currency(amount, currency, locale=locale, **options))
