"""Two desks and one order, and forms that are sent again and again: on the real server, each with a control."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from decimal import Decimal

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.checkin.models import Checkpoint, Scan, Unpaid
from registration.order.models import Order
from registration.order.models_money import Payment
from registration.order.recount import recount_places
from tests import factories
from tests.server import Answer, Server, together

pytestmark = [pytest.mark.both_databases]

DESKS = 8


def outcome(answer: Answer) -> str:
    found = re.search(r'id="result" data-verdict="(\w+)"', answer.text)
    return found.group(1) if found else f"{answer.status} without a verdict"


def send(server: Server, action: str, fields: dict[str, str], *, own_ids: bool) -> Counter[str]:
    """The same form from so many desks at once, each with an id of its own or all with one."""
    place = Checkpoint.objects.get()
    desks = [factories.staff(conference=place.conference, role=Role.DESK).user for _ in range(DESKS)]
    path, one = reverse(f"checkin-{action}", args=[place.conference.slug]), str(uuid.uuid4())
    sent = [
        (server.client(user), fields | {"checkpoint": str(place.pk), "scan_id": str(uuid.uuid4()) if own_ids else one})
        for user in desks
    ]
    return Counter(map(outcome, together([lambda c=c, f=f: c.post(path, f, htmx=True) for c, f in sent])))


def owing() -> dict[str, str]:
    conference = factories.conference()
    factories.checkpoint(conference=conference, is_main=True, unpaid=Unpaid.ASK)
    seat = factories.order(conference=conference, total="79.00", status="pending").attendees.get()
    return {"code": seat.access_code, "amount": "79.00", "paid_by": "cash"}


def walking_in() -> dict[str, str]:
    conference = factories.conference()
    factories.checkpoint(conference=conference, is_main=True)
    day = factories.ticket_type(conference=conference, price=Decimal("25.00"))
    return {"name": "Ada Lovelace", "ticket": f"{day.pk}:25.00", "paid_by": "cash"}


def made() -> list[int]:
    return [Payment.objects.count(), Scan.objects.live_admissions().count()]


def test_order_is_paid_once_however_many_desks_take_the_money(start_server):
    server = start_server(workers=2)
    assert send(server, "pay", owing(), own_ids=True) == {"admitted": 1, "rejected": DESKS - 1}
    assert made() == [1, 1]


def test_control_without_locks_it_is_paid_more_than_once(start_server):
    server = start_server(workers=2, hook="tests.hooks:take_money_without_lock")
    send(server, "pay", owing(), own_ids=True)
    assert Payment.objects.count() > 1


def test_payment_sent_eight_times_is_one_payment_and_one_admission(start_server):
    server = start_server(workers=2)
    assert send(server, "pay", owing(), own_ids=False) == {"admitted": DESKS}
    assert made() == [1, 1]


def test_walk_in_sent_eight_times_is_one_of_everything(start_server):
    server = start_server(workers=2)
    assert send(server, "walk-in", walking_in(), own_ids=False) == {"admitted": DESKS}
    assert [made(), Attendee.objects.count(), Order.objects.count()] == [[1, 1], 1, 1]
    assert (TicketType.objects.get().taken, recount_places(conference=TicketType.objects.get().conference)) == (1, [])


def test_control_without_the_forms_id_walk_ins_multiply(start_server):
    server = start_server(workers=2)
    assert send(server, "walk-in", walking_in(), own_ids=True) == {"admitted": DESKS}
    assert Attendee.objects.count() == DESKS
