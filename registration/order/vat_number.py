"""VAT numbers as people type them. Only their shape is looked at: whether one is registered, only its country can say."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Country, and what the countries of the EU, Britain, Norway and Switzerland make of it: 2 to 14 letters and digits (an
# old Irish one may hold + or *), a digit among them.
_SHAPE = re.compile(r"[A-Z]{2}(?=.*[0-9])[A-Z0-9+*]{2,14}")
_BETWEEN = re.compile(r"[\s.\-/]+")
MAX_TYPED = 30


def tidy_vat_number(typed: str) -> str:
    """In capitals, without what people put between: DE 123-456.789 is DE123456789. Raises ValidationError."""
    tidy = _BETWEEN.sub("", typed).upper()
    if tidy and not _SHAPE.fullmatch(tidy):
        raise ValidationError(
            _("A VAT number is two letters for its country and then letters and digits, such as DE123456789."),
            code="vat_number",
        )
    return tidy


def is_vat_number(typed: str) -> bool:
    """And not a tax number of another kind, such as 27/123/45678."""
    try:
        return bool(tidy_vat_number(typed))
    except ValidationError:
        return False
