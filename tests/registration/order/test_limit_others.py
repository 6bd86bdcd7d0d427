"""The limit of a type is each buyer's own."""

import uuid

import pytest
from django.utils import timezone

from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order
from registration.order.refusals import had_by
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_others_hold_and_have_counts_for_them(conference):
    limited = factories.ticket_type(conference=conference, limit_per_user=1)
    factories.order(conference=conference, ticket_type=limited)
    for _ in range(2):
        held = hold_order(
            conference=conference, buyer=factories.user(), choice=Choice((SeatRequest(limited),)),
            checkout_id=uuid.uuid4(), now=timezone.now(),
        )  # fmt: skip
    assert had_by(held.user, kinds=[limited]) == {limited.pk: 1}
    assert had_by(held.user, kinds=[limited], but=held) == {}
    assert had_by(factories.user(), kinds=[limited]) == {}
