"""What is done for one person costs the same among many: no statement of it reads a whole table, as the database itself
says when it is asked how it would go about it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.changes.transfer import transfer_ticket
from registration.order.cancellation import cancel_seat
from registration.order.history import Event
from registration.order.models import Order, OrderEvent, OrderLine
from registration.order.models_money import Payment, Refund
from registration.order.payment import record_payment
from registration.order.refund import refund_order
from tests import factories
from tests.registration.order.exchanges import change, three_kinds

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

MANY = 3000
# Those that the fixture fills: PostgreSQL reads a small table whole because it is small.
GROWING = {
    f"registration_{name}" for name in ("attendee", "order", "orderline", "orderevent", "payment", "refund", "user")
}


@pytest.fixture
def crowd(conference):
    """Many with an order each."""
    users = [factories.User(username=str(n), email=f"{n}@example.org", name=f"Person {n}") for n in range(MANY)]
    users = factories.User.objects.bulk_create(users)
    orders = Order.objects.bulk_create(
        Order(conference=conference, user=user, status="paid", subtotal=Decimal(9), total=Decimal(9)) for user in users
    )
    seats = Attendee.objects.bulk_create(
        Attendee(
            conference=conference, user=user, order=order, name=user.name, access_code=f"{number:08d}",
            completed_registration=True,
        )
        for number, (user, order) in enumerate(zip(users, orders, strict=True))
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=seat.order, attendee=seat, text="Seat", price=Decimal(9)) for seat in seats
    )
    payments = Payment.objects.bulk_create(
        Payment(order=order, amount=Decimal(9), currency="EUR", method="cash") for order in orders
    )
    Refund.objects.bulk_create(
        Refund(
            order=payment.order, payment=payment, amount=Decimal(1), currency="EUR", reason="Late",
            decided_at=timezone.now(), request_id=uuid.uuid4(),
        )
        for payment in payments
    )  # fmt: skip
    OrderEvent.objects.bulk_create(OrderEvent(order=order, kind=Event.PAID, at=timezone.now()) for order in orders)
    type(conference).objects.filter(pk=conference.pk).update(places_taken=MANY)
    conference.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def whole_tables_read() -> Iterator[list[str]]:
    """Fills with what is read from one end to the other, and by which statement."""
    found: list[str] = []

    def look(execute, sql, params, many, context):
        if sql.lstrip().startswith("SELECT"):
            found.extend(f"{table}: {sql}" for table in _read_whole(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def _read_whole(sql: str, params) -> set[str]:
    with connection.connection.cursor() if connection.vendor == "postgresql" else connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            answer = cursor.fetchone()[0]
            plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
            return {node["Relation Name"] for node in _nodes(plan) if _is_whole(node)}
        cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        steps = " ".join(row[3] for row in cursor.cursor.fetchall())
    return GROWING & set(re.findall(r"SCAN (\w+)", steps))


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


def _is_whole(node: dict) -> bool:
    if node.get("Relation Name") not in GROWING:
        return False
    return node["Node Type"] == "Seq Scan" or node["Plan Rows"] > MANY / 10


def test_control_a_whole_table_is_noticed(crowd):
    with whole_tables_read() as read:
        list(Attendee.objects.filter(staff_note="nobody has this"))
    assert len(read) == 1


def test_what_is_done_for_one_reads_no_whole_table(crowd, conference):
    kinds = three_kinds(conference)
    sold = factories.order(
        conference=conference, total="100.00", status="pending", seats=2, ticket_type=kinds["Student"]
    )
    seat, other = sold.attendees.order_by("pk")
    staff = factories.staff(conference=conference, role=Role.ORGANISER).user
    now = timezone.now()

    def pay(order: Order) -> None:
        record_payment(order=order, amount=order.total, method="cash", note="", by=staff, now=now)

    with whole_tables_read() as read:
        pay(sold)
        pay(change(seat, kinds["Regular"]))
        transfer_ticket(
            attendee=other, name="Ann", email="ann@example.org", by=sold.user, now=now, code=other.access_code
        )
        refund_order(order=sold, amount=Decimal(1), reason="Late", by=staff, now=now, request_id=uuid.uuid4())
        cancel_seat(attendee=seat, reason="Ill", by=staff, now=now)
        buyer, organiser = Client(), Client()
        buyer.force_login(sold.user)
        organiser.force_login(staff)
        for client, path in [
            (buyer, "/me/"),
            (buyer, f"/orders/{sold.reference}/"),
            (organiser, f"/staff/{conference.slug}/orders/{sold.reference}/"),
            (organiser, f"/staff/{conference.slug}/orders/{sold.reference}/refund/"),
            (organiser, f"/staff/{conference.slug}/attendees/{seat.pk}/"),
            (organiser, f"/staff/{conference.slug}/attendees/{seat.pk}/exchange/"),
            (organiser, f"/t/{other.access_code}/"),
            (buyer, f"/conferences/{conference.slug}/register/"),
            (buyer, f"/conferences/{conference.slug}/register/?ticket={kinds['Regular'].slug}"),
            (buyer, f"/conferences/{conference.slug}/"),
        ]:
            assert client.get(path).status_code in {200, 302}, path
    assert read == [], "\n".join(read)
