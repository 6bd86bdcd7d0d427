"""Amounts as programs and banks of several countries write them."""

from __future__ import annotations

import re
from decimal import Decimal

# More is no money, but the number of an account perhaps.
_DIGITS = 12


def money_of(cell: str) -> Decimal:
    """Of 1234.5, 1,234.50, 1.234,50, 12,50, 12.5000, -3, 3- and (3); signs of currencies are ignored. Raises ValueError."""
    text = cell.strip().replace("−", "-")
    number = re.sub(r"[^\d.,]", "", text)
    decimals = re.search(r"[.,](\d{1,2}|\d\d00+)$", number)
    whole = re.sub(r"[.,]", "", number[: decimals.start()] if decimals else number)
    if (not whole and not decimals) or len(whole) > _DIGITS:
        raise ValueError("no number")
    amount = Decimal(f"{whole}.{decimals[1][:2] if decimals else 0}").quantize(Decimal("0.01"))
    is_below = text.startswith(("-", "(")) or text.endswith("-") or "-" in re.sub(r"\d.*", "", text)
    return -amount if is_below else amount
