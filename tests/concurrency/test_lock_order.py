"""Whoever issues an invoice and changes places locks the numbers first, so that two of them never wait for each other. Read
from the statements themselves, so that no moment has to be met.
"""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.catalogue.models import TicketType
from registration.changes.own_cancellation import cancel_own_ticket
from registration.order.cancellation import cancel_order
from registration.order.credit import pay_with_credit
from registration.order.exchange import exchange_ticket
from registration.order.invoicing import ask_for_invoice
from registration.order.models import Order, OrderLine
from registration.order.models_invoice import Invoice
from registration.order.models_money import PaymentMethod
from registration.order.payment import receive_payment, record_payment
from registration.order.recount import recount_places
from registration.order.refund import refund_order
from registration.order.walk_in import sell_at_desk
from tests import factories
from tests.registration.order.books import invoicing_conference
from tests.registration.order.credits import with_credit

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW = timezone.now()
NUMBERS = "registration_invoicecounter"
PLACES = {"conferences_conference", "registration_tickettype", "registration_addon", "registration_voucher"}
TABLE = re.compile(r'^(?:UPDATE|.*? FROM) "(\w+)"', re.DOTALL)


def locked(queries: CaptureQueriesContext) -> list[str]:
    """What was locked, in the order in which it was locked first. SQLite has no FOR UPDATE, but there, too, whoever looks
    at the numbers is about to take one.
    """
    found: dict[str, None] = {}
    for query in queries:
        sql = query["sql"]
        table = match[1] if (match := TABLE.match(sql)) else ""
        if table == NUMBERS:
            found["numbers"] = None
        elif table in PLACES and (sql.startswith("UPDATE") or "FOR UPDATE" in sql):
            found["places"] = None
    return list(found)


@pytest.fixture
def kinds(db):
    conference = invoicing_conference()
    return [
        factories.ticket_type(conference=conference, name=name, price=Decimal(price), is_cancellable=True)
        for name, price in (("Student", 50), ("Business", 200))
    ]


@pytest.fixture
def order(kinds) -> Order:
    type(kinds[0].conference).objects.update(start_date="2999-01-01", end_date="2999-01-02")
    order = sold(kinds[0])
    pay(order)
    return order


def sold(kind, seats=2):
    total = kind.price * seats
    return factories.order(
        conference=kind.conference, total=total, status="pending", seats=seats, ticket_type=kind
    )  # fmt: skip


def pay(order):
    record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=NOW)


def exchange(order, kind):
    seat = order.attendees.first()
    seat.conference.refresh_from_db()
    return exchange_ticket(
        attendee=seat, ticket_type=kind, by=order.user, now=NOW, request_id=uuid.uuid4(), is_staff=True
    )


def gives_back_by_oneself(order, kinds):
    seat = order.attendees.get(user=order.user)
    return lambda: cancel_own_ticket(attendee=seat, by=order.user, now=NOW, request_id=uuid.uuid4())


def walks_in(order, kinds):
    def sell():
        with transaction.atomic():
            sell_at_desk(
                conference=kinds[0].conference, ticket_type=kinds[0], name="Ada", email="", method=PaymentMethod.CASH,
                note="", request_id=uuid.uuid4(), by=None, by_name="Desk", now=NOW,
            )  # fmt: skip

    return sell


def is_refunded(order, kinds):
    seats = [order.attendees.first()]
    return lambda: refund_order(
        order=order, amount=Decimal(50), seats=seats, reason="Ill", by=None, now=NOW, request_id=uuid.uuid4()
    )


def pays_for_a_change(order, kinds):
    new = exchange(order, kinds[1])
    return lambda: pay(new)


def changes_to_cheaper(order, kinds):
    dear = sold(kinds[1])
    pay(dear)
    return lambda: exchange(dear, kinds[0])


def cancels_what_is_invoiced(order, kinds):
    unpaid = sold(kinds[1])
    ask_for_invoice(order=unpaid, address="Somebody", now=NOW)
    return lambda: cancel_order(order=unpaid, reason="Ill", by=None, now=NOW)


def pays_late(order, kinds):
    late = sold(kinds[1])
    late.attendees.update(state="cancelled")
    Order.objects.filter(pk=late.pk).update(status="expired")
    recount_places(conference=late.conference, fix=True)
    return lambda: receive_payment(
        order=late, amount=late.total, method="cash", note="", by=None, now=NOW, request_id=uuid.uuid4()
    )


def pays_for_a_change_by_credit(order, kinds):
    new = exchange(order, kinds[1])
    Order.objects.filter(pk=new.pk).update(user=order.user)
    new.refresh_from_db()
    with_credit(order.user, new.conference, "200.00")
    return lambda: pay_with_credit(order=new, by=order.user, now=NOW, request_id=uuid.uuid4())


def gets_the_first_credit(order, kinds):
    seats = [order.attendees.first()]
    return lambda: refund_order(
        order=order, amount=Decimal(50), seats=seats, reason="Ill", by=None, now=NOW, request_id=uuid.uuid4(),
        as_credit=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "somebody",
    [
        gives_back_by_oneself, walks_in, is_refunded, pays_for_a_change, changes_to_cheaper, cancels_what_is_invoiced,
        pays_late, pays_for_a_change_by_credit, gets_the_first_credit,
    ],
)  # fmt: skip
def test_numbers_before_places(order, kinds, somebody):
    acts, before = somebody(order, kinds), Invoice.objects.count()
    with CaptureQueriesContext(connection) as queries:
        acts()
    assert Invoice.objects.count() > before
    assert locked(queries) == ["numbers", "places"]


@pytest.mark.parametrize(
    ("somebody", "first", "then"),
    [
        (pays_for_a_change_by_credit, ("SELECT", '"registration_credit"'), ("SELECT", "registration_attendee")),
        (gets_the_first_credit, ("SELECT", NUMBERS), ("INSERT", '"registration_credit"')),
    ],
)
def test_credit_is_locked_first_by_who_takes_and_made_by_who_has_locked_the_numbers(
    order, kinds, somebody, first, then
):
    acts = somebody(order, kinds)
    with CaptureQueriesContext(connection) as queries:
        acts()
    sql = [query["sql"] for query in queries]
    found = [
        next(n for n, each in enumerate(sql) if each.startswith(how) and table in each) for how, table in (first, then)
    ]
    assert found == sorted(found)


def test_change_paid_late_locks_both_tickets_before_it_moves_either(order, kinds):
    new = exchange(order, kinds[1])
    Order.objects.filter(pk=new.pk).update(status="expired")
    new.lines.update(released_at=NOW)
    recount_places(conference=new.conference, fix=True)
    with CaptureQueriesContext(connection) as queries:
        receive_payment(
            order=new, amount=new.total, method="cash", note="", by=None, now=NOW, request_id=uuid.uuid4()
        )  # fmt: skip
    assert new.attendees.get().ticket_type == kinds[1]
    statements = [query["sql"] for query in queries if TABLE.match(query["sql"])]
    moves = [sql for sql in statements if sql.startswith('UPDATE "registration_tickettype"')]
    first = statements[: statements.index(moves[0])]
    asked = f"IN ({kinds[0].pk}, {kinds[1].pk})", f"IN ({kinds[1].pk}, {kinds[0].pk})"
    locking = [sql for sql in first if 'FROM "registration_tickettype"' in sql and any(each in sql for each in asked)]
    assert (len(moves), len(locking)) == (2, 1)
    assert ("FOR UPDATE" in locking[0]) == connection.features.has_select_for_update


@pytest.mark.parametrize("is_late", [False, True])
def test_change_that_is_paid_locks_all_orders_of_its_seat_at_once_before_the_numbers(order, kinds, is_late):
    """It taxes anew what was paid in each of them; the seats come first, so that whoever changes one of them waits there."""
    type(kinds[1]).objects.filter(pk=kinds[1].pk).update(tax_rate=7)
    between = factories.ticket_type(conference=kinds[0].conference, name="Regular", price=Decimal(120), tax_rate=19)
    first = exchange(order, between)
    pay(first)
    last = exchange(first, TicketType.objects.get(pk=kinds[1].pk))
    if is_late:
        Order.objects.filter(pk=last.pk).update(status="expired")
        last.lines.update(released_at=NOW)
        recount_places(conference=last.conference, fix=True)
    with CaptureQueriesContext(connection) as queries:
        receive_payment(
            order=last, amount=last.total, method="cash", note="", by=None, now=NOW, request_id=uuid.uuid4()
        )  # fmt: skip
    rates = OrderLine.objects.filter(attendee=last.attendees.get()).order_by("order").values_list("order", "tax_rate")
    assert list(rates) == [(order.pk, 7), (first.pk, 7), (last.pk, 7)]
    statements = [query["sql"] for query in queries if TABLE.match(query["sql"])]
    asked = re.compile(
        r'SELECT "registration_order"."id" .*WHERE "registration_order"."id" IN \(([\d, ]+)\) ORDER BY 1 ASC'
    )
    locking = [(number, match[1]) for number, sql in enumerate(statements) if (match := asked.match(sql))]
    assert {int(key) for key in locking[0][1].split(", ")} == {order.pk, first.pk, last.pk}
    seats, numbers = (
        next(number for number, sql in enumerate(statements) if TABLE.match(sql)[1] == table)
        for table in ("registration_attendee", NUMBERS)
    )
    assert seats < locking[0][0] < numbers
    assert ("FOR UPDATE" in statements[locking[0][0]]) == connection.features.has_select_for_update
