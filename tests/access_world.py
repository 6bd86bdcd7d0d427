"""The records that the table of access (`tests/access_table.py`) speaks of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conferences.models import Role
from registration.checkin.models import Checkpoint
from registration.checkin.pairing import open_pairing
from registration.invitation.models import Invitation
from registration.mail.outbox import queue_mail
from registration.notices.models import Mailing
from registration.order.models_credit import Credit
from tests import factories, factories_money
from tests.access_table import ROLES


class Answer(NamedTuple):
    """What is kept of a response."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class World:
    """A conference with one of each role, and what the addresses of the table need. Costs too much to be made for each
    test; what requests change is rolled back, by `ask` and at the end of each test.
    """

    def __init__(self) -> None:
        self._handler = Client().handler  # each would load the middleware anew, for thousands of requests
        self.answers: dict[tuple[str, str, str], Answer] = {}
        self.conference = factories.conference()
        self.holder = self.proved = factories.user()
        self.order = factories.order(conference=self.conference, user=self.holder, total="50.00", seats=2)
        self.other = factories.order(conference=self.conference).user
        self.door, self.desk, self.organiser = (
            factories.staff(conference=self.conference, role=role).user
            for role in (Role.DOOR, Role.DESK, Role.ORGANISER)
        )
        self.elsewhere = factories.staff(conference=factories.conference(), role=Role.ORGANISER).user
        self.superuser = factories.superuser()
        self.tablet = factories.tablet(conference=self.conference, name="Tablet 1")
        self.secrets = {
            role: factories.paired_tablet(conference=self.conference, **fields)[1]
            for role, fields in {
                "door_tablet": {"role": Role.DOOR},
                "desk_tablet": {"role": Role.DESK},
                "revoked_tablet": {"role": Role.DESK, "revoked_at": timezone.now()},
                "kiosk_tablet": {"role": Role.DOOR, "is_kiosk": True, "kiosk_pin": make_password("2468")},
            }.items()
        }
        self.token = open_pairing(tablet=factories.tablet(conference=self.conference), now=timezone.now())
        seat = self.order.attendees.first()
        self.conflict = factories.conflict(attendee=seat)
        self.held_batch = factories.held_scan(attendee=seat).batch
        here = {"conference": seat.conference}
        self.add_on, self.voucher = factories.add_on(**here), factories.voucher(**here)
        self.discount = factories.discount(**here)
        self.waiting = factories.waiting(ticket_type=factories.ticket_type(**here))
        self.invitation = Invitation.objects.create(
            conference=self.conference, ticket_type=seat.ticket_type, name="Grace", email="grace@example.org"
        )
        self.logo = factories.logo(conference=self.conference)
        self.badge = factories.badge_print(attendee=seat)
        self.payment = factories_money.payment(order=self.order)
        self.refund = factories_money.refund(payment=self.payment)
        self.credit = Credit.objects.create(conference=self.conference, user=self.holder)
        self.invoice = factories_money.invoice(order=self.order)
        self.issue = factories_money.issue(order=self.order)
        context = {"attendee": seat, "conference": self.conference}
        self.mail = queue_mail(template="ticket", to="somebody@example.org", context=context)
        self.mailing = Mailing.objects.create(
            id=uuid.uuid4(), conference=self.conference, subject="Hello", text="Hello"
        )
        self.values = self._values()
        self.cookies = {role: self._sign_in(role) for role in (*ROLES, "proved") if role != "anonymous"}

    def _values(self) -> dict[str, object]:
        seat, guest = self.order.attendees.order_by("pk")
        return {
            "slug": self.conference.slug,
            "reference": self.order.reference,
            "code": seat.access_code,
            "guest": guest.access_code,
            "attendee": seat.pk,
            "mail": self.mail.pk,
            "logo": self.logo.digest,
            "mailing": self.mailing.pk,
            "badge": self.badge.request_id,
            "payment": self.payment.pk,
            "refund": self.refund.pk,
            "invoice": self.invoice.number,
            "issue": self.issue.pk,
            "credit": self.credit.pk,
            "ticket_type": seat.ticket_type_id,
            "add_on": self.add_on.pk,
            "voucher": self.voucher.pk,
            "discount": self.discount.pk,
            "ticket_slug": seat.ticket_type.slug,
            "waiting": self.waiting.pk,
            "invitation": self.invitation.pk,
            "invitation_token": self.invitation.link.split("/")[-2],
            "checkpoint": Checkpoint.objects.main(self.conference).pk,
            "held": self.conference.staff_roles.get(role=Role.DOOR).pk,
            "tablet": self.tablet.pk,
            "conflict": self.conflict.pk,
            "held_batch": self.held_batch.pk,
            "token": self.token,
        }

    # The same addresses, of nothing that exists.
    nothing = {
        "slug": "no-such-conference",
        "reference": "00000000",
        "code": "00000000",
        "guest": "00000000",
        "attendee": 10**9,
        "mail": 10**9,
        "logo": "0" * 32,
        "mailing": "00000000-0000-0000-0000-000000000000",
        "badge": "00000000-0000-0000-0000-000000000000",
        **dict.fromkeys(("payment", "refund", "invoice", "issue", "credit"), 10**9),
        **dict.fromkeys(("ticket_type", "add_on", "voucher", "discount"), 10**9),
        "ticket_slug": "no-such-ticket",
        "waiting": 10**9,
        "invitation": 10**9,
        "invitation_token": "no-such-token",
        "checkpoint": 10**9,
        "held": 10**9,
        "tablet": "00000000-0000-0000-0000-000000000000",
        "conflict": "00000000-0000-0000-0000-000000000000",
        "held_batch": "00000000-0000-0000-0000-000000000000",
        "token": "0" * 43,
    }

    def client(self, role: str, **options: bool) -> Client:
        client = Client(**options)
        if not options:
            client.handler = self._handler
        if role in self.secrets:
            client.cookies["tablet"] = self.secrets[role]
        elif role != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[role]
        return client

    def _sign_in(self, role: str) -> str:
        client = Client()
        client.force_login(getattr(self, role))
        if role == "proved":  # the holder, who has just been asked once more whether it is they
            client.post("/accounts/reauthenticate/", {"password": "correct horse"})
        return client.cookies[settings.SESSION_COOKIE_NAME].value


def ask(world: World, role: str, method: str, path: str, **options: str) -> Any:
    """One request whose changes are rolled back, so that the roles do not meet each other's."""
    with transaction.atomic():
        client = world.client(role)
        response = client.get(path, **options) if method == "GET" else client.post(path, **options)
        if response.streaming:
            response.streaming_content = list(response.streaming_content)
        transaction.set_rollback(True)
    return response


def answer(world: World, role: str, method: str, path: str) -> Answer:
    """Asked for once, since whatever a request changes is rolled back."""
    if (role, method, path) not in world.answers:
        response = ask(world, role, method, path)
        world.answers[role, method, path] = Answer(response.status_code, response.headers, response.getvalue())
    return world.answers[role, method, path]
