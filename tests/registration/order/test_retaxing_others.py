"""A ticket changed for one of another tax rate, and what else there is of its order: seats, add-ons, refunds, addresses."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from post_office.models import Email

from registration.errors import RegistrationError
from registration.order import completion
from registration.order.invoicing import ask_for_invoice
from registration.order.models import Order
from registration.order.models_invoice import Invoice
from registration.order.refund import refund_order
from tests import factories
from tests.registration.order.books import SENDER
from tests.registration.order.exchanges import NOW, change, pay, taken
from tests.registration.order.retaxed import (  # noqa: F401 -- three are fixtures
    agree,
    coming_conference,
    kinds_of_two_rates,
    lines,
    papers,
    sold,
    sold_student,
)

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.mark.both_databases
def test_other_seats_and_add_ons_keep_their_rate_and_credit_notes_correct_the_invoice_they_stand_on(conference, kinds):
    made = factories.order(
        conference=conference, total="100.00", status="pending", seats=2, ticket_type=kinds["Student"]
    )
    mine, other = made.attendees.order_by("pk")
    dinner = factories.add_on(conference=conference, name="Dinner", price=D(30), taken=1)
    made.lines.create(attendee=mine, add_on=dinner, text="Dinner", price=30, tax_rate=21)
    made.lines.filter(add_on=None).update(tax_rate=19)
    Order.objects.filter(pk=made.pk).update(total=130, subtotal=130)
    pay(made)
    new = change(mine, kinds["Regular"])
    pay(new)
    assert [line[:2] for line in lines(made)] == [(50, 7), (50, 19), (30, 21)]
    assert papers(made)[1:] == [
        ("credit_note", ("Student", "19.00", "50.00")), ("invoice", ("Student, changed to Regular", "7.00", "50.00")),
    ]  # fmt: skip
    first, _note, second = made.invoices.order_by("pk")
    refund_order(
        order=made, amount=D(50), seats=[other], reason="ill", by=None, now=NOW, request_id=uuid.uuid4()
    )  # fmt: skip
    assert made.invoices.order_by("pk").last().corrects == first
    # What is of several invoices has a credit note for each.
    ask_for_invoice(order=made, address="Engines Ltd", now=NOW)
    made.refresh_from_db()
    *_before, of_first, of_second, anew = made.invoices.order_by("pk")
    assert (of_first.corrects, of_first.total, of_second.corrects, of_second.total) == (first, 30, second, 50)
    assert {(line["text"], line["rate"]) for line in anew.content["lines"]} == {
        ("Student, changed to Regular", "7.00"), ("Dinner", "21.00"),
    }  # fmt: skip
    agree(conference)


def test_what_was_given_back_before_is_not_taxed_anew(conference, order, seat, kinds):
    refund_order(order=order, amount=D(20), reason="rain", by=None, now=NOW, request_id=uuid.uuid4())
    new = change(seat, kinds["Regular"])
    pay(new)
    assert (new.total, papers(order)[1:]) == (
        90,
        [
            ("credit_note", ("Student", "19.00", "20.00")), ("credit_note", ("Student", "19.00", "30.00")),
            ("invoice", ("Student, changed to Regular", "7.00", "30.00")),
        ],
    )  # fmt: skip
    agree(conference)


def test_line_of_which_nothing_is_left_keeps_its_rate(conference, order, seat, kinds):
    refund_order(order=order, amount=D(50), reason="rain", by=None, now=NOW, request_id=uuid.uuid4())
    pay(change(seat, kinds["Regular"]))
    assert (lines(order)[0][1], len(papers(order))) == (19, 2)
    agree(conference)


def test_who_paid_for_it_has_the_papers_whoever_changes_it(conference, order, seat, kinds):
    ask_for_invoice(order=order, address="Engines Ltd", now=NOW)
    holder = factories.user(name="Grace")
    type(seat).objects.filter(pk=seat.pk).update(user=holder)
    new = change(seat, kinds["Regular"], by=holder)
    pay(new)
    assert [each.content["recipient"] for each in order.invoices.order_by("pk")][1:] == [
        [order.user.name], ["Engines Ltd"], ["Engines Ltd"], ["Engines Ltd"],
    ]  # fmt: skip
    assert new.invoices.get().content["recipient"] == ["Grace"]
    agree(conference)


@pytest.mark.both_databases
def test_who_bought_it_is_mailed_the_new_papers_when_somebody_else_changes_it(order, seat, kinds):
    holder = factories.user(name="Grace")
    type(seat).objects.filter(pk=seat.pk).update(user=holder, email=holder.email)
    new = change(seat, kinds["Regular"], by=holder)
    Email.objects.all().delete()
    pay(new)
    told = Email.objects.get(to=[order.user.email])
    _first, note, invoice = order.invoices.order_by("pk")
    assert told.subject == f"New invoice for your order: {order.conference}, {order.reference}"
    for part in (told.message, told.html_message):
        assert f"Credit note {note.name}: €50" in part and f"Invoice {invoice.name}: €50" in part
        assert reverse("order", args=[order.reference]) in part and new.reference not in part
    # At once, where nothing is to be paid; and once for each order, each to its own buyer.
    Email.objects.all().delete()
    change(seat, kinds["Business"], is_staff=True, is_waived=True, by=factories.user())
    renewed = Email.objects.filter(subject__startswith="New invoice").order_by("pk")
    assert sorted((mail.to[0], mail.subject[-8:]) for mail in renewed) == sorted(
        (each.user.email, each.reference) for each in (order, new)
    )
    # With what goes back, where that is of the order itself; where no paper is new there is nothing to tell.
    Email.objects.all().delete()
    change(seat, kinds["Student"], is_staff=True, is_waived=True, by=factories.user())
    assert not Email.objects.filter(to=[order.user.email]).exists()
    change(seat, factories.ticket_type(conference=order.conference, name="Day", price=D(10), tax_rate=D(7)), by=holder)
    told = Email.objects.get(to=[order.user.email])
    papers = list(order.invoices.order_by("pk"))[-2:]
    assert told.subject.startswith("You get €40 back")
    for paper, amount in zip(papers, (50, 10), strict=True):
        said = f"{paper.get_kind_display()} {paper.name}: €{amount}"
        assert said in told.message and said in told.html_message


@pytest.mark.both_databases
def test_where_no_invoices_are_issued_the_lines_alone_change(conference, kinds):
    type(conference).objects.update(invoice_sender="")
    conference.refresh_from_db()
    made = sold(conference, kinds["Student"])
    pay(change(made.attendees.get(), kinds["Regular"], by=made.user))
    assert (lines(made)[0], Invoice.objects.count()) == ((50, 7, D("3.27"), "Regular"), 0)
    assert not Email.objects.filter(subject__startswith="New invoice").exists()
    # Who names a sender later issues what is right by then.
    type(conference).objects.update(invoice_sender=SENDER)
    ask_for_invoice(order=made, address="", now=NOW)
    assert papers(made) == [("invoice", ("Student, changed to Regular", "7.00", "50.00"))]
    agree(conference)


def test_papers_that_changes_bring_do_not_use_up_the_changes_of_the_address(order, seat, kinds):
    for _time in range(3):
        for kind in (kinds["Regular"], kinds["Student"]):
            change(seat, kind, is_staff=True, is_waived=True, by=factories.user())
    assert order.invoices.count() == 13
    for number in range(5):
        ask_for_invoice(order=order, address=f"{number}", now=NOW)
    with pytest.raises(RegistrationError) as refused:
        ask_for_invoice(order=order, address="once more", now=NOW)
    assert refused.value.code == "changed_too_often"


# --- All or nothing ---------------------------------------------------------------------------------------------------
def test_what_fails_on_the_way_leaves_nothing_half(conference, order, seat, kinds, monkeypatch):
    new = change(seat, kinds["Regular"])
    keep_books = completion.keep_books

    def fail_at_the_old_order(*, order, now):
        issued = keep_books(order=order, now=now)
        assert order == new, "the power went"
        return issued

    before = (lines(order, new), papers(order, new), taken(kinds), order.events.count())
    with monkeypatch.context() as patch, pytest.raises(AssertionError, match="the power went"):
        patch.setattr(completion, "keep_books", fail_at_the_old_order)
        pay(new)
    assert (lines(order, new), papers(order, new), taken(kinds), order.events.count()) == before
    agree(conference)
    pay(new)
    assert [line[:2] for line in lines(order, new)] == [(50, 7), (70, 7)]
    agree(conference)
