"""The list of what to correct leads to a control of each field, also of a group of boxes."""

import re
import uuid

import pytest
from django.urls import reverse

from conferences.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


def links(answer):
    """Where those of the list lead: id, and whether there is such a control."""
    html = answer.content.decode()
    listed = html.partition('id="errors"')[2].partition("</ul>")[0]
    ids = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html)
    return [(name, name in ids) for name in re.findall(r'href="#([^"]*)"', listed)]


def test_list_of_errors_leads_to_the_first_box_of_a_group(client_as, conference):
    organiser = client_as(Role.ORGANISER)
    factories.ticket_type(conference=conference)
    door = factories.checkpoint(conference=conference)
    wrong = {"name": "Door", "entry": "x", "unpaid": "x", "ticket_types": ["999"]}
    answer = organiser.post(reverse("settings-checkpoint", args=[conference.slug, door.pk]), wrong)
    assert links(answer) == [("id_entry_0", True), ("id_unpaid_0", True), ("id_ticket_types_0", True)]


def test_list_of_errors_leads_to_the_first_ticket_to_change_to(client, conference):
    seat = factories.order(conference=conference, total="50.00").attendees.get()
    factories.ticket_type(conference=conference, price=150)
    client.force_login(seat.user)
    answer = client.post(reverse("ticket-exchange", args=[seat.access_code]), {"request_id": uuid.uuid4()})
    assert links(answer) == [("id_ticket_0", True)]
