from __future__ import annotations

import pytest
from django.utils import timezone

from registration.money.card import start_card_payment
from registration.order.due import due_at
from registration.order.models import OrderStatus
from tests import factories, fakestripe


@pytest.fixture
def stripe(settings):
    """A Stripe of ours that the site's SDK talks to."""
    with fakestripe.running() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = fakestripe.KEY, fakestripe.WEBHOOK_SECRET
        settings.STRIPE_API_BASE = fake.url
        yield fake


@pytest.fixture
def order(conference):
    """Two places for 100 EUR, to be paid."""
    return unpaid_order(conference)


@pytest.fixture
def paid(client, stripe, order):
    """By card, 100 EUR."""
    start_card_payment(order=order, now=timezone.now())
    stripe.tell(client, "checkout.session.completed", stripe.pay())
    order.refresh_from_db()
    return order


def unpaid_order(conference, **fields):
    defaults = {"total": "100.00", "status": OrderStatus.PENDING, "seats": 2}
    placed = factories.order(conference=conference, **defaults | fields)
    placed.due_at = due_at(conference, now=placed.created_at)
    placed.save(update_fields=["due_at"])
    placed.attendees.update(completed_registration=False)
    return placed
