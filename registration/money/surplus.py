"""Money that is nobody's by what became of its order: cancelled or given up when some of it was paid, or paid too much by
hand. Found in the books, so that it does not matter what happened; the worker looks.
"""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.money.issues import look_at_surplus
from registration.money.models import Issue, IssueKind
from registration.order.giving_back import return_credit
from registration.order.locks import lock_order
from registration.order.models import Order, OrderStatus
from registration.order.models_money import Payment, Refund, sum_by
from registration.order.refundable import refundable

# Whatever closes an order, or completes it, writes its row; so long may no worker run.
_LOOK_BACK = dt.timedelta(days=30)
_OWED = [OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REPLACED]
_NOT_NEEDED = _("The order has ended, or was paid otherwise.")
_KINDS = [IssueKind.LATE, IssueKind.CLOSED, IssueKind.TWICE]


def find_surpluses(*, now: dt.datetime) -> int:
    """Put before the organisers what has come for an order beyond what was sold, unless they are or were told of it.
    Returns how many were told now. Each is a transaction of its own.
    """
    return sum(_tell(pk, now) for pk in _candidates(now).values_list("pk", flat=True))


def _candidates(now: dt.datetime) -> models.QuerySet[Order]:
    """More than those with a surplus, but few: what goes back beside prices is looked at one by one."""
    # By conference, as the index of changes is: what is not of late is not read.
    orders = Order.objects.filter(conference__in=Conference.objects.all(), updated_at__gte=now - _LOOK_BACK)
    orders = orders.annotate(
        received=sum_by("order", Payment.objects.all()), given=sum_by("order", Refund.objects.all())
    )
    is_beyond = ~Q(status__in=_OWED) | Q(received__gt=F("total"))
    return orders.filter(is_beyond).filter(received__gt=F("given")).order_by("pk")


@transaction.atomic
def _tell(pk: int, now: dt.datetime) -> bool:
    _seats, order = lock_order(pk)
    return_credit(order=order, reason=_NOT_NEEDED, now=now)
    surplus = refundable(order).surplus
    told = Issue.objects.filter(order=order, kind__in=_KINDS)
    if not surplus or told.filter(Q(resolved_at=None) | Q(amount__gte=surplus)).exists():
        return False
    return look_at_surplus(order=order, about=f"{order.reference}:{surplus}", now=now) is not None
