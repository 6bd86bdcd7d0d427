"""A place of the venue that people wait for goes to nobody else, whichever ticket they would buy it with."""

import datetime as dt
import uuid

import pytest

from registration.catalogue.models import TicketType
from registration.catalogue.offers import active_types, offers_of
from registration.errors import RegistrationError
from registration.order.due import expire_unpaid
from registration.order.payment import receive_payment
from registration.waiting.offering import offer_places
from tests import factories
from tests.registration.order.exchanges import change, three_kinds, two_students
from tests.registration.waiting.test_waiting import LATER, NOW, buy, check_counts, give_back, hold, states, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    """Of one place, which is sold; two ticket types without a limit of their own."""
    conference = factories.conference(total_capacity=1)
    kinds = [factories.ticket_type(conference=conference) for _number in range(2)]
    buy(kinds[0], factories.user())
    for kind in kinds:
        kind.refresh_from_db()
        kind.conference.refresh_from_db()
    return kinds


def test_place_of_the_venue_is_not_sold_with_another_ticket_while_people_wait_for_it(venue):
    waited, other = venue
    (entry,) = wait(waited, 1)
    give_back(waited)
    for attempt in (buy, hold):
        with pytest.raises(RegistrationError) as refused:
            attempt(other, factories.user())
        assert refused.value.code == "sold_out"
    conference = TicketType.objects.get(pk=other.pk).conference
    offers = offers_of(conference, active_types(conference), now=NOW)
    assert [(offer.sale, offer.left) for offer in offers] == [("sold_out", 0)] * 2
    # Whoever wants the other ticket waits for it, behind them.
    assert wait(TicketType.objects.get(pk=other.pk), 1)[0].state == "waiting"
    assert (offer_places(now=NOW), states(waited), states(other)) == (1, ["offered"], ["waiting"])
    entry.refresh_from_db()
    assert buy(waited, entry.user, checkout_id=entry.order.checkout_id).is_paid
    check_counts(waited)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "kind_fields",
    [
        {"is_active": False},
        {"requires_voucher": True},
        {"available_until": NOW - dt.timedelta(days=1)},
        {"total_quantity": 1},
    ],
    ids=["off sale", "hidden", "over", "waiting for a place of the type"],
)
def test_who_cannot_have_the_place_of_the_venue_is_in_nobodys_way(venue, kind_fields):
    waited, other = venue
    wait(waited, 1)
    # The venue has room again; the ticket that is waited for has none of its own, or is not sold any more.
    TicketType.objects.filter(pk=waited.pk).update(**kind_fields)
    type(waited.conference).objects.filter(pk=waited.conference_id).update(total_capacity=2)
    assert buy(other, factories.user()).is_paid
    check_counts(other)


def test_places_beyond_those_that_are_waited_for_are_sold(venue):
    waited, other = venue
    wait(waited, 2)
    type(waited.conference).objects.filter(pk=waited.conference_id).update(total_capacity=4)
    assert buy(other, factories.user()).is_paid
    with pytest.raises(RegistrationError) as refused:
        buy(other, factories.user())
    assert refused.value.code == "sold_out"
    assert (offer_places(now=NOW), states(waited)) == (2, ["offered", "offered"])


def test_late_payment_of_a_change_takes_no_place_that_people_wait_for(conference):
    kinds = three_kinds(conference)
    seat = two_students(conference, kinds).attendees.first()
    TicketType.objects.filter(pk=kinds["Regular"].pk).update(total_quantity=1)
    changed = change(seat, kinds["Regular"])
    type(changed).objects.filter(pk=changed.pk).update(due_at=NOW)
    wait(TicketType.objects.get(pk=kinds["Regular"].pk), 1)
    assert expire_unpaid(now=NOW + dt.timedelta(days=8)) == 1
    receive_payment(
        order=changed, amount=changed.total, method="cash", note="", by=None, now=LATER, request_id=uuid.uuid4()
    )
    assert (changed.status, offer_places(now=LATER)) == ("expired", 0)
    check_counts(kinds["Regular"])


def test_offer_whose_order_is_forgotten_has_lapsed(venue):
    factories.waiting(ticket_type=venue[0], state="offered")
    assert (offer_places(now=NOW), states(venue[0])) == (0, ["lapsed"])
