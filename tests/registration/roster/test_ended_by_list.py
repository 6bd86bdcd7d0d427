"""What a list ends that was bought here, and not imported: the money and everything else that went with the ticket."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.catalogue.models import Reduction
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.invoicing import ask_for_invoice
from registration.order.ledger import check_ledger
from registration.roster.export import csv_parts
from tests import factories
from tests.registration.order.books import invoicing_conference, pay
from tests.registration.roster.lists import load, person, seat_of

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def conference(db):
    return invoicing_conference()


@pytest.fixture
def voucher(conference):
    return factories.voucher(conference=conference, code="HALF", reduction=Reduction.PERCENT, value=D(50), max_uses=5)


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", price=D(45), total_quantity=9, limit_per_seat=2)


@pytest.fixture
def order(conference, voucher, dinner):
    """Two tickets of 50 in place of 100, each with two dinners at half their price."""
    kind = factories.ticket_type(conference=conference, name="Regular", price=D(100))
    seats = [
        SeatRequest(kind, name=name, email=f"{name.lower()}@example.org", add_ons={dinner: 2})
        for name in ("Ada", "Grace")
    ]
    return place_order(
        conference=conference, buyer=factories.user(), seats=seats, voucher_code="HALF", now=timezone.now(),
        checkout_id=uuid.uuid4(),
    )  # fmt: skip


def end_in_own_list(conference, name):
    """Our own export, with the state of one person changed in it."""
    seats = conference.attendees.order_by("pk")
    lines = "".join(csv_parts(conference=conference, seats=seats)).split("\r\n")
    changed = [line.replace(",valid,", ",cancelled,") if line.startswith(f"{name},") else line for line in lines]
    assert changed != lines
    return load(conference, "\r\n".join(changed).encode())


def test_what_a_ticket_had_taken_is_free_again_and_the_rest_is_owed(conference, order, voucher, dinner):
    (invoice,) = ask_for_invoice(order=order, address="", now=timezone.now())
    one = order.total / 2
    assert (order.discount, invoice.total) == (order.subtotal - order.total, order.total)
    assert end_in_own_list(conference, "Grace").cancelled == 1
    for row in (order, voucher, dinner):
        row.refresh_from_db()
    assert (order.total, order.subtotal - order.discount, order.discount) == (one, one, sum_of_discounts(order))
    assert (voucher.used, dinner.taken) == (1, 2)
    assert [each.kind for each in order.invoices.order_by("pk")] == ["invoice", "credit_note"]
    assert check_ledger(conference=conference) == []


@pytest.mark.both_databases
def test_what_was_paid_stays_in_the_books(conference, order, voucher, dinner):
    pay(order)
    end_in_own_list(conference, "Grace")
    for row in (order, voucher, dinner):
        row.refresh_from_db()
    assert (order.status, voucher.used, dinner.taken) == ("paid", 1, 2)
    assert check_ledger(conference=conference) == []


def test_newer_list_with_another_price_corrects_the_invoice(conference):
    load(conference, person(1))
    order = seat_of(conference).order
    ask_for_invoice(order=order, address="", now=timezone.now())
    load(conference, person(1, Price="80.00"))
    assert [(each.kind, each.total) for each in order.invoices.order_by("pk")] == [
        ("invoice", D("100.00")), ("credit_note", D("20.00")),
    ]  # fmt: skip
    assert check_ledger(conference=conference) == []


def sum_of_discounts(order):
    return sum(line.discount * line.quantity for line in order.lines.live())
