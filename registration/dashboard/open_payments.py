"""What buyers still owe, and what organisers have not decided."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from conferences.models import Conference
from registration.dashboard.counts import rows_of


@dataclass(frozen=True)
class OpenPayments:
    orders: int
    amount: Decimal
    # Orders that wait for approval; of these nothing is owed yet.
    asked: int


# Of orders that are placed, not of choices that hold places, nor of what organisers have to approve first. Found by the
# index of status; few are pending.
_OPEN = """
SELECT COUNT(*), SUM(total - came + given_back), (
    SELECT COUNT(*) FROM registration_order WHERE conference_id = %s AND status = 'pending' AND approval = 'asked'
) FROM (
    SELECT o.total,
    COALESCE((SELECT SUM(amount) FROM registration_payment WHERE order_id = o.id), 0) AS came,
    COALESCE((SELECT SUM(amount) FROM registration_refund WHERE order_id = o.id), 0) AS given_back
    FROM registration_order o
    WHERE o.conference_id = %s AND o.status = 'pending' AND o.total > 0 AND o.approval <> 'asked' AND (
        o.hold_expires_at IS NULL
        OR EXISTS (SELECT 1 FROM registration_orderline WHERE order_id = o.id AND attendee_id IS NOT NULL)
    )
) AS owing
"""


def open_payments(conference: Conference) -> OpenPayments:
    """One query."""
    ((orders, amount, asked),) = rows_of(_OPEN, [conference.pk, conference.pk])
    # SQLite adds up floats.
    return OpenPayments(orders, Decimal(amount or 0).quantize(Decimal("0.01")), asked)
