"""The names in braces that may stand in the words of a mail, and what each stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import at, days, long_day, money

Context = Mapping[str, Any]
# What the `attendee` of the context decides.
PERSONAL = ("name", "ticket")


def _seat_name(context: Context) -> str:
    """Where nobody is named yet the buyer gets the mail, and is addressed."""
    seat = context["attendee"]
    if seat.name:
        return seat.name
    order = None if seat.email else context.get("order") or seat.order
    return (order.user.name if order else "") or _("guest")


def _ticket_name(context: Context) -> str:
    kind = context["attendee"].ticket_type
    return kind.name if kind else _("ticket")


def _when(moment: Any, context: Context) -> str:
    local = at(moment, context["conference"])
    return f"{long_day(local)}, {local:%H:%M}" if local else ""


def _day(moment: Any, context: Context) -> str:
    local = at(moment, context["conference"])
    return long_day(local) if local else ""


def _what_is_new(context: Context) -> str:
    """Days, place or both, whichever are other than before."""
    conference, before = context["conference"], context["before"]
    place = (conference.place or _("place not known yet")) if before["place"] else ""
    return ", ".join(filter(None, [days(conference) if before["days"] else "", place]))


# What each name in braces stands for, out of the context of the mail.
PLACEHOLDERS: dict[str, Callable[[Context], str]] = {
    "conference": lambda context: context["conference"].name,
    "dates": lambda context: days(context["conference"]),
    "venue": lambda context: context["conference"].place,
    "name": _seat_name,
    "ticket": _ticket_name,
    "buyer": lambda context: context["order"].user.name,
    "reference": lambda context: context["order"].reference,
    "total": lambda context: money(context["order"].total, context["order"].currency),
    "due": lambda context: _day(context["order"].due_at, context),
    "closed": lambda context: _day(context["closed_at"], context),
    "amount": lambda context: money(context["amount"], context["order"].currency),
    "paid": lambda context: money(context["came"], context["order"].currency),
    "missing": lambda context: money(context["missing"], context["order"].currency),
    "reason": lambda context: context["reason"],
    "person": lambda context: context["name"],
    "offer": lambda context: context["offer"],
    "until": lambda context: _when(context["until"], context),
    "new": _what_is_new,
}
