"""A scripted month of a conference, at whose end places, books and mailboxes agree."""

import os
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import F
from post_office.models import Email

from registration.catalogue.models import TicketType
from registration.order.history import Event
from registration.order.models import OrderEvent
from tests import fakestripe
from tests.simulation.month import Month
from tests.simulation.reckoning import wrong_books, wrong_mailboxes, wrong_places

pytestmark = pytest.mark.django_db

SEED = int(os.environ.get("MONTH_SEED", "1"))


@pytest.fixture
def stripe(settings):
    with fakestripe.running() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = fakestripe.KEY, fakestripe.WEBHOOK_SECRET
        settings.STRIPE_API_BASE = fake.url
        yield fake


@pytest.mark.counters_falsified
@pytest.mark.long
def test_month_ends_with_places_books_and_mailboxes_in_agreement(stripe):
    month = _play(60, stripe)
    # The controls: mails that were never queued are missed, and one row or letter less is noticed by each.
    with transaction.atomic():
        letters = month.post.letters
        _forget_every_tenth_mail(month)
        missed = wrong_mailboxes(month)
        assert missed and not any(wrong.startswith(("not every mail", "a mail came twice")) for wrong in missed)
        month.post.letters = letters
        transaction.set_rollback(True)
    TicketType.objects.filter(pk=month.kinds[0].pk).update(taken=F("taken") + 1)
    month.banked.pop()
    lost = month.post.read()[0].message_id
    month.post.letters = [letter for letter in month.post.letters if letter.message_id != lost]
    assert all((wrong_places(month), wrong_books(month), wrong_mailboxes(month)))


def _forget_every_tenth_mail(month):
    """As if they had never been queued: of neither is there a trace."""
    times = Counter(letter.message_id for letter in month.post.letters)
    forgotten = {letter.message_id for letter in month.post.letters[::10] if times[letter.message_id] == 1}
    month.post.letters = [letter for letter in month.post.letters if letter.message_id not in forgotten]
    Email.objects.filter(pk__in=Email.objects.order_by("pk").values("pk")[: len(forgotten)]).delete()


@pytest.mark.hostile
@pytest.mark.both_databases
# In one transaction PostgreSQL would keep every version of a row, and learn nothing of what the tables hold.
@pytest.mark.django_db(transaction=True)
def test_month_of_three_thousand_people_ends_so_too(stripe):
    _play(3000, stripe)


def _play(people, stripe):
    month = Month(people=people, seed=SEED, stripe=stripe)
    month.play()
    month.happened["taxed anew"] = OrderEvent.objects.filter(kind=Event.TAXED_ANEW).count()
    print(people, dict(month.happened), dict(month.refused))  # noqa: T201 -- pytest shows it beside a failure
    assert (wrong_places(month), wrong_books(month), wrong_mailboxes(month)) == ([], [], [])
    # It was a month in which everything happened.
    never = [name for name in EVENTS if not month.happened[name]]
    assert (never, month.post.failures > 0, month.post.broken_lines > 0) == ([], True, True)
    return month


EVENTS = [
    "register", "buy", "bank", "pay", "transfer_half", "transfer_late", "pay_at_the_desk", "go_to_stripe", "pay_by_card",
    "cancel_part_paid", "approved", "declined", "invitation accepted", "change", "change_for_somebody", "give_away", "cancel", "same seat again", "rename",
    "cancelled_by_staff", "get_money_back", "pay_by_credit", "taxed anew",
    "refunded at Stripe", "issue refunded_there", "refund sent back", "wait", "offer taken", "move",
]  # fmt: skip
