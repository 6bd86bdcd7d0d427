"""The history of an order as people read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.order.history import Event
from registration.order.models import Order, OrderEvent
from registration.order.models_money import PaymentMethod

_ICONS = {
    Event.PLACED: "ticket", Event.PAYMENT: "credit-card", Event.PAID: "circle-check", Event.NAMED: "pencil",
    Event.TAKEN_OVER: "circle-check", Event.NEW_CODE: "refresh-cw", Event.BLOCKED: "lock", Event.UNBLOCKED: "lock",
    Event.BILLED: "pencil", Event.TICKET_SENT: "mail", Event.TRANSFERRED: "user-round-pen", Event.EXCHANGE_ASKED: "ticket",
    Event.EXCHANGE_DROPPED: "ban", Event.EXCHANGED: "refresh-cw", Event.TAXED_ANEW: "refresh-cw", Event.REPLACED: "refresh-cw",
    Event.SEAT_CANCELLED: "ban", Event.CANCELLED: "ban",
    Event.EXPIRED: "hourglass", Event.REFUNDED: "undo-2", Event.PAID_OUT: "undo-2", Event.PAYOUT_RETURNED: "undo-2",
    Event.CREDIT_PAID_OUT: "undo-2", Event.REMINDED: "mail",
    Event.OVERDUE: "mail",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """One line: when, what, what exactly, who ("" for what happened by itself), why."""

    at: dt.datetime
    icon: str
    title: str
    detail: str
    who: str
    why: str


def story_of(order: Order, *, reader: User | None = None) -> list[Moment]:
    """Newest first; an order that cost nothing was confirmed, not paid. With `reader`, the buyer, it names nobody of the
    staff: they are the organisers. One query, two for a reader.
    """
    events = order.events.select_related("by").order_by("-pk")
    people: Mapping[int | None, str] = {}
    if reader:
        # Also those who have given their ticket away since, or have another one, from another order.
        once = {event.by_id: event.details.get("seat", "") for event in events if event.kind == Event.TAKEN_OVER}
        seats = Attendee.objects.filter(order=order, user__email__isnull=False)
        people = once | {**dict(seats.values_list("user", "name")), reader.pk: _("You")}
    moments = [_moment(event, order, people if reader else None) for event in events]
    if order.total or any(event.kind == Event.PAYMENT for event in events):
        return moments
    return [replace(each, title=_("Confirmed")) if each.title == Event.PAID.label else each for each in moments]


def _moment(event: OrderEvent, order: Order, people: Mapping[int | None, str] | None) -> Moment:
    kind = Event(event.kind) if event.kind in Event.values else None
    return Moment(
        at=event.at,
        icon=_ICONS.get(kind, "info") if kind else "info",
        title=str(kind.label) if kind else event.kind,
        detail=_detail(event.details, order.currency),
        who=_who(event, people),
        why=event.reason,
    )


def _who(event: OrderEvent, people: Mapping[int | None, str] | None) -> str:
    if event.by is None:
        return ""
    return str(event.by) if people is None else people.get(event.by.pk) or _("The organisers")


def _detail(details: Mapping[str, Any], currency: str) -> str:
    seat, was, ticket = (str(details.get(key) or "") for key in ("seat", "was", "ticket"))
    change = f"{was} → {ticket or seat}" if was and was != (ticket or seat) else ticket or seat
    amount = details.get("amount") or details.get("total")
    parts = [
        seat if ticket else "",
        change,
        money(Decimal(amount), currency) if amount else "",
        ", ".join(details.get("invoices") or []),
        str(PaymentMethod(details["method"]).label) if details.get("method") in PaymentMethod.values else "",
        _("order %(order)s") % {"order": details["order_after"]} if details.get("order_after") else "",
        _("in place of order %(order)s") % {"order": details["order_before"]} if details.get("order_before") else "",
    ]
    return " · ".join(part for part in parts if part)
