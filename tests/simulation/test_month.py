"""A scripted month of a conference, at whose end places, books and mailboxes agree."""

import os

import pytest

from tests import fakestripe
from tests.simulation.month import Month
from tests.simulation.reckoning import wrong_books, wrong_mailboxes, wrong_places

pytestmark = pytest.mark.django_db

SEED = int(os.environ.get("MONTH_SEED", "4"))


@pytest.fixture
def stripe(settings):
    with fakestripe.running() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = fakestripe.KEY, fakestripe.WEBHOOK_SECRET
        settings.STRIPE_API_BASE = fake.url
        yield fake


def test_month_ends_with_places_books_and_mailboxes_in_agreement(stripe):
    _play(80, stripe)


@pytest.mark.hostile
@pytest.mark.both_databases
def test_month_of_three_thousand_people_ends_so_too(stripe):
    _play(3000, stripe)


def _play(people, stripe):
    month = Month(people=people, seed=SEED, stripe=stripe)
    month.play()
    print(people, dict(month.happened), dict(month.refused))  # noqa: T201 -- pytest shows it beside a failure
    assert (wrong_places(month), wrong_books(month), wrong_mailboxes(month)) == ([], [], [])
    # It was a month in which everything happened.
    never = [name for name in EVENTS if not month.happened[name]]
    assert (never, month.post.failures > 0, month.post.broken_lines > 0) == ([], True, True)


EVENTS = [
    "register", "buy", "pay", "pay_half", "go_to_stripe", "pay_by_card", "change", "give_away", "cancel", "rename",
    "cancelled_by_staff", "get_money_back", "wait", "offer taken", "move",
]  # fmt: skip
