"""Payments to look at: what no rule can decide is put before the organisers, once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from conferences.models import Conference, Role
from registration.account.models import User
from registration.errors import RegistrationError
from registration.mail.outbox import queue_mail
from registration.money.models import Issue, IssueKind
from registration.order.models import Order, OrderStatus
from registration.order.refundable import refundable


def raise_issue(
    kind: IssueKind,
    *,
    about: str,
    now: dt.datetime,
    order: Order | None = None,
    conference: Conference | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    external_id: str | None = None,
) -> Issue:
    """In the caller's transaction. `about` is the number of what it is about; the same kind about the same is one. It is
    theirs, who took the money, unless `external_id` is, which people read. The organisers are told by mail, at the conference's own address where it has one.
    """
    issue, is_new = Issue.objects.get_or_create(
        key=f"{kind}:{about}"[:255],
        defaults={
            "kind": kind, "order": order, "conference": order.conference if order else conference, "amount": amount,
            "currency": currency, "external_id": about if external_id is None else external_id, "raised_at": now,
        },
    )  # fmt: skip
    if is_new and issue.conference:
        for to in _addresses(issue.conference):
            queue_mail(template="money_issue", to=to, context={"issue": issue, "conference": issue.conference})
    return issue


def _addresses(conference: Conference) -> list[str]:
    if conference.contact_email:
        return [conference.contact_email]
    organisers = User.objects.filter(staff_roles__conference=conference, staff_roles__role=Role.ORGANISER)
    return [email for email in organisers.order_by("pk").values_list("email", flat=True) if email]


def look_at_surplus(*, order: Order, about: str, now: dt.datetime, external_id: str = "") -> Issue | None:
    """Raise an issue where more has come for `order` than was sold. For who holds the order's lock."""
    surplus = refundable(order).surplus
    if not surplus:
        return None
    kind = IssueKind.TWICE if order.is_paid else IssueKind.CLOSED
    if order.status == OrderStatus.EXPIRED:
        kind = IssueKind.LATE
    return raise_issue(
        kind, about=about, now=now, order=order, amount=surplus, currency=order.currency, external_id=external_id
    )


def resolve_issue(*, issue: Issue, note: str, by: User, now: dt.datetime) -> None:
    """Raises RegistrationError `resolved_already`."""
    changed = Issue.objects.open().filter(pk=issue.pk).update(resolved_at=now, resolved_by=by, note=note.strip()[:200])
    if not changed:
        raise RegistrationError("resolved_already", _("Somebody has settled this already."))
