"""An order whose tickets can be changed for others; a test of something else has an `order` of its own."""

from __future__ import annotations

import pytest

from tests.registration.order.exchanges import three_kinds, two_students


@pytest.fixture
def kinds(conference):
    return three_kinds(conference)


@pytest.fixture
def order(conference, kinds):
    return two_students(conference, kinds)


@pytest.fixture
def seat(order):
    return order.attendees.get(user=order.user)
