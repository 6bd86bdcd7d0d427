"""No page asks the database more often because there is more to show: every page of the table of access, with one row of
everything and with three.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Role
from registration.account.models import User
from registration.account.sessions import SessionStore
from registration.checkin.models import Checkpoint, Tablet
from registration.mail.outbox import queue_mail
from registration.notices.models import Notice
from registration.order.models_invoice import InvoiceCounter
from tests import factories, factories_money
from tests.access.test_access import TICKET_LINK
from tests.access_table import ROWS
from tests.access_world import World
from tests.admin.conftest import add_row_of_everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

# They show one thing, or ask for one, and nothing that there may be many of. Every other page must show the added rows.
SHOW_ONE = {
    TICKET_LINK, "account", "account_change_password", "account_inactive", "account_login", "account_logout",
    "account_reauthenticate", "account_request_login_code", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_signup", "attendees-import",
    "badge-label", "checkin-count", "checkin-kiosk", "checkin-kiosk-shell", "checkin-pair", "checkin-shell", "checkin-token",
    "checkin-who", "invitation", "mfa_index", "money-bank", "notices-moved", "order-ticket", "order-ticket-details",
    "outbox-html", "seat-cancel", "settings", "settings-logo", "settings-payment", "settings-test-codes", "settings-ticket",
    "settings-ticket-new", "staff-new", "ticket", "ticket-cancel", "ticket-change", "ticket-details", "ticket-link",
    "ticket-lost", "ticket-transfer", "waiting",
}  # fmt: skip
ROLES = ("superuser", "holder", "door_tablet", "desk_tablet", "kiosk_tablet", "anonymous")


class Looked(NamedTuple):
    queries: int
    size: int


def pages(world: World) -> Iterator[tuple[str, str, str]]:
    """Name, role and address: each page by who sees most, and by its owner, whose own things it may show."""
    for row in (row for row in ROWS if not row.path.endswith((".pdf", ".svg"))):
        seen = [role for role in ROLES if row.expected("GET")[role] == 200]
        for role in {*seen[:1], *({"holder"} & set(seen))}:
            yield row.name, role, row.path.format(**world.values)


def look(client: Client, path: str) -> Looked | None:
    """None for what is no page and no list of data."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, path
    if not response["Content-Type"].startswith(("text/html", "text/csv", "application/json")):
        return None
    return Looked(len(captured), len(re.findall(rb"<|,", body)))


def look_at_all(world: World) -> dict[tuple[str, str], Looked]:
    clients = {role: world.client(role) for role in ROLES}
    found = {(name, role): look(clients[role], path) for name, role, path in pages(world)}
    return {page: looked for page, looked in found.items() if looked}


def add_rows(world: World) -> None:
    """One more of whatever a page of this world may list."""
    add_row_of_everything(world.conference)
    kind = factories.ticket_type(conference=world.conference)
    seat = factories.order(
        conference=world.conference, total="20.00", status="pending", ticket_type=kind
    ).attendees.get()
    factories.conflict(attendee=seat)
    factories.held_scan(attendee=seat)
    factories.held_scan(attendee=seat, batch=world.held_batch)
    factories.tablet(conference=world.conference)
    factories.staff(conference=world.conference, role=Role.DOOR)
    queue_mail(template="ticket", to="a@example.org", context={"attendee": seat, "conference": world.conference})
    Notice.objects.create(attendee=seat, kind="mailing", about=str(world.mailing.pk), sent_at=timezone.now())
    add_to_order(world)
    for user in (world.holder, world.superuser):
        add_to_account(user)


def add_to_order(world: World) -> None:
    order, seat = world.order, world.order.attendees.first()
    guest = User.objects.create_placeholder(name="Guest")
    another = factories.attendee(conference=order.conference, user=guest, order=order, ticket_type=seat.ticket_type)
    order.lines.create(attendee=another, ticket_type=seat.ticket_type, text="Ticket", price=0)
    factories.pieces(attendee=seat, add_on=factories.add_on(conference=order.conference), order=order)
    payment = factories_money.payment(order=order, amount="1.00")
    factories_money.refund(payment=payment, amount="1.00")
    counter = InvoiceCounter.objects.get(conference=order.conference)
    counter.last += 1
    counter.save()
    factories_money.invoice(order=order, number=counter.last, name=str(counter.last))
    order.events.create(kind="note", at=timezone.now())
    seat.scans.create(
        checkpoint=Checkpoint.objects.main(order.conference), code=seat.access_code, verdict="already_admitted",
        scanned_at=timezone.now(), effective_at=timezone.now(), scanned_by=world.door,
    )  # fmt: skip
    factories.badge_print(attendee=seat)


def add_to_account(user: User) -> None:
    user.emailaddress_set.create(email=f"{uuid.uuid4().hex}@example.org", verified=True)
    session = SessionStore()
    session.save()
    UserSession.objects.create(
        user=user, session_key=session.session_key, ip="192.0.2.1", user_agent="Firefox", data={}
    )
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "My phone", "credential": {}})
    factories.order(conference=factories.conference(), user=user, seats=2)


def test_no_page_asks_more_often_for_three_rows_than_for_one(time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)  # what is written once a minute is not written here
    world = World()
    Tablet.objects.update(last_seen_at=now)
    InvoiceCounter.objects.create(conference=world.conference, last=1)
    add_rows(world)
    one = look_at_all(world)
    add_rows(world)
    add_rows(world)
    three = look_at_all(world)
    more = {page: (one[page].queries, looked.queries) for page, looked in three.items()}
    assert {page: counts for page, counts in more.items() if counts[1] > counts[0]} == {}
    shows_more = {name for (name, role), looked in three.items() if looked.size > one[name, role].size}
    assert {name for name, _role in three} - shows_more == SHOW_ONE
