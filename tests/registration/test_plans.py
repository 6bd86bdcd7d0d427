"""What is done for one person costs the same among many: no statement of it reads a whole table, as the database itself
says when it is asked how it would go about it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from post_office.models import PRIORITY, STATUS, Email

from conferences.models import Conference, Role
from registration.attendee.claim import claim_seats
from registration.attendee.models import Attendee
from registration.changes.lost import answer_lost_requests, ask_for_lost_tickets
from registration.changes.transfer import transfer_ticket
from registration.invitation.accepting import accept_invitation
from registration.invitation.inviting import Invitee, invite
from registration.mail.delivery import claim_next
from registration.management.commands.worker import JOBS
from registration.money.models import BankLine
from registration.money.payouts import send_older_refunds
from registration.notices.moving import note_places
from registration.order.cancellation import cancel_seat
from registration.order.history import Event
from registration.order.models import Order, OrderEvent, OrderLine
from registration.order.models_money import Payment, Payout, Refund
from registration.order.payment import record_payment
from registration.order.refund import refund_order
from tests import factories, fakestripe
from tests.registration.order.exchanges import change, three_kinds

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

MANY = 3000
# Those that the fixture fills: PostgreSQL reads a small table whole because it is small.
GROWING = {
    f"registration_{name}"
    for name in ("attendee", "order", "orderline", "orderevent", "payment", "refund", "user", "bankline", "payout")
} | {"account_emailaddress", "post_office_email"}
# SQLite takes some for a row that it only steps over.
STEPS = MANY * 3


@pytest.fixture(scope="module")
def crowd(for_this_file):
    """A conference of many with an order each, half of them without an account."""
    conference = factories.conference()
    users = [
        factories.User(username=str(n), email=f"{n}@example.org" if n % 2 else None, name=f"Person {n}")
        for n in range(MANY)
    ]
    users = factories.User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users if user.email
    )
    orders = Order.objects.bulk_create(
        Order(conference=conference, user=user, status="paid", subtotal=Decimal(9), total=Decimal(9)) for user in users
    )
    seats = Attendee.objects.bulk_create(
        Attendee(
            conference=conference, user=user, order=order, name=user.name, access_code=f"{number:08d}",
            email=f"{number}@example.org", completed_registration=True,
        )
        for number, (user, order) in enumerate(zip(users, orders, strict=True))
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=seat.order, attendee=seat, text="Seat", price=Decimal(9)) for seat in seats
    )
    payments = Payment.objects.bulk_create(
        Payment(order=order, amount=Decimal(9), currency="EUR", method="stripe", external_id=f"pi_{order.pk}")
        for order in orders
    )
    refunds = Refund.objects.bulk_create(
        Refund(
            order=payment.order, payment=payment, amount=Decimal(1), currency="EUR", reason="Late",
            decided_at=timezone.now(), request_id=uuid.uuid4(),
        )
        for payment in payments
    )  # fmt: skip
    Payout.objects.bulk_create(
        Payout(refund=refund, amount=refund.amount, succeeded=True, at=refund.decided_at) for refund in refunds
    )
    OrderEvent.objects.bulk_create(OrderEvent(order=order, kind=Event.PAID, at=timezone.now()) for order in orders)
    BankLine.objects.bulk_create(
        BankLine(conference=conference, digest=f"{payment.pk:064d}", payment=payment) for payment in payments
    )
    conference.places_taken = MANY
    conference.save(update_fields=["places_taken"])
    _know_how_many()
    return conference


@pytest.fixture
def conference(crowd, db):
    return Conference.objects.get(pk=crowd.pk)


def _know_how_many() -> None:
    """As autovacuum does by itself; a site on SQLite never knows."""
    if connection.vendor == "postgresql":
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
        plan = " ".join(row[3] for row in cursor.cursor.fetchall())
    found = GROWING & set(re.findall(r"SCAN (\w+)", plan))
    # Or by an index of which it meets nearly every row.
    return found or ({plan} if _takes_many_steps(sql, params) else set())


def _takes_many_steps(sql: str, params, *, most: int = STEPS) -> bool:
    """Of SQLite's own machine."""
    taken = iter(range(most))
    connection.connection.set_progress_handler(lambda: next(taken, None) is None, 1)
    try:
        with connection.cursor() as cursor:
            cursor.cursor.execute(sql, params)
            cursor.cursor.fetchall()
    except sqlite3.OperationalError:  # "interrupted"
        return True
    finally:
        connection.connection.set_progress_handler(None, 0)
    return False


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for part in plan.get("Plans", []):
        # In the order that is asked for: it stops after the few.
        if (plan["Node Type"], part["Node Type"]) != ("Limit", "Index Scan"):
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
            (organiser, "/me/"),
            (buyer, f"/orders/{sold.reference}/"),
            (organiser, f"/staff/{conference.slug}/orders/?q={sold.reference.lower()}"),
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


def test_what_is_sent_to_one_address_or_done_by_whoever_has_it_reads_no_whole_table(crowd, conference):
    now = timezone.now()
    ask_for_lost_tickets(email="4@example.org", now=now)
    hidden = factories.ticket_type(conference=conference, requires_voucher=True)
    [invited] = invite(
        conference=conference, ticket_type=hidden, people=[Invitee("Ada", "8@example.org")], is_free=True, expires_at=None,
        by=factories.superuser(), now=now,
    )  # fmt: skip
    with whole_tables_read() as read:
        assert answer_lost_requests(now=now) == 1
        assert len(claim_seats(user=factories.user(), email="6@Example.org")) == 1
        accept_invitation(invitation=invited, now=now)
    assert read == [], "\n".join(read)


def test_bank_list_reads_no_orders_but_those_it_may_name(crowd, conference):
    sold = factories.order(conference=conference, total="100.00", status="pending")
    organiser = Client()
    organiser.force_login(factories.staff(conference=conference, role=Role.ORGANISER).user)
    lines = f"Date,Purpose,Amount\n2027-03-05,{sold.reference},100.00\n"
    with whole_tables_read() as read:
        page = organiser.post(
            f"/staff/{conference.slug}/money/bank/", {"file": SimpleUploadedFile("bank.csv", lines.encode())}
        )
    assert (page.status_code, sold.reference in page.content.decode()) == (200, True)
    assert read == [], "\n".join(read)


def test_search_for_orders_looks_for_the_seats_once_and_not_for_each_order(crowd):
    some = list(Attendee.objects.values_list("pk", flat=True)[:100])
    Attendee.objects.filter(pk__in=some).update(search_text="zuzanna")
    found = Order.objects.matching("zuzanna")
    assert found.count() == len(some)
    if connection.vendor == "sqlite":
        assert not _takes_many_steps(*found.query.sql_with_params(), most=MANY * 100)


def test_next_mail_is_found_among_many_that_wait(db):
    fields = {"from_email": "a@example.org", "to": ["b@example.org"], "status": STATUS.queued}
    Email.objects.bulk_create(Email(**fields, priority=PRIORITY.low) for _ in range(MANY))
    Email.objects.bulk_create(Email(**fields | {"status": STATUS.sent}) for _ in range(MANY))
    urgent = Email.objects.create(**fields | {"status": STATUS.requeued}, priority=PRIORITY.high)
    _know_how_many()
    with whole_tables_read() as read:
        assert next(claim_next(now=timezone.now())) == urgent
    assert read == [], "\n".join(read)


# The first now and then reads all; the second stops at the first seat, which its plan does not say.
LEFT_OUT = {send_older_refunds, note_places}


def test_no_job_reads_what_is_long_over(crowd, settings):
    then = timezone.now() - dt.timedelta(days=400)
    for rows, fields in [(Order, ["created_at", "updated_at"]), (Refund, ["decided_at"]), (Payment, ["recorded_at"])]:
        rows.objects.update(**dict.fromkeys(fields, then))
    Email.objects.bulk_create(Email(from_email="a@example.org", status=STATUS.sent) for _ in range(MANY))
    _know_how_many()
    with fakestripe.running() as stripe, whole_tables_read() as read:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = fakestripe.KEY, stripe.url
        for job in JOBS:
            if job.work not in LEFT_OUT:
                job.work(now=timezone.now())
    assert read == [], "\n".join(read)
