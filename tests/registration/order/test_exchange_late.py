"""A change of ticket that is paid too late or not at all: its money, its papers, its mails."""

import uuid
from decimal import Decimal

import pytest
from django.db import transaction
from post_office.models import Email

from registration.catalogue.models import TicketType
from registration.money.issues import look_at_surplus
from registration.money.models import Issue
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.due import expire_order
from registration.order.invoicing import ask_for_invoice
from registration.order.ledger import check_ledger
from registration.order.payment import receive_payment
from tests.registration.order.exchanges import NOW, change, pay, status, taken

pytestmark = pytest.mark.django_db


def expired(seat, kind):
    new = change(seat, kind)
    assert expire_order(order=new, over=new.due_at, now=new.due_at)
    Email.objects.all().delete()
    return new


def pay_late(order, amount=None):
    order.refresh_from_db()
    receive_payment(
        order=order, amount=amount or order.total, method="bank_transfer", note="", by=None, now=NOW, request_id=uuid.uuid4()
    )  # fmt: skip
    with transaction.atomic():
        look_at_surplus(order=order, about=order.reference, now=NOW)


def test_change_paid_after_it_expired_is_made_when_there_is_a_place(order, seat, kinds):
    new = expired(seat, kinds["Business"])
    pay_late(new)
    seat.refresh_from_db()
    assert (seat.order, seat.ticket_type, status(order, new)) == (new, kinds["Business"], ["paid", "paid"])
    assert taken(kinds) == {"Student": 1, "Regular": 0, "Business": 1}
    assert Issue.objects.count() == 0
    assert [event.kind for event in new.events.all()][-4:] == ["payment", "revived", "exchanged", "paid"]
    paid, ticket = Email.objects.order_by("pk")
    assert (paid.subject[:5], "has changed" in ticket.subject) == ("Paid:", True)


def test_part_of_it_that_comes_too_late_is_put_before_the_organisers(order, seat, kinds):
    new = expired(seat, kinds["Business"])
    pay_late(new, Decimal("20"))
    assert (status(new), [(issue.kind, issue.amount) for issue in Issue.objects.all()]) == (
        ["expired"], [("late", Decimal("20.00"))],
    )  # fmt: skip


def _sold_out(order, seat, kinds):
    TicketType.objects.filter(name="Business").update(total_quantity=1)
    change(order.attendees.exclude(pk=seat.pk).get(), kinds["Business"], by=order.user)


def _cancelled(order, seat, kinds):
    cancel_seat(attendee=seat, reason="ill", by=None, now=NOW)


def _changed_otherwise(order, seat, kinds):
    pay(change(seat, kinds["Regular"]))


def _waits_for_another(order, seat, kinds):
    change(seat, kinds["Regular"])


@pytest.mark.parametrize("meanwhile", [_sold_out, _cancelled, _changed_otherwise, _waits_for_another])
def test_change_paid_after_it_expired_is_put_before_the_organisers_when_it_cannot_be_made(
    order, seat, kinds, meanwhile
):
    new = expired(seat, kinds["Business"])
    meanwhile(order, seat, kinds)
    before = (taken(kinds), type(seat).objects.get(pk=seat.pk).order)
    pay_late(new)
    assert (taken(kinds), type(seat).objects.get(pk=seat.pk).order, status(new)) == (*before, ["expired"])
    issue = Issue.objects.get()
    assert (issue.kind, issue.order, issue.amount) == ("late", new, Decimal("150.00"))


def test_change_given_up_and_paid_for_all_the_same_is_put_before_the_organisers(order, seat, kinds):
    new = change(seat, kinds["Business"])
    cancel_order(order=new, reason="changed my mind", by=seat.user, now=NOW)
    pay_late(new)
    assert [(issue.kind, issue.amount) for issue in Issue.objects.all()] == [("closed", Decimal("150.00"))]


def test_what_was_invoiced_of_a_change_that_does_not_come_about_is_credited(conference, order, seat, kinds):
    type(conference).objects.update(invoice_sender="Example e.V.")
    seat.refresh_from_db()
    for number, end in enumerate((lambda new: expire_order(order=new, over=new.due_at, now=NOW), _drop)):
        new = change(seat, kinds["Business"])
        assert [invoice.total for invoice in ask_for_invoice(order=new, address="1 Quay", now=NOW)] == [150]
        end(new)
        invoice, credit_note = new.invoices.order_by("pk")
        assert (credit_note.kind, credit_note.total, credit_note.corrects) == ("credit_note", 150, invoice), number
    assert check_ledger(conference=conference) == []


def _drop(new):
    cancel_seat(attendee=new.lines.get().attendee, reason="ill", by=None, now=NOW)


def test_change_that_is_made_late_is_invoiced_anew(conference, order, seat, kinds):
    type(conference).objects.update(invoice_sender="Example e.V.")
    seat.refresh_from_db()
    new = change(seat, kinds["Business"])
    ask_for_invoice(order=new, address="1 Quay", now=NOW)
    expire_order(order=new, over=new.due_at, now=NOW)
    pay_late(new)
    assert [invoice.kind for invoice in new.invoices.order_by("pk")] == ["invoice", "credit_note", "invoice"]
    assert check_ledger(conference=conference) == []


# --- What the buyer reads ---------------------------------------------------------------------------------------------
def test_mails_of_a_change_say_that_the_ticket_stays_until_it_is_paid(order, seat, kinds):
    new = change(seat, kinds["Business"])
    assert expire_order(order=new, over=new.due_at, now=new.due_at)
    asked, over = (mail.message for mail in Email.objects.order_by("pk"))
    assert "Until it is paid, the ticket stays as it is and is good at the door." in asked
    assert "1 × Business" in asked and "in place of Student" in asked and "€150" in asked
    assert "so the ticket stays as it was" in over
    assert "on sale again" not in over
