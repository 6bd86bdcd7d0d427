"""Invoices say what is sold, to the cent, are numbered without a gap, and never change."""

import datetime as dt
import threading
from decimal import Decimal

import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.errors import RegistrationError
from registration.order import invoicing
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.invoice_content import Part
from registration.order.invoice_pdf import invoice_pdf, receipt_pdf
from registration.order.invoicing import ask_for_invoice, keep_books
from registration.order.ledger import check_ledger
from registration.order.models import OrderLine
from registration.order.models_invoice import Invoice, InvoiceCounter
from registration.order.recount import recount_places
from tests import factories
from tests.registration.order import books
from tests.registration.order.books import SENDER, invoicing_conference, pay, refund, unpaid

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def conference(db):
    return invoicing_conference()


@pytest.fixture
def order(conference):
    return unpaid(conference)


def papers(order):
    assert check_ledger(conference=order.conference) == []
    return [(each.kind, each.name, str(each.total)) for each in order.invoices.order_by("pk")]


def test_paid_order_has_its_invoice_at_once(order):
    assert papers(order) == []
    pay(order)
    assert papers(order) == [("invoice", "T27-0001", "119.00")]
    content = order.invoices.get().content
    assert content["sums"] == [["Net at 19 %", "€100.00"], ["Tax of 19 %", "€19.00"], ["Total", "€119.00"]]
    assert (content["sender"], content["recipient"]) == (SENDER.split("\n"), [order.user.name])
    assert ["VAT number", "DE 123"] in content["facts"]


def test_without_a_sender_and_for_what_is_free_there_is_none(conference):
    free = factories.order(conference=conference)
    with transaction.atomic():
        assert keep_books(order=free, now=timezone.now()) == []
    type(conference).objects.update(invoice_sender="")
    conference.refresh_from_db()
    order = unpaid(conference)
    pay(order)
    assert papers(order) == []
    with pytest.raises(RegistrationError) as refused:
        ask_for_invoice(order=order, address="", now=timezone.now())
    assert refused.value.code == "no_invoices"


def test_refund_has_a_credit_note_for_just_that(order):
    pay(order)
    refund(order, "59.50", [order.attendees.first()])
    assert papers(order) == [("invoice", "T27-0001", "119.00"), ("credit_note", "T27-0002", "59.50")]
    note = order.invoices.get(kind="credit_note")
    assert (note.corrects.name, note.content["sums"][-1]) == ("T27-0001", ["Credited", "€59.50"])
    assert ["Corrects", "T27-0001"] in note.content["facts"]


def test_amounts_of_a_credit_note_are_kept_to_the_cent(order):
    pay(order)
    for amount in ("0.10", "0.20"):
        refund(order, amount, [order.attendees.first()])
    notes = order.invoices.filter(kind="credit_note").order_by("pk")
    kept = [(note.content["lines"][0]["amount"], note.content["taxes"][0]["gross"]) for note in notes]
    assert kept == [("0.10", "0.10"), ("0.20", "0.20")]


def test_what_was_paid_too_much_goes_back_without_a_credit_note(order):
    pay(order, Decimal("129.00"))
    refund(order, "10.00")
    assert len(papers(order)) == 1


def test_seat_that_is_cancelled_and_not_refunded_stays_on_the_invoice(order):
    pay(order)
    cancel_seat(attendee=order.attendees.first(), reason="Ill", by=factories.user(), now=timezone.now())
    assert len(papers(order)) == 1


def test_invoice_can_be_had_before_it_is_paid(order):
    ask_for_invoice(order=order, address="Engines Ltd\n1 Mill Lane", now=timezone.now())
    assert papers(order) == [("invoice", "T27-0001", "119.00")]
    assert order.invoices.get().content["recipient"] == ["Engines Ltd", "1 Mill Lane"]
    pay(order)
    assert len(papers(order)) == 1


def test_invoiced_order_that_is_never_paid_is_credited(order):
    ask_for_invoice(order=order, address="", now=timezone.now())
    cancel_seat(attendee=order.attendees.first(), reason="Ill", by=factories.user(), now=timezone.now())
    order.refresh_from_db()
    cancel_order(order=order, reason="Ill", by=factories.user(), now=timezone.now())
    assert papers(order) == [
        ("invoice", "T27-0001", "119.00"), ("credit_note", "T27-0002", "59.50"), ("credit_note", "T27-0003", "59.50"),
    ]  # fmt: skip


def test_another_address_credits_the_old_invoice_and_issues_a_new_one(order):
    pay(order)
    for address in ("Engines Ltd", "Engines Ltd", "Engines plc"):
        ask_for_invoice(order=order, address=address, now=timezone.now(), by=order.user)
    told = order.events.filter(kind="billed").values_list("by", "details")
    assert list(told) == [
        (order.user_id, {"invoices": ["T27-0002", "T27-0003"]}),
        (order.user_id, {"invoices": ["T27-0004", "T27-0005"]}),
    ]
    assert [kind for kind, _name, _total in papers(order)] == [
        "invoice",
        "credit_note",
        "invoice",
        "credit_note",
        "invoice",
    ]
    assert [each.content["recipient"] for each in order.invoices.filter(kind="invoice").order_by("pk")] == [
        [order.user.name], ["Engines Ltd"], ["Engines plc"],
    ]  # fmt: skip


def test_conferences_of_one_sender_never_give_the_same_number():
    names = []
    for slug in ("tide-2027", "tide-2028"):
        made = factories.order(
            conference=factories.conference(slug=slug, invoice_sender="Tide"), total="10.00", status="pending"
        )
        names += [each.name for each in ask_for_invoice(order=made, address="", now=timezone.now())]
    assert names == ["TIDE-2027-0001", "TIDE-2028-0001"]


def test_nothing_that_changes_later_changes_an_invoice(conference, order):
    pay(order)
    before = text_of(order.invoices.get())
    type(conference).objects.update(name="Another", invoice_sender="Others", currency="USD", invoice_prefix="X")
    order.lines.update(text="Another")
    assert text_of(Invoice.objects.get()) == before


def test_database_refuses_a_number_twice(conference, order):
    pay(order)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.create(
            conference=conference,
            order=order,
            kind="invoice",
            number=1,
            name="1",
            total=1,
            content={},
            issued_at=timezone.now(),
        )


def test_rolled_back_number_is_the_next_again(order):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask_for_invoice(order=order, address="", now=timezone.now())
        1 / 0  # noqa: B018
    pay(order)
    assert papers(order) == [("invoice", "T27-0001", "119.00")]


# --- PDF --------------------------------------------------------------------------------------------------------------
def text_of(record):
    make = invoice_pdf if isinstance(record, Invoice) else receipt_pdf
    with make(record) as file:
        document = pypdfium2.PdfDocument(file.read())
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_pdf_says_all_of_it(order):
    order.lines.filter(pk=order.lines.first().pk).update(text="Early bird *[#panic()] 東京 قهوة")
    ask_for_invoice(order=order, address="Engines & Söhne\n#eval(1)", now=timezone.now())
    text = text_of(order.invoices.get())
    for said in (
        "Invoice T27-0001",
        "Hafenstr. 1",
        "Engines & Söhne",
        "#eval(1)",
        "*[#panic()] 東京",
        "€119.00",
        "€19.00",
        "19 %",
    ):
        assert said in text, said


def test_two_hundred_lines_go_on_to_more_pages(conference):
    order = unpaid(conference, total="200.00", seats=1)
    OrderLine.objects.bulk_create(OrderLine(order=order, text=f"Dinner {n}", price=1, tax_rate=7) for n in range(200))
    ask_for_invoice(order=order, address="", now=timezone.now())
    assert ("Dinner 199" in text_of(order.invoices.get()), Invoice.objects.get().total) == (True, Decimal(400))


def test_receipt_says_what_came(order):
    pay(order)
    payment = order.payments.select_related("order__conference", "order__user").get()
    text = text_of(payment)
    assert all(said in text for said in ("Receipt", "Cash at the desk", "€119.00", order.reference)), text


# --- Tax --------------------------------------------------------------------------------------------------------------
cents = st.integers(0, 100_000).map(lambda number: Decimal(number) / 100)


@settings(max_examples=300)
@given(price=cents, steps=st.lists(cents, max_size=5), rate=st.sampled_from(["0", "7", "19", "5.50", "21"]))
def test_taxes_of_all_steps_add_up_to_the_tax_of_what_is_left(price, steps, rate):
    line, rate, before, tax = OrderLine(), Decimal(rate), Decimal(0), Decimal(0)
    for after in [price, *sorted((step for step in steps if step < price), reverse=True)]:
        part = Part(line, rate, before, after)
        tax += part.tax("EUR") if part.change > 0 else -part.tax("EUR")
        before = after
    assert tax == Part(line, rate, Decimal(0), before).tax("EUR")


# --- Numbers ----------------------------------------------------------------------------------------------------------
def invoice_at_once(count=8):
    """That many orders, each invoiced in a thread of its own; what went wrong."""
    conference, barrier, trouble = invoicing_conference(), threading.Barrier(count), []
    orders = [unpaid(conference) for _ in range(count)]

    def run(order):
        try:
            barrier.wait(30)
            pay(order)
        except Exception as error:
            trouble.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return conference, trouble


def test_numbers_have_no_gap_and_none_comes_twice(own_database):
    conference, trouble = invoice_at_once()
    assert trouble == []
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])


def test_control_without_the_lock_numbers_clash(own_database, monkeypatch):
    """Each reads the last number before any writes one."""
    read = threading.Barrier(8)

    def unlocked(conference):
        with transaction.atomic():
            counter, _made = InvoiceCounter.objects.get_or_create(conference=conference)
        return counter

    def take(conference):
        counter = numbers.pop()
        counter.last += 1
        counter.save()
        return counter.last

    numbers = []
    receive = books.receive_payment

    def read_first(**arguments):
        numbers.append(unlocked(arguments["order"].conference))
        read.wait(30)
        return receive(**arguments)

    monkeypatch.setattr(invoicing, "take_number", take)
    monkeypatch.setattr(books, "receive_payment", read_first)
    _conference, trouble = invoice_at_once()
    assert trouble
    assert Invoice.objects.count() < 8


def test_due_date_stands_on_what_is_to_be_paid(conference, order):
    type(order).objects.update(due_at=dt.datetime(2027, 3, 15, 22, 59, tzinfo=dt.UTC))
    ask_for_invoice(order=order, address="", now=timezone.now())
    (note,) = order.invoices.get().content["notes"]
    assert note == f"To be paid by March 15, 2027, with the reference {order.reference}."
