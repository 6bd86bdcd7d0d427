"""What is only begun has no page: not for its buyer, nor for staff."""

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order
from tests import factories

pytestmark = pytest.mark.django_db

OWN = ["order", "order-billing", "order-credit", "order-give-up", "order-card", "order-card-done"]
STAFF = [
    "staff-order", "staff-order-approve", "staff-order-billing", "staff-order-cancel", "staff-order-credit",
    "staff-order-decline", "staff-order-refund",
]  # fmt: skip


@pytest.mark.parametrize("name", OWN + STAFF)
def test_choice_has_no_page(conference, client_as, name):
    client = client_as(Role.ORGANISER)
    seats = (SeatRequest(factories.ticket_type(conference=conference)),)
    held = hold_order(conference=conference, buyer=client.user, choice=Choice(seats), now=timezone.now())
    args = [conference.slug, held.reference] if name in STAFF else [held.reference]
    answers = {client.get(reverse(name, args=args)).status_code, client.post(reverse(name, args=args)).status_code}
    assert 404 in answers <= {404, 405}
