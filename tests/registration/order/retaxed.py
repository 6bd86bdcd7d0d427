"""What the tests of tickets that are changed across tax rates have in common."""

import datetime as dt
from decimal import Decimal

import pytest

from registration.order.ledger import check_ledger
from registration.order.models import OrderLine
from registration.order.payment import record_payment
from tests import factories
from tests.registration.order.books import SENDER
from tests.registration.order.credits import use, with_credit
from tests.registration.order.exchanges import NOW

D = Decimal


@pytest.fixture(name="conference")
def coming_conference(db):
    return factories.conference(
        invoice_sender=SENDER, invoice_prefix="T", start_date=dt.date(2999, 1, 1), end_date=dt.date(2999, 1, 2)
    )  # fmt: skip


@pytest.fixture(name="kinds")
def kinds_of_two_rates(conference):
    """Student 50 at 19 %, Regular 120 at 7 %, Business 200 at 19 %, all of which can be cancelled."""
    offered = {"Student": (50, 19), "Regular": (120, 7), "Business": (200, 19)}
    return {
        name: factories.ticket_type(
            conference=conference, name=name, price=D(price), tax_rate=D(rate), is_cancellable=True
        )
        for name, (price, rate) in offered.items()
    }


@pytest.fixture(name="order")
def sold_student(conference, kinds):
    return sold(conference, kinds["Student"])


def sold(conference, kind, method="cash"):
    """One ticket, paid."""
    made = factories.order(conference=conference, total=kind.price, status="pending", ticket_type=kind)
    made.lines.update(tax_rate=kind.tax_rate)
    if method == "credit":
        with_credit(made.user, conference, str(made.total))
        use(made)
    else:
        record_payment(order=made, amount=made.total, method=method, note="", by=factories.user(), now=NOW)
    return made


def papers(*orders):
    """Kind, and of each line on it its words, rate and amount."""
    return [
        (each.kind, *((line["text"], line["rate"], line["amount"]) for line in each.content["lines"]))
        for order in orders
        for each in order.invoices.order_by("pk")
    ]


def lines(*orders):
    found = OrderLine.objects.filter(order__in=orders).order_by("pk")
    return [(line.price, line.tax_rate, line.tax, line.taxed_as) for line in found]


def agree(conference):
    assert check_ledger(conference=conference) == []
