"""Money at the door: recorded once, and the person let in once, however often the form is sent."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from post_office.models import Email

from conferences.models import Role
from registration.checkin.models import Checkpoint, Scan, Unpaid
from registration.checkin.paying import pay_and_check_in
from registration.errors import RegistrationError
from registration.order.models import OrderStatus
from registration.order.models_money import Payment
from registration.order.payment import record_payment
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 7, 12, tzinfo=dt.UTC)


@pytest.fixture
def main(conference):
    checkpoint = Checkpoint.objects.main(conference)
    checkpoint.unpaid = Unpaid.ASK
    checkpoint.save()
    return checkpoint


@pytest.fixture
def seat(conference):
    return factories.order(conference=conference, total="79.00", status=OrderStatus.PENDING).attendees.get()


@pytest.fixture
def pay(conference, main, seat):
    by = factories.staff(conference=conference, role=Role.DESK).user

    def pay(**changes):
        given = {
            "checkpoint": main, "code": seat.access_code, "scan_id": uuid.uuid4(), "amount": Decimal("79.00"),
            "method": "cash", "note": "", "by": by, "now": NOW,
        }  # fmt: skip
        return pay_and_check_in(**given | changes)

    return pay


def test_payment_completes_the_order_admits_and_sends_the_ticket(pay, seat):
    answer = pay(note="till 2")
    seat.refresh_from_db()
    payment = Payment.objects.get()
    assert (answer.verdict, seat.checked_in_at, seat.order.status) == ("admitted", NOW, OrderStatus.PAID)
    assert (payment.amount, payment.method, payment.note) == (Decimal("79.00"), "cash", "till 2")
    # The ticket to whoever sits there, and to the buyer that it is paid.
    assert Email.objects.count() == 2


def test_same_form_again_neither_pays_nor_admits_twice(pay):
    scan_id = uuid.uuid4()
    first, second = pay(scan_id=scan_id), pay(scan_id=scan_id)
    assert (first.verdict, second.verdict, second.is_replay) == ("admitted", "admitted", True)
    assert (Payment.objects.count(), Scan.objects.count(), Email.objects.count()) == (1, 1, 2)


def test_form_that_died_between_payment_and_admission_makes_the_rest(pay, seat, main):
    scan_id = uuid.uuid4()
    record_payment(
        order=seat.order, amount=Decimal("79.00"), method="cash", note="", by=None, by_name="Ada, Tablet 1", now=NOW,
        request_id=scan_id,
    )  # fmt: skip
    assert pay(scan_id=scan_id).verdict == "admitted"
    assert (Payment.objects.count(), Scan.objects.count()) == (1, 1)


def test_less_than_is_owed_is_recorded_and_admits_nobody(pay):
    assert pay(amount=Decimal("20.00")).verdict == "unpaid"
    assert pay(amount=Decimal("59.00")).verdict == "admitted"
    assert Payment.objects.count() == 2


def test_order_that_is_paid_already_takes_no_second_payment(pay):
    pay()
    with pytest.raises(RegistrationError) as refused:
        pay()
    assert (refused.value.code, Payment.objects.count()) == ("already_paid", 1)


@pytest.mark.parametrize("changes", [{"unpaid": Unpaid.REFUSE}, {"rehearsal": True}], ids=["refuse", "rehearsal"])
def test_no_money_where_the_checkpoint_takes_none(pay, main, changes):
    for name, value in changes.items():
        setattr(main, name, value)
    with pytest.raises(RegistrationError) as refused:
        pay()
    assert (refused.value.code, Payment.objects.count(), Scan.objects.count()) == ("no_payment_here", 0, 0)


@pytest.mark.both_databases
def test_tablet_of_nobody_signs_its_payment(pay):
    pay(by=None, by_name="Ada", signature="Ada, Tablet 1")
    payment, scan = Payment.objects.get(), Scan.objects.get()
    assert (payment.recorded_by, payment.by_name, scan.scanned_by_name) == (None, "Ada, Tablet 1", "Ada")
