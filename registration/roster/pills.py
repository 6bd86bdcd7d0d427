"""States of a ticket as people say them, each with a word, an icon and a colour (see the theme's `.pill`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.templatetags.lanyard import money
from registration.attendee.models import Attendee, AttendeeState
from registration.checkin.models import Verdict
from registration.checkin.signs import sign_of
from registration.order.models import Order, OrderStatus


@dataclass(frozen=True)
class Pill:
    kind: str
    icon: str
    text: str


def order_pill(order: Order | None, paid: Mapping[int, Decimal]) -> Pill | None:
    if order is None:
        return None
    if order.is_waiting_for_approval:
        return Pill("warn", "hourglass", _("Waiting for approval"))
    if order.is_to_be_paid:
        owed = money(order.total - paid.get(order.pk, Decimal(0)), order.currency)
        return Pill("warn", "hand-coins", _("%(amount)s owed") % {"amount": owed})
    if order.is_pending or (order.status == OrderStatus.PAID and not order.total):
        return Pill("ok", "circle-check", _("Free"))
    if order.is_paid:
        return Pill("ok", "circle-check", str(OrderStatus(order.status).label))
    return Pill("", "undo-2", str(OrderStatus(order.status).label))


def door_pill(seat: Attendee, conference: Conference, *, now: dt.datetime) -> Pill:
    if seat.state != AttendeeState.VALID:
        return Pill("bad", "octagon-x", str(AttendeeState(seat.state).label))
    if seat.blocked_reason:
        return Pill("bad", "octagon-x", _("Blocked"))
    if seat.checked_in_at:
        return Pill("ok", "circle-check", _("In %(when)s") % {"when": when(seat.checked_in_at, conference, now=now)})
    if not seat.completed_registration and not (seat.order and seat.order.is_pending):
        return Pill("warn", sign_of(Verdict.INCOMPLETE).icon, _("Incomplete"))
    return Pill("", "clock", _("Not in yet"))


def when(moment: dt.datetime, conference: Conference, *, now: dt.datetime) -> str:
    """In the conference's time zone: the time today, with the day before that."""
    local = moment.astimezone(conference.tz)
    time = date_format(local, "H:i")
    return time if local.date() == conference.local_date(now) else f"{date_format(local, 'j M')}, {time}"
