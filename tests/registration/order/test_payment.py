"""Money adds up, and an order is complete when it is covered."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.errors import RegistrationError
from registration.order.models import OrderStatus
from registration.order.models_money import Payment, total_of
from registration.order.payment import paid_so_far, record_payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(conference):
    placed = factories.order(conference=conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    placed.attendees.update(completed_registration=False)
    return placed


def pay(order, amount, **fields):
    defaults = {"method": "bank_transfer", "note": "", "by": factories.user(), "now": timezone.now()}
    return record_payment(order=order, amount=Decimal(amount), **defaults | fields)


def completed(order):
    order.refresh_from_db()
    return order.status, list(order.attendees.values_list("completed_registration", flat=True))


def test_covering_payment_completes_every_seat(order):
    payment = pay(order, "100.00", note=" from A. Lovelace ")
    assert completed(order) == (OrderStatus.PAID, [True, True])
    assert (payment.amount, payment.currency, payment.note) == (Decimal("100.00"), "EUR", "from A. Lovelace")


def test_partial_payments_add_up(order):
    pay(order, "60.00")
    assert completed(order) == (OrderStatus.PENDING, [False, False])
    pay(order, "40.00")
    assert completed(order) == (OrderStatus.PAID, [True, True])


@pytest.mark.both_databases
def test_buyer_is_told_what_is_missing_and_how_to_pay_it(order):
    type(order.conference).objects.update(payment_instructions="IBAN BE00 0000", contact_email="hello@example.org")
    order.refresh_from_db()
    pay(order, "95.00")
    mail = Email.objects.get()
    assert (mail.to, mail.subject) == ([order.user.email], f"€5 is missing: {order.conference}, {order.reference}")
    for text in (mail.message, mail.html_message):
        assert ["€95" in text, "€5" in text, order.reference in text, "IBAN BE00 0000" in text] == [True] * 4
    pay(order, "5.00")
    assert [mail for mail in Email.objects.order_by("pk")[1:] if "missing" in mail.subject] == []


def test_nobody_is_told_that_something_is_missing_before_it_is_approved(order):
    type(order).objects.update(approval="asked")
    order.refresh_from_db()
    pay(order, "95.00")
    assert Email.objects.count() == 0


@pytest.mark.both_databases
def test_thousands_of_payments_add_up_to_the_cent(order):
    rows = (Payment(order=order, amount=Decimal("142.30"), currency="EUR", method="cash") for _number in range(6000))
    Payment.objects.bulk_create(rows)
    assert total_of(Payment.objects.all()) == Decimal("853800.00")


def test_too_much_is_recorded_as_it_came(order):
    pay(order, "120.50")
    assert completed(order) == (OrderStatus.PAID, [True, True])
    assert paid_so_far(order) == Decimal("120.50")


@pytest.mark.both_databases
def test_buyer_is_told_that_too_much_came(order):
    pay(order, "60.00")
    pay(order, "60.50")
    told = Email.objects.get(subject__startswith="Paid:")
    for text in (told.message, told.html_message):
        assert "€20.50 more than was to be paid has arrived." in text
    assert "more than was to be paid" not in "".join(
        Email.objects.exclude(pk=told.pk).values_list("message", flat=True)
    )


def test_who_paid_what_was_owed_reads_of_nothing_else(order):
    pay(order, "100.00")
    assert "more than" not in Email.objects.get(subject__startswith="Paid:").message


@pytest.mark.both_databases
def test_cancelled_seat_is_not_completed(order):
    order.attendees.filter(pk=order.attendees.last().pk).update(state="cancelled")
    recount_places(conference=order.conference, fix=True)
    pay(order, "100.00")
    assert completed(order) == (OrderStatus.PAID, [True, False])


def test_same_form_again_makes_one_payment(order):
    request_id = uuid.uuid4()
    first, again = (pay(order, "60.00", request_id=request_id) for _ in range(2))
    assert first == again
    assert Payment.objects.count() == 1


def test_same_form_that_completed_the_order_makes_one_payment(order):
    request_id = uuid.uuid4()
    first, again = (pay(order, "100.00", request_id=request_id) for _ in range(2))
    assert (first, Payment.objects.count()) == (again, 1)


@pytest.mark.parametrize(
    ("status", "code"),
    [("paid", "already_paid"), ("cancelled", "not_payable"), ("expired", "not_payable"), ("replaced", "not_payable")],
)
def test_order_that_is_not_owed_takes_no_payment(order, status, code):
    order.status = status
    order.save()
    with pytest.raises(RegistrationError) as refused:
        pay(order, "100.00")
    assert (refused.value.code, Payment.objects.count()) == (code, 0)


@pytest.mark.parametrize("amount", ["0.00", "-5.00"])
def test_amount_must_be_positive(order, amount):
    with pytest.raises(RegistrationError) as refused:
        pay(order, amount)
    assert refused.value.code == "amount_not_positive"


def test_form_of_another_order_is_refused(order, conference):
    other = factories.order(conference=conference, total="5.00", status=OrderStatus.PENDING)
    payment = pay(other, "5.00")
    with pytest.raises(RegistrationError) as refused:
        pay(order, "100.00", request_id=payment.request_id)
    assert refused.value.code == "request_id_reused"
