"""What the public is told of what is for sale."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.catalogue.offers import Sale, active_types, card_of, offers_of
from registration.catalogue.reductions import discounts_for_all
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = dt.timedelta(hours=1)


def offer(conference=None, **fields):
    conference = conference or factories.conference()
    factories.ticket_type(conference=conference, **fields)
    return offers_of(conference, active_types(conference), now=NOW)[0]


@pytest.mark.counters_falsified
@pytest.mark.parametrize(
    ("fields", "sale"),
    [
        ({}, Sale.ON_SALE),
        ({"total_quantity": 5, "taken": 5}, Sale.SOLD_OUT),
        ({"total_quantity": 5, "taken": 7}, Sale.SOLD_OUT),
        ({"available_from": NOW + HOUR}, Sale.NOT_YET),
        ({"available_until": NOW}, Sale.OVER),
        ({"available_until": NOW + HOUR}, Sale.ON_SALE),
        ({"available_from": NOW - HOUR, "available_until": NOW - HOUR}, Sale.OVER),
    ],
)
def test_offer_says_whether_it_can_be_had(fields, sale):
    assert offer(**fields).sale == sale


@pytest.mark.counters_falsified
@pytest.mark.parametrize(
    ("fields", "sale"),
    [
        ({"registration_opens_at": NOW + HOUR}, Sale.NOT_YET),
        ({"registration_closes_at": NOW}, Sale.OVER),
        ({"total_capacity": 3, "places_taken": 3}, Sale.SOLD_OUT),
    ],
)
def test_offer_follows_its_conference(fields, sale):
    assert offer(factories.conference(**fields)).sale == sale


@pytest.mark.counters_falsified
def test_left_is_the_least_of_type_and_venue():
    conference = factories.conference(total_capacity=30, places_taken=20)
    assert (offer(conference, total_quantity=12).left, offer(factories.conference(total_capacity=3)).left) == (10, 3)
    assert (offer(total_quantity=12, taken=2).left, offer().left) == (10, None)


def test_offer_opens_when_both_windows_are_open():
    conference = factories.conference(registration_opens_at=NOW + HOUR, timezone="Pacific/Auckland")
    opens = NOW + dt.timedelta(days=17)
    found = offer(conference, available_from=opens)
    assert (found.opens_at, found.opens_in_days) == (opens, 17)


def test_hidden_types_are_not_offered(conference):
    factories.ticket_type(conference=conference, is_active=False)
    factories.ticket_type(conference=conference, requires_voucher=True)
    assert offers_of(conference, active_types(conference), now=NOW) == []


@pytest.mark.counters_falsified
def test_card_adds_up_what_is_on_sale(conference):
    factories.ticket_type(conference=conference, price=Decimal("79"), total_quantity=9)
    factories.ticket_type(conference=conference, price=Decimal("249"), total_quantity=5)
    factories.ticket_type(conference=conference, price=Decimal("189"), total_quantity=5, taken=5)
    card = card_of(conference, active_types(conference), now=NOW)
    assert (card.sale, card.left, card.lowest, card.highest) == (Sale.ON_SALE, 14, Decimal("79"), Decimal("249"))
    conference.total_capacity = 10
    assert card_of(conference, active_types(conference), now=NOW).left == 10


@pytest.mark.counters_falsified
def test_card_names_the_early_price_while_it_is_to_be_had(conference):
    factories.ticket_type(conference=conference, price=Decimal("79"), total_quantity=9, taken=9)
    factories.ticket_type(conference=conference, price=Decimal("100"))
    factories.ticket_type(conference=conference)
    factories.discount(conference=conference, name="Early", value=20, valid_until=NOW + HOUR)
    factories.discount(conference=conference, name="Team", value=50, emails="a@example.org")

    def card(now):
        found = card_of(conference, active_types(conference), now=now, discounts=discounts_for_all(conference, now=now))
        return found.lowest, found.has_free, found.highest, found.reduced_by

    assert card(NOW) == (Decimal("80.00"), True, Decimal("80.00"), "Early")
    assert card(NOW + HOUR) == (Decimal("100.00"), True, Decimal("100.00"), "")


def test_card_without_tickets_says_so(conference):
    card = card_of(conference, active_types(conference), now=NOW)
    assert (card.sale, card.lowest) == (None, None)
