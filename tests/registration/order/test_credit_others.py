"""Credit is its owner's, at its conference: nothing is paid with, and nothing paid out of, that of others."""

from decimal import Decimal

import pytest

from registration.order.credit import offer_credit, pay_out_credit
from registration.order.models_credit import Credit
from registration.order.models_money import Payment
from tests import factories
from tests.registration.order.credits import NOW, ordered, refused, use, with_credit

pytestmark = pytest.mark.django_db


def test_nothing_is_paid_with_the_credit_of_others(conference):
    with_credit(factories.user(), conference, "50.00")
    order = ordered(factories.user(), conference, "10.00")
    assert (offer_credit(order, owed=order.total), refused(use, order)) == (None, "no_credit")
    assert not Payment.objects.filter(order=order).exists()


def test_nothing_is_paid_with_credit_of_another_conference(conference):
    buyer = factories.user()
    with_credit(buyer, factories.conference(), "50.00")
    order = ordered(buyer, conference, "10.00")
    assert (offer_credit(order, owed=order.total), refused(use, order)) == (None, "no_credit")
    assert not Payment.objects.filter(order=order).exists()


def test_of_several_credits_the_one_is_paid_out(conference):
    for amount in ("50.00", "30.00"):
        with_credit(factories.user(), conference, amount)
    given = list(Credit.objects.with_left())
    for credit in given:
        paid_out = pay_out_credit(credit=credit, amount=credit.left, by=factories.user(), now=NOW)
        assert (paid_out.credit, paid_out.amount) == (credit, credit.left)
    assert sorted(credit.left for credit in given) == [Decimal("30.00"), Decimal("50.00")]
