"""What the tests of cards have in common."""

import datetime as dt

from django.utils import timezone
from post_office.models import Email

from registration.money.card import start_card_payment
from registration.money.models import Issue
from registration.order.models import OrderStatus
from registration.order.recount import recount_places

COMPLETED = "checkout.session.completed"
MINUTE = dt.timedelta(minutes=1)


def start(order, now=None):
    return start_card_payment(order=order, now=now or timezone.now())


def state(order):
    """Status, what came, tickets sent, what people have to look at; and the places add up."""
    order.refresh_from_db()
    assert recount_places(conference=order.conference) == []
    tickets = Email.objects.filter(subject__startswith="Your ticket").exclude(subject__contains="cancelled")
    return (
        order.status,
        [str(amount) for amount in order.payments.values_list("amount", flat=True)],
        tickets.count(),
        list(Issue.objects.values_list("kind", flat=True)),
    )


PAID = (OrderStatus.PAID, ["100.00"], 2, [])
