"""What desk and organisers do for others on a person's page."""

import uuid

import pytest
from django.urls import reverse
from post_office.models import Email

from conferences.models import Role
from registration.order.models import Order
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(conference):
    type(conference).objects.update(allows_transfers=False)
    made = factories.order(conference=conference)
    return made.attendees.get()


def at(name, seat):
    return reverse(name, args=[seat.conference.slug, seat.pk])


def test_ticket_is_given_to_somebody_else_with_a_reason(client_as, seat):
    desk = client_as(Role.DESK)
    person = {"transfer-name": "Grace", "transfer-email": "grace@example.org", "transfer-code": seat.access_code}
    refused = desk.post(at("attendee-transfer", seat), person)
    assert (refused.status_code, Email.objects.count()) == (422, 0)
    given = desk.post(at("attendee-transfer", seat), person | {"transfer-reason": "they phoned"})
    assert given["Location"] == at("attendee", seat)
    event = seat.order.events.get()
    assert (event.kind, event.by, event.reason) == ("transferred", desk.user, "they phoned")
    assert "The organisers have given your ticket" in Email.objects.latest("pk").message
    again = desk.post(at("attendee-transfer", seat), person | {"transfer-reason": "they phoned"})
    assert again.status_code == 422


def test_ticket_is_sent_again(client_as, seat):
    desk = client_as(Role.DESK)
    assert "Sent to" in desk.post(at("attendee-send", seat), follow=True).content.decode()
    assert (Email.objects.count(), seat.order.events.get().by) == (1, desk.user)


def test_organiser_changes_the_ticket_at_no_charge(client_as, conference, seat):
    speaker = factories.ticket_type(conference=conference, name="Speaker", price=90, is_active=False)
    organiser = client_as(Role.ORGANISER)
    assert "Speaker" in organiser.get(at("attendee-exchange", seat)).content.decode()
    data = {"ticket": speaker.pk, f"expected-{speaker.pk}": "90.00", "request_id": uuid.uuid4(), "is_waived": "on"}
    assert organiser.post(at("attendee-exchange", seat), data).status_code == 422  # why?
    answers = [organiser.post(at("attendee-exchange", seat), data | {"reason": "gives a talk"}) for _ in range(2)]
    new = Order.objects.get(replaces=seat.order)
    assert [answer["Location"] for answer in answers] == [f"/staff/{conference.slug}/orders/{new.reference}/"] * 2
    seat.refresh_from_db()
    assert (seat.ticket_type, new.status, new.user, new.events.first().reason) == (
        speaker, "paid", new.replaces.user, "gives a talk",
    )  # fmt: skip
    assert recount_places(conference=conference) == []


def test_pieces_beside_the_ticket_add_up_to_the_total(client_as, seat):
    shirt = factories.add_on(conference=seat.conference, name="T-shirt", price=20)
    factories.pieces(attendee=seat, add_on=shirt, quantity=2, order=seat.order, price=shirt.price)
    assert "<td>2 × T-shirt</td><td>€40</td>" in client_as(Role.DESK).get(at("attendee", seat)).content.decode()
