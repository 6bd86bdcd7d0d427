"""Two tabs, or two people, that record the same payment or give back the same amount: it is done once."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.errors import RegistrationError
from registration.order.models import Order, OrderStatus
from registration.order.models_money import Payment, Refund
from registration.order.payment import record_payment
from registration.order.refund import refund_order
from tests import factories
from tests.registration.order.registering import text
from tests.server import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(conference):
    return factories.order(conference=conference, total="100.00", status=OrderStatus.PENDING, seats=2)


def pay(order, amount, **fields):
    return record_payment(
        order=order, amount=Decimal(amount), method="bank_transfer", note="", by=factories.user(), now=timezone.now(),
        **fields,
    )  # fmt: skip


def hidden(page, *names):
    """What the form of the page sends beside what is typed."""
    return {name: page.context["form"][name].value() for name in names}


@pytest.mark.both_databases
def test_same_part_from_two_tabs_is_recorded_once_and_the_page_says_why(client_as, conference, order):
    desk, path = client_as(Role.DESK), f"/staff/{conference.slug}/orders/{order.reference}/"
    typed = {"amount": "60", "method": "bank_transfer"}
    tabs = [hidden(desk.get(path), "request_id", "expected_owed") for _tab in range(2)]
    first, second = (desk.post(path, typed | tab) for tab in tabs)
    assert (first.status_code, second.status_code, Payment.objects.count()) == (302, 422, 1)
    assert "Something was recorded meanwhile: €40 is owed now." in text(second)
    # The first tab again, as by the back button, is the same payment; the second one goes on with what it shows now.
    assert desk.post(path, typed | tabs[0]).status_code == 302
    again = hidden(second, "request_id", "expected_owed")
    assert desk.post(path, typed | {"amount": "40"} | again).status_code == 302
    assert [payment.amount for payment in Payment.objects.order_by("pk")] == [60, 40]


def test_same_part_given_back_from_two_tabs_goes_back_once_and_the_page_says_why(client_as, conference, order):
    pay(order, "100.00")
    organiser = client_as(Role.ORGANISER)
    path = f"/staff/{conference.slug}/orders/{order.reference}/refund/"
    typed = {"amount": "20", "reason": "Late opening"}
    tabs = [hidden(organiser.get(path), "request_id", "expected") for _tab in range(2)]
    first, second = (organiser.post(path, typed | tab) for tab in tabs)
    assert (first.status_code, second.status_code, Refund.objects.count()) == (302, 422, 1)
    assert "Something has changed meanwhile: €80 can be given back now." in text(second)
    assert organiser.post(path, typed | tabs[0]).status_code == 302
    assert Refund.objects.count() == 1
    assert organiser.post(path, typed | hidden(second, "request_id", "expected")).status_code == 302
    assert Refund.objects.count() == 2


def done_at_once(do):
    """How often it was done by eight at the same moment, and why not for the others."""

    def attempt():
        try:
            do()
        except RegistrationError as refusal:
            return refusal.code
        return ""

    answers = together([attempt] * 8)
    return answers.count(""), set(answers) - {""}


def paid_at_once(**fields):
    order = factories.order(conference=factories.conference(), total="100.00", status=OrderStatus.PENDING)
    return done_at_once(lambda: pay(Order.objects.get(pk=order.pk), "10.00", **fields))


def refunded_at_once(**fields):
    order = factories.order(conference=factories.conference(), total="100.00", status=OrderStatus.PENDING)
    pay(order, "100.00")

    def give_back():
        refund_order(
            order=Order.objects.get(pk=order.pk), amount=Decimal(10), reason="Ill", by=None, now=timezone.now(),
            request_id=uuid.uuid4(), **fields,
        )  # fmt: skip

    return done_at_once(give_back)


@pytest.mark.both_databases
def test_part_that_eight_record_at_once_is_recorded_once(own_database):
    assert paid_at_once(expected_owed=Decimal(100)) == (1, {"owes_otherwise"})


@pytest.mark.both_databases
def test_part_that_eight_give_back_at_once_goes_back_once(own_database):
    assert refunded_at_once(expected=Decimal(100)) == (1, {"changed_meanwhile"})


@pytest.mark.both_databases
def test_control_without_what_the_page_said_all_of_them_are(own_database):
    assert (paid_at_once(), refunded_at_once()) == ((8, set()), (8, set()))
