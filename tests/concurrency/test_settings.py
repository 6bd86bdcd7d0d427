"""Organisers press twice: the second time finds what the first one made, and says so."""

from __future__ import annotations

import pytest

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.checkin.models import Checkpoint, Tablet
from tests import factories
from tests.server import together

pytestmark = pytest.mark.both_databases

PRESSED = 8
ITEM = {"name": "Dinner", "price": "5", "total_quantity": "0"}
FORMS = {
    "tickets/new/": ITEM | {"limit_per_user": "0"},
    "add-ons/new/": ITEM | {"limit_per_seat": "1"},
    "vouchers/new/": {"code": "FRIENDS", "reduction": "percent", "value": "10", "max_uses": "0"},
    "checkpoints/new/": {"name": "Dinner", "entry": "once", "unpaid": "refuse"},
    "staff/": {"email": "new@example.org", "role": "desk"},
}


def test_form_pressed_eight_times_at_once_makes_one_of_it_and_no_error(start_server):
    server = start_server(workers=2)
    conference = factories.conference()
    organiser = factories.staff(conference=conference, role=Role.ORGANISER).user
    main = Checkpoint.objects.main(conference)
    forms = FORMS | {"tablets/new/": {"name": "Tablet", "role": "door", "checkpoint": str(main.pk)}}
    clients = [server.client(organiser) for _ in range(PRESSED)]
    answers = {}
    for page, form in forms.items():
        path = f"/staff/{conference.slug}/settings/{page}"
        sent = together([lambda c=client, at=path, f=form: c.post(at, f) for client in clients])
        answers[page] = sorted({answer.status for answer in sent} - {302, 307, 422})
    assert answers == {page: [] for page in forms}
    made = [
        model.objects.filter(**named).count()
        for model, named in (
            (TicketType, {"name": "Dinner"}),
            (AddOn, {"name": "Dinner"}),
            (Voucher, {"code": "FRIENDS"}),
            (Checkpoint, {"name": "Dinner"}),
            (StaffRole, {"email": "new@example.org"}),
            (User, {"email": "new@example.org"}),
            (Tablet, {"name": "Tablet"}),
        )
    ]
    assert made == [1] * len(made)


def test_conference_set_up_eight_times_at_once_is_one(start_server):
    server = start_server(workers=2)
    clients = [server.client(factories.superuser()) for _ in range(PRESSED)]
    form = {
        "name": "Harbour", "start_date": "2030-05-01", "end_date": "2030-05-02", "timezone": "Berlin",
        "accent": "#123456", "currency": "EUR", "total_capacity": "0", "organisers": "new@example.org",
    }  # fmt: skip
    sent = together([lambda c=client: c.post("/staff/new/", form) for client in clients])
    assert sorted(answer.status for answer in sent) == [302] + [422] * (PRESSED - 1)
    assert Conference.objects.filter(name="Harbour").count() == 1
