"""Who an order is invoiced to: the company's VAT number and reference, on papers that then stay as they are."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference, Role
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_order
from registration.order.invoicing import ask_for_invoice
from registration.order.ledger import check_ledger
from registration.order.vat_number import is_vat_number, tidy_vat_number
from tests import factories, factories_money
from tests.registration.order import exchanges
from tests.registration.order.books import invoicing_conference, pay, refund, unpaid
from tests.registration.order.test_invoicing import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    return unpaid(invoicing_conference())


def bill(order, **given):
    return ask_for_invoice(order=order, **{"address": "Engines Ltd", "now": timezone.now()} | given)


def customer(invoice):
    return [fact for fact in invoice.content["facts"] if fact[0].startswith("Customer")]


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [("", ""), (" de 123 456-789 ", "DE123456789"), ("ATU.12345678", "ATU12345678"), ("FRXX999999999", "FRXX999999999"),
     ("CHE-123.456.789 MWST", "CHE123456789MWST"), ("IE1S23456L", "IE1S23456L"), ("IE9+54321Y", "IE9+54321Y"), ("RO12", "RO12")],
)  # fmt: skip
def test_vat_number_is_kept_without_what_people_put_between(typed, tidy):
    assert (tidy_vat_number(typed), is_vat_number(typed)) == (tidy, bool(tidy))


@pytest.mark.parametrize(
    "typed", ["123456789", "DE", "DEUTSCHLAND", "D1234567", "DE123456789012345", "DE 12345678\u0669", "DE12345_789"]
)
def test_what_is_no_vat_number_is_refused(typed):
    assert not is_vat_number(typed)
    with pytest.raises(ValidationError, match="two letters for its country"):
        tidy_vat_number(typed)


def test_both_stand_on_the_invoice_and_on_its_credit_note_for_good(order):
    bill(order, vat_number="GB999999973", reference="PO 4711")
    pay(order)
    refund(order, "59.50", [order.attendees.first()])
    facts = [["Customer's VAT number", "GB999999973"], ["Customer's reference", "PO 4711"]]
    invoice, note = order.invoices.order_by("pk")
    assert [customer(invoice), customer(note)] == [facts, facts]
    for paper in (invoice, note):
        text = text_of(paper)
        assert "GB999999973" in text and "PO 4711" in text
    # Made out to somebody else, the old papers stay, and what takes them back is made out as they were.
    order.refresh_from_db()
    kept = [invoice.content, note.content]
    bill(order, address="Engines plc")
    before, first_note, taken_back, anew = order.invoices.order_by("pk")
    assert [before.content, first_note.content] == kept
    assert (taken_back.content["recipient"], customer(taken_back)) == (["Engines Ltd"], facts)
    assert (anew.content["recipient"], customer(anew)) == (["Engines plc"], [])
    assert check_ledger(conference=order.conference) == []


def test_another_number_or_reference_is_another_invoice_and_the_same_is_none(order):
    pay(order)
    made = [
        len(bill(order, **given))
        for given in (
            {"vat_number": "DE123456789"}, {"vat_number": "DE123456789"}, {"vat_number": "DE123456789", "reference": "4"},
        )
    ]  # fmt: skip
    assert made == [2, 0, 2]


def test_credit_note_of_an_invoice_from_before_there_were_numbers(order):
    pay(order)
    invoice = order.invoices.get()
    del invoice.content["customer"]
    invoice.save()
    refund(order, "59.50", [order.attendees.first()])
    assert customer(order.invoices.latest("pk")) == []


@pytest.mark.both_databases
def test_address_is_not_changed_for_ever(order):
    pay(order)
    with pytest.raises(RegistrationError) as refused:
        for number in range(20):
            ask_for_invoice(order=order, address=f"{number}", now=timezone.now())
    assert (refused.value.code, order.invoices.count()) == ("changed_too_often", 11)


def test_that_the_invoice_was_asked_for_is_no_change_of_its_address(order):
    for number in range(6):
        assert ask_for_invoice(order=order, address=f"{number}", now=timezone.now())
    with pytest.raises(RegistrationError) as refused:
        ask_for_invoice(order=order, address="once more", now=timezone.now())
    assert (refused.value.code, order.invoices.count()) == ("changed_too_often", 11)
    assert ask_for_invoice(order=order, address="5", now=timezone.now()) == []


@pytest.mark.parametrize(
    ("number", "language", "said"),
    [("DE 123456789", "en", "VAT number"), ("27/123/45678", "en", "Tax number"), ("DE123456789", "de", "USt-IdNr.")],
)
def test_number_of_the_sender_is_called_what_it_is(order, number, language, said):
    Conference.objects.update(invoice_tax_id=number, language=language)
    (made,) = bill(order, vat_number="ATU12345678", reference="4711")
    assert [said, number] in made.content["facts"]
    if language == "de":
        assert made.content["customer"] == [
            ["USt-IdNr. des Kunden", "ATU12345678"], ["Referenz des Kunden", "4711"],
        ]  # fmt: skip


@pytest.mark.parametrize(("whose", "number"), [("buyer", "GB999999973"), ("holder", "")])
def test_another_ticket_is_invoiced_as_the_first_was_to_the_same_buyer(order, whose, number):
    bill(order, vat_number="GB999999973", reference="PO 4711")
    pay(order)
    seat = order.attendees.first()
    dearer = factories.ticket_type(conference=order.conference, price=200, tax_rate=seat.order_lines.get().tax_rate)
    new = exchanges.change(seat, dearer, by=order.user if whose == "buyer" else factories.user())
    assert (new.billing_vat_number, bool(new.billing_address)) == (number, whose == "buyer")


@pytest.mark.parametrize("whose", ["buyer", "staff"])
def test_form_keeps_what_is_right_and_says_at_the_field_what_is_not(client, order, whose):
    if whose == "buyer":
        client.force_login(order.user)
        address, page = reverse("order-billing", args=[order.reference]), order.get_absolute_url()
    else:
        client.force_login(factories.staff(conference=order.conference, role=Role.DESK).user)
        address = reverse("staff-order-billing", args=[order.conference.slug, order.reference])
        page = reverse("staff-order", args=[order.conference.slug, order.reference])
    given = {"billing_address": "Engines <Ltd>", "billing_vat_number": "123456789", "billing_reference": "PO <4711>"}
    answer = client.post(address, given)
    html = answer.content.decode()
    assert (answer.status_code, order.invoices.count()) == (422, 0)
    assert answer.context["billing"].errors == {
        "billing_vat_number": [
            "A VAT number is two letters for its country and then letters and digits, such as DE123456789."
        ]
    }
    assert 'id="id_billing_vat_number_error"' in html and "Engines &lt;Ltd&gt;</textarea>" in html
    answer = client.post(address, given | {"billing_vat_number": "gb 999 9999 73"}, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert 'value="GB999999973"' in answer.content.decode() and 'value="PO &lt;4711&gt;"' in answer.content.decode()
    order.refresh_from_db()
    assert (order.billing_vat_number, order.billing_reference) == ("GB999999973", "PO <4711>")
    assert "The invoice is below." in answer.content.decode()
    # What is wrong is seen also where the form is folded away, since there is an invoice.
    assert "<details open>" in client.post(address, given).content.decode()


def test_invoice_is_offered_where_something_is_sold(client, order):
    client.force_login(order.user)

    def is_offered():
        page = client.get(order.get_absolute_url()).content.decode()
        assert "Receipt" in page
        return "Get the invoice" in page

    factories_money.payment(order=order, amount="10.00")
    assert is_offered()
    cancel_order(order=order, reason="Full", by=None, now=timezone.now())
    assert not is_offered()
