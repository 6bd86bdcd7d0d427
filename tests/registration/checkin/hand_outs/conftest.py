"""A checkpoint that hands out dinners, and somebody who bought three."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner")


@pytest.fixture
def place(conference, dinner):
    made = factories.checkpoint(conference=conference, name="Dinner table")
    made.add_ons.add(dinner)
    return made


@pytest.fixture
def seat(conference, dinner):
    """With three pieces, of two orders."""
    made = factories.attendee(conference=conference, name="Bo Li")
    factories.pieces(attendee=made, add_on=dinner, quantity=2)
    factories.pieces(attendee=made, add_on=dinner)
    return made
