"""A name put right on the tablet."""

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.attendee.models import AttendeeProfile
from registration.order.models import OrderEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def correct(client_as, conference):
    desk = client_as(Role.DESK)

    def correct(method, htmx=True, **fields):
        path = reverse("checkin-correct", args=[conference.slug])
        return getattr(desk, method)(path, fields, headers={"HX-Request": "true"} if htmx else {})

    return correct


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_name_is_corrected_and_the_badge_asked_for(correct, conference, htmx):
    seat = factories.order(conference=conference).attendees.get()
    assert f'value="{seat.name}"' in correct("get", htmx, code=seat.access_code).content.decode()
    text = correct("post", htmx, code=seat.access_code, name="Zoë  Šimůnková", print="1").content.decode()
    seat.refresh_from_db()
    assert seat.name == "Zoë Šimůnková"
    assert all(part in text for part in ('data-verdict="corrected"', f'data-attendee="{seat.pk}"', "data-print"))
    assert "data-print" not in correct("post", htmx, code=seat.access_code, name="Zoë").content.decode()


def test_tablet_signs_what_it_corrects(client, conference):
    seat = factories.order(conference=conference).attendees.get()
    _tablet, client.cookies["tablet"] = factories.paired_tablet(conference=conference, name="Tablet 1", role="desk")
    path = reverse("checkin-correct", args=[conference.slug])
    assert client.post(path, {"code": seat.access_code, "name": "Zoë", "by": "Ada"}).status_code == 200
    assert OrderEvent.objects.values_list("by", "reason").get(kind="named") == (None, "Ada, Tablet 1")


def test_name_must_not_be_empty(correct, conference):
    seat = factories.attendee(conference=conference)
    answer = correct("post", code=seat.access_code, name=" ")
    assert (answer.status_code, "Enter a name." in answer.content.decode()) == (422, True)


def test_own_name_on_the_badge_is_said(correct, conference):
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, badge_name="Zo")
    assert "The badge says “<bdi>Zo</bdi>”" in correct("get", code=seat.access_code).content.decode()


def test_seat_of_another_conference_is_not_there(correct):
    other = factories.attendee(conference=factories.conference())
    assert [correct(method, code=other.access_code, name="X").status_code for method in ("get", "post")] == [404, 404]
