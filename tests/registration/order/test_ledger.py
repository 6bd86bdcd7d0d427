"""The ledger agrees with what is sold, and says what does not."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.order.invoicing import ask_for_invoice
from registration.order.ledger import check_ledger
from registration.order.models_invoice import Invoice
from tests import factories, factories_money
from tests.registration.order.books import invoicing_conference, pay, refund, unpaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db):
    return invoicing_conference()


@pytest.fixture
def order(conference):
    return unpaid(conference)


def said(conference):
    return [mistake.message for mistake in check_ledger(conference=conference)]


@pytest.mark.both_databases
def test_ledger_sees_what_does_not_agree(conference, order):
    pay(order)
    assert said(conference) == []
    first, _second = order.lines.order_by("pk")
    for change, message in [
        (
            lambda: order.lines.filter(pk=first.pk).update(price=50),
            f"line {first.pk} at 19.00 % is invoiced at 59.50 and sold at 50.00",
        ),
        (lambda: type(order).objects.update(total=100), "its lines are 119.00, its total is 100.00"),
        (lambda: type(order).objects.update(status="pending"), "it is to be paid, and 119.00 of 119.00 came"),
        (lambda: type(order).objects.update(status="refunded"), "it is refunded, and 0.00 of 119.00 went back"),
        (lambda: order.payments.update(amount=100), "it is paid, and 100.00 of 119.00 came"),
        (lambda: Invoice.objects.update(number=2), "invoice numbers have a gap"),
        (
            lambda: Invoice.objects.update(total=100),
            "T27-0001 is over 100.00, its lines are 119.00, and taxed are 119.00",
        ),
    ]:
        with transaction.atomic():
            change()
            assert message in said(conference)
            transaction.set_rollback(True)
    assert said(conference) == []


@pytest.mark.both_databases
def test_ledger_sees_a_tax_on_paper_that_is_not_that_of_its_lines(conference, order):
    pay(order)
    invoice = order.invoices.get()
    invoice.content["taxes"][0]["tax"] = "18.99"
    invoice.save(update_fields=["content"])
    assert said(conference) == ["at 19.00 % 18.99 of tax in 119.00 is on paper, and 19.00 in 119.00 is right"]


@pytest.mark.both_databases
def test_ledger_sees_a_credit_note_that_corrects_another_invoice_than_its_own(conference, order):
    """Where the sums agree nevertheless."""
    pay(order)
    ask_for_invoice(order=order, address="Engines Ltd", now=timezone.now())
    refund(order, "59.50", [order.attendees.first()])
    assert said(conference) == []
    first, *_others, last = order.invoices.order_by("pk")
    Invoice.objects.filter(pk=last.pk).update(corrects=first)
    assert said(conference) == ["more of T27-0001 is credited than stands on it"]


def test_command_says_what_does_not_agree(conference, order, capsys):
    pay(order)
    call_command("check_ledger", conference.slug)
    assert capsys.readouterr().out == "Every order agrees.\n"
    type(order).objects.update(status="pending")
    with pytest.raises(CommandError, match="1 do not agree"):
        call_command("check_ledger")
    assert (
        f"{conference.slug}: {order.reference}: it is to be paid, and 119.00 of 119.00 came" in capsys.readouterr().out
    )
    with pytest.raises(CommandError, match="No such conference"):
        call_command("check_ledger", "nowhere")


def test_order_imported_as_paid_needs_no_payment_here(conference):
    factories.order(conference=conference, total="50.00", imported_reference="X1")
    assert said(conference) == []
    factories.order(conference=conference, total="50.00")
    assert said(conference) == ["it is paid, and 0.00 of 50.00 came"]


def test_ledger_asks_as_often_for_many_orders_as_for_two(conference):
    def sell(number):
        for _order in range(number):
            factories_money.payment(order=factories.order(conference=conference, total="119.00"))

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert said(conference) == []
        return len(asked)

    sell(2)
    few = queries()
    sell(10)
    assert queries() == few
