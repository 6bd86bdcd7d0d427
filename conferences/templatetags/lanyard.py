"""Tags and filters of every template; built in, no `{% load %}` needed."""

from __future__ import annotations

import datetime as dt
import functools
import io
import zoneinfo
from decimal import Decimal
from importlib import resources
from zipfile import ZipFile

from babel import Locale
from babel.dates import format_date, format_interval
from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from conferences.access import is_staff_anywhere
from conferences.amounts import format_amount
from conferences.models import Conference

register = template.Library()
register.filter("is_staff_anywhere", is_staff_anywhere)


@functools.cache
def _icons() -> ZipFile:
    """Kept open, since the package's own function reads anew, for each icon, the list of all 1,700: 7 ms, and the first
    tablet page of a process shows forty. In memory, as processes that fork share the place in an open file.
    """
    return ZipFile(io.BytesIO((resources.files("lucide") / "lucide.zip").read_bytes()))


@register.simple_tag
@functools.lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A Lucide icon, written into the page; decoration only, so a word must stand beside it."""
    svg = " ".join(_icons().read(f"{name}.svg").decode().split())
    svg = svg.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1).replace("> <", "><")
    svg = svg.replace(" >", ' class="icon" aria-hidden="true" focusable="false">', 1)
    return mark_safe(svg)  # noqa: S308 -- the package's own file, nothing of a user's


@register.filter
def control(field: BoundField) -> SafeString:
    """The form control of `field` with the theme's class; Django adds the aria attributes for help and errors."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        base = "form-check-input"
    else:
        base = (
            "form-select"
            if isinstance(widget, forms.Select) and not getattr(widget, "allow_multiple_selected", False)
            else "form-control"
        )
    given = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": " ".join(filter(None, [base, given, "is-invalid" if field.errors else ""]))})


@register.filter
def first_control(field: BoundField) -> str:
    """The id that a link to `field` names: of a group of boxes, which has none of its own, that of the first."""
    return field.id_for_label or next((box.id_for_label for box in field), "")


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """`12.5|money:"EUR"`: €12.50, in the reader's language; whole amounts without decimals."""
    whole, locale = amount == amount.to_integral_value(), _locale()
    pattern = _whole_pattern(locale) if whole else None
    return format_amount(amount, currency, locale=locale, format=pattern, currency_digits=not whole)


@register.filter
def code(value: str) -> SafeString:
    """A code in groups of four, told apart by margin, so that copying gives it whole; as it is where it has groups."""
    is_plain = len(value) <= 12 and value.isalnum()
    groups = [value[start : start + 4] for start in range(0, len(value), 4)] if is_plain else [value]
    spans = mark_safe("".join(format_html("<span>{}</span>", group) for group in groups))  # noqa: S308 -- escaped one by one
    # What another system printed, or a whole address that was scanned, may be wider than a phone.
    return format_html('<span class="code{}">{}</span>', " long" if len(value) > 20 else "", spans)


@register.filter
def at(moment: dt.datetime | None, conference: Conference) -> dt.datetime | None:
    """`moment` in the conference's own time zone, for `|date:` to format: `scan.effective_at|at:conference|date:"H:i"`."""
    return moment.astimezone(_zone(conference.timezone)).replace(tzinfo=None) if moment else None


@register.filter
def days(conference: Conference) -> str:
    """The conference's days as people write them: 9–11 June 2027."""
    first, last = conference.start_date, conference.end_date
    until = _written(last, "d MMMM y")
    if first == last:
        return until
    if not _locale().startswith("en"):
        return format_interval(first, last, "yMMMMd", locale=_locale())
    # Babel knows intervals in English with short months and American order only.
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{until}"
    since = _written(first, "d MMMM" if first.year == last.year else "d MMMM y")
    return f"{since} – {until}"


@register.filter
def long_day(moment: dt.date) -> str:
    """With the day of the week, as the reader's language writes it: Thursday 9 June 2027."""
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    return _written(day, "EEEE d MMMM y" if _locale().startswith("en") else "full")


@register.filter
def days_short(conference: Conference) -> str:
    """The days for the stub of a ticket, without the month: 9–11."""
    first, last = conference.start_date.day, conference.end_date.day
    return str(first) if conference.start_date == conference.end_date else f"{first}–{last}"


@register.filter
def months_short(conference: Conference) -> str:
    """What stands below `days_short`: Jun 2027, or Jun–Jul 2027."""
    first, last = conference.start_date, conference.end_date
    until = _written(last, "MMM y")
    if (first.year, first.month) == (last.year, last.month):
        return until
    since = _written(first, "MMM" if first.year == last.year else "MMM y")
    return f"{since}–{until}"


def _written(day: dt.date, pattern: str) -> str:
    return _format_day(day, pattern, _locale())


@functools.lru_cache(maxsize=1024)
def _format_day(day: dt.date, pattern: str, locale: str) -> str:
    """The same days come again and again, and Babel takes longer for one than the rest of a line of a mail."""
    return format_date(day, pattern, locale=locale)


@functools.lru_cache(maxsize=64)
def _whole_pattern(locale: str) -> str:
    """As amounts are written there, without decimals."""
    return str(Locale.parse(locale).currency_formats["standard"].pattern).replace(".00", "")


@functools.lru_cache(maxsize=64)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
