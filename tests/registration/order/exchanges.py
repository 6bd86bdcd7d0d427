"""What tests of another ticket for a seat share: three tickets, an order of two seats, and how it is changed and paid."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from registration.order.exchange import exchange_ticket
from registration.order.models import Order
from registration.order.payment import record_payment
from tests import factories

NOW = timezone.now()


def three_kinds(conference):
    """Student 50, Regular 120, Business 200."""
    prices = {"Student": 50, "Regular": 120, "Business": 200}
    return {
        name: factories.ticket_type(conference=conference, name=name, price=Decimal(price))
        for name, price in prices.items()
    }


def two_students(conference, kinds):
    """Paid, in a venue that is full with them."""
    made = factories.order(
        conference=conference, total="100.00", status="pending", seats=2, ticket_type=kinds["Student"]
    )
    pay(made)
    type(conference).objects.update(total_capacity=2)
    Email.objects.all().delete()
    return made


def pay(order, amount=None):
    order.refresh_from_db()
    record_payment(
        order=order, amount=amount or order.total, method="cash", note="", by=factories.user(), now=NOW
    )  # fmt: skip


def change(seat, kind, **fields):
    fields = {"by": seat.user, "now": NOW, "request_id": uuid.uuid4()} | fields
    return exchange_ticket(attendee=seat, ticket_type=kind, **fields)


def refused(seat, kind, **fields):
    with pytest.raises(RegistrationError) as refusal:
        change(seat, kind, **fields)
    return refusal.value.code


def taken(kinds):
    return {kind.name: TicketType.objects.get(pk=kind.pk).taken for kind in kinds.values()}


def status(*orders):
    return [Order.objects.get(pk=order.pk).status for order in orders]
