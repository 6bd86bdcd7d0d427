"""What of a conference's money waits for people."""

from __future__ import annotations

from dataclasses import dataclass

from conferences.models import Conference
from registration.money.models import Issue
from registration.order.models_money import PaymentMethod, Refund


@dataclass(frozen=True)
class Worklist:
    """`to_pay_out` is sent by people: transfers and cash, and cards that Stripe has refused. `on_their_way` by Stripe."""

    issues: list[Issue]
    to_pay_out: list[Refund]
    on_their_way: list[Refund]


def worklist(conference: Conference) -> Worklist:
    """Two queries, the oldest first."""
    issues = Issue.objects.open().filter(conference=conference).select_related("order__user").order_by("pk")
    refunds = (
        Refund.objects.to_pay_out()
        .with_failure()
        .filter(order__conference=conference)
        .select_related("order__user", "payment")
        .order_by("pk")
    )
    on_their_way = [each for each in refunds if each.payment.method == PaymentMethod.STRIPE and each.failure is None]
    return Worklist(list(issues), [each for each in refunds if each not in on_their_way], on_their_way)
