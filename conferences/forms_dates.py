"""Days and moments that organisers choose."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 2000, 2099


def check_year(value: dt.date) -> None:
    """Who types 27 for the year has the year 27, which is over; and at either end of the calendar a moment of one zone is
    none of another.
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("The year is %(year)s. Write one from %(first)s to %(last)s, with all four digits.")
            % {"year": value.year, "first": FIRST_YEAR, "last": LAST_YEAR}
        )


class DayField(forms.DateField):
    default_validators = [check_year]

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min": f"{FIRST_YEAR}-01-01", "max": f"{LAST_YEAR}-12-31"}
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"} | limits)
        super().__init__(**kwargs)


class MomentField(forms.DateTimeField):
    """A time of the zone that is active (`timezone.override`) while the form is bound and shown."""

    default_validators = [check_year]

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min": f"{FIRST_YEAR}-01-01T00:00", "max": f"{LAST_YEAR}-12-31T23:59"}
        kwargs["widget"] = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"} | limits)
        super().__init__(**kwargs)
