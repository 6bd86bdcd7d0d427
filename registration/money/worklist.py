"""What of a conference's money waits for people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.prices import NOTHING
from registration.errors import RegistrationError
from registration.money.issues import resolve_issue
from registration.money.models import Issue, IssueKind
from registration.order.models_credit import Credit
from registration.order.models_money import PaymentMethod, Refund
from registration.order.summary import OrderSummary

_TOO_MUCH = {IssueKind.LATE, IssueKind.CLOSED, IssueKind.TWICE}


@dataclass(frozen=True)
class Worklist:
    """`to_pay_out` is sent by people: transfers and cash, and cards that Stripe or the bank has refused. `on_their_way` by Stripe.
    `credits` are those of which something is left. `done` are the keys of those of `issues` of which only the note is
    missing: the money has gone where it had to.
    """

    issues: list[Issue]
    done: frozenset[int]
    to_pay_out: list[Refund]
    on_their_way: list[Refund]
    credits: list[Credit]

    @property
    def owed_as_credit(self) -> Decimal:
        return sum((credit.left for credit in self.credits), NOTHING)


def worklist(conference: Conference) -> Worklist:
    """Seven queries, the oldest first."""
    issues = Issue.objects.open().filter(conference=conference).select_related("order__user").order_by("pk")
    issues = issues.prefetch_related("order__payments", "order__refunds__lines")
    refunds = (
        Refund.objects.to_pay_out()
        .with_failure()
        .filter(order__conference=conference)
        .select_related("order__user", "payment")
        .prefetch_related("payouts")
        .order_by("pk")
    )
    by_card = [each for each in refunds if each.payment.method == PaymentMethod.STRIPE]
    on_their_way = [each for each in by_card if each.failure is None and not each.has_come_back]
    held = Credit.objects.not_used_up().filter(conference=conference).select_related("user")
    to_send = {refund.order_id for refund in refunds}
    done = frozenset(issue.pk for issue in issues if _is_done(issue, to_send))
    to_pay_out = [each for each in refunds if each not in on_their_way]
    return Worklist(list(issues), done, to_pay_out, on_their_way, list(held))


def settle_issue(*, issue: Issue, note: str, by: User, now: dt.datetime) -> None:
    """It leaves the list for good. Raises RegistrationError `note_missing` where nobody says what was done and the money has
    not gone where it has to, or `resolved_already`.
    """
    says_nothing = issue.resolved_at is None and not note.strip()
    if says_nothing and issue.conference and issue.pk not in worklist(issue.conference).done:
        raise RegistrationError(
            "note_missing", _("Nothing was settled. The money is still where it was: say what was done about it.")
        )
    resolve_issue(issue=issue, note=note, by=by, now=now)


def _is_done(issue: Issue, to_send: set[int]) -> bool:
    order = issue.order
    if order is None:
        return False
    if issue.kind == IssueKind.REFUND_FAILED:
        return order.pk not in to_send
    if issue.kind not in _TOO_MUCH:
        return False
    return not OrderSummary(order, [], list(order.payments.all()), list(order.refunds.all()), []).overpaid
