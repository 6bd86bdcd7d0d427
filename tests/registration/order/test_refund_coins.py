"""Where a currency has no cents nothing goes back, and nothing is taken, in parts of its coins."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from conferences.models import Role
from registration.catalogue.prices import smallest_coin
from registration.errors import RegistrationError
from registration.order.models import OrderLine, OrderStatus
from registration.order.models_money import Refund, RefundLine
from registration.order.payment import paid_so_far, receive_payment
from registration.order.refund import refund_order, split
from registration.order.refundable import refundable
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def yen(conference):
    conference.currency = "JPY"
    conference.save()
    placed = factories.order(conference=conference, total="3000.00", status=OrderStatus.PENDING, seats=3)
    receive_payment(
        order=placed, amount=Decimal(3000), method="stripe", note="", by=None, now=timezone.now(),
        request_id=uuid.uuid4(), external_id="pi_1",
    )  # fmt: skip
    return placed


def refund(order, amount, seats=()):
    return refund_order(
        order=order, amount=Decimal(amount), seats=seats, reason="Ill", by=None, now=timezone.now(), request_id=uuid.uuid4()
    )  # fmt: skip


@pytest.mark.both_databases
def test_where_there_are_no_cents_a_part_of_several_tickets_is_whole_coins_of_each(yen):
    refund(yen, "100")
    assert sorted(RefundLine.objects.values_list("amount", flat=True)) == [33, 33, 34]
    # What is left of one is whole too, so that all of it can be sent.
    seat = yen.attendees.order_by("pk").last()
    refund(yen, sum(refundable(yen).of_seats([seat]).values()), [seat])
    assert [each.amount for each in Refund.objects.order_by("pk")] == [100, 967]


@pytest.mark.parametrize("amount", ["10.50", "0.01"])
def test_parts_of_a_coin_are_neither_given_back_nor_taken(yen, amount, client_as):
    with pytest.raises(RegistrationError) as refused:
        refund(yen, amount)
    assert refused.value.code == "no_such_coins"
    owing = factories.order(conference=yen.conference, total="3000.00", status=OrderStatus.PENDING)
    page = client_as(Role.ORGANISER).post(
        reverse("staff-order", args=[yen.conference.slug, owing.reference]),
        {"amount": amount, "method": "cash", "note": "", "request_id": uuid.uuid4()},
    )
    assert page.status_code == 422
    assert "The smallest amount in JPY is ¥1." in page.content.decode()
    assert (Refund.objects.count(), paid_so_far(owing)) == (0, 0)


cents = st.integers(1, 100_000).map(lambda number: Decimal(number) / 100)


@settings(max_examples=200)
@given(
    prices=st.lists(cents, min_size=1, max_size=6), share=st.fractions(0, 1), currency=st.sampled_from(["EUR", "JPY"])
)
def test_shares_add_up_to_the_coin_and_none_is_above_its_price(prices, share, currency):
    coin = smallest_coin(currency)
    lines = {OrderLine(pk=number): price * 100 * coin for number, price in enumerate(prices, 1)}
    amount = (sum(lines.values()) * share.numerator / share.denominator).quantize(coin, "ROUND_DOWN")
    parts = split(amount, lines, currency=currency)
    assert sum(parts.values()) == amount
    assert all(0 < part <= lines[line] and part % coin == 0 for line, part in parts.items())
