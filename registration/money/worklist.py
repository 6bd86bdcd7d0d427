"""What of a conference's money waits for people."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from conferences.models import Conference
from registration.money.models import Issue
from registration.order.models_credit import Credit
from registration.order.models_money import PaymentMethod, Refund


@dataclass(frozen=True)
class Worklist:
    """`to_pay_out` is sent by people: transfers and cash, and cards that Stripe or the bank has refused. `on_their_way` by Stripe.
    `credits` are those of which something is left.
    """

    issues: list[Issue]
    to_pay_out: list[Refund]
    on_their_way: list[Refund]
    credits: list[Credit]

    @property
    def owed_as_credit(self) -> Decimal:
        return sum((credit.left for credit in self.credits), Decimal("0.00"))


def worklist(conference: Conference) -> Worklist:
    """Four queries, the oldest first."""
    issues = Issue.objects.open().filter(conference=conference).select_related("order__user").order_by("pk")
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
    return Worklist(list(issues), [each for each in refunds if each not in on_their_way], on_their_way, list(held))
