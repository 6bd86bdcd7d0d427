"""Which column of a list answers which question of the profile, whatever model is set, and how an answer is written in
a cell and read back.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from registration.attendee.company import COMPANY_NAMES
from registration.attendee.models import AttendeeProfileBase
from registration.attendee.profile import asked_fields
from registration.roster import cells

# Words that different programs use for the same question; the first that a field is called by wins.
_SAME = (
    frozenset({"tshirtsize", "tshirt", "shirtsize", "shirt", "teeshirtsize", "teesize"}),
    frozenset({re.sub(r"[^a-z]", "", name) for name in COMPANY_NAMES}),
    frozenset({"dietaryneeds", "dietaryrequirements", "dietary", "diet", "food", "foodpreferences", "mealpreference"}),
    frozenset({"accessibilityneeds", "accessibility", "accessibilityrequirements", "specialneeds"}),
    frozenset({"badgename", "nameonthebadge", "nickname", "preferredname"}),
    frozenset({"phone", "phonenumber", "cellphone", "mobile", "mobilephone", "telephone"}),
    frozenset({"jobtitle", "position", "role"}),
    frozenset({"pronouns", "pronoun"}),
    frozenset({"country", "homecountry"}),
    frozenset({"city", "town", "homecity"}),
    frozenset({"website", "homepage", "url", "blog"}),
)
_SIZES = {"2XL": "XXL", "XXXL": "3XL", "SMALL": "S", "MEDIUM": "M", "LARGE": "L"}


def heading_of(field: models.Field) -> str:
    """What the column of `field` is called in our own export."""
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def answered_fields(model: type[AttendeeProfileBase] | None, headings: Iterable[str]) -> dict[str, models.Field]:
    """The field that each of `headings` answers; headings that no field is called by are left out."""
    found: dict[str, models.Field] = {}
    if model is None:
        return found
    for heading in headings:
        bare = _bare(heading)
        fields = [field for field in asked_fields(model) if field not in found.values()]
        match = next((field for field in fields if bare in {_bare(field.name), _bare(str(field.verbose_name))}), None)
        same = next((words for words in _SAME if bare in words), frozenset())
        match = match or next((f for f in fields if {_bare(f.name), _bare(str(f.verbose_name))} & same), None)
        if match:
            found[heading] = match
    return found


def to_cell(profile: AttendeeProfileBase, field: models.Field) -> str:
    """One answer, so that `from_cell` reads it back."""
    value = getattr(profile, field.attname)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field.choices:
        labels = [str(label) for _value, label in field.flatchoices]
        label = str(dict(field.flatchoices).get(value, value))
        return label if labels.count(label) == 1 else str(value)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def from_cell(field: models.Field, cell: str) -> Any:
    """Raises ValueError when the field cannot hold what is in `cell`."""
    if isinstance(field, models.BooleanField):
        return cells.yes_or_no(cell)
    if field.choices:
        return _choice(field, cell)
    if isinstance(field, models.DecimalField):
        return Decimal(cells.price(cell))
    try:
        return field.clean(cell, None)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error


def _choice(field: models.Field, cell: str) -> Any:
    wanted = cell.strip()
    wanted = _SIZES.get(wanted.upper(), wanted)
    by_word: Mapping[str, Any] = {
        word.casefold(): value for value, label in field.flatchoices for word in (str(label), str(value))
    }
    if wanted.casefold() not in by_word:
        raise ValueError(_("“%(cell)s” is none of the choices.") % {"cell": wanted[:40]})
    return by_word[wanted.casefold()]


def _bare(words: str) -> str:
    return re.sub(r"[^\w]|_", "", words.casefold())
