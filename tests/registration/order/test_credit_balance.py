"""How much credit is left: to the cent, whatever happens, and at the same moment."""

import contextlib
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Value
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.errors import RegistrationError
from registration.order import credit as rules
from registration.order.cancellation import cancel_order
from registration.order.credit import pay_out_credit
from registration.order.ledger import check_ledger
from registration.order.models import OrderStatus
from registration.order.models_credit import Credit
from tests import factories
from tests.registration.order.books import invoicing_conference
from tests.registration.order.credits import NOW, give_back, left, ordered, use, with_credit

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# --- To the cent ------------------------------------------------------------------------------------------------------
MONEY = st.decimals(min_value="0.01", max_value="300", places=2)


@settings(max_examples=10)
@given(steps=st.lists(st.tuples(st.sampled_from(["give", "use", "back", "out"]), MONEY), min_size=1, max_size=6))
def test_whatever_happens_it_is_what_was_given_less_what_was_taken(steps):
    with transaction.atomic():
        conference, buyer, expected = invoicing_conference(), factories.user(), Decimal(0)
        used = []
        for step, amount in steps:
            if step == "give":
                with_credit(buyer, conference, amount)
                expected += amount
            elif step == "use" and expected:
                order = ordered(buyer, conference, amount)
                used.append((order, use(order).amount))
                expected -= used[-1][1]
            elif step == "back" and used:
                order, amount = used.pop()
                if order.status == OrderStatus.PAID:
                    give_back(order, amount, order.attendees.all(), as_credit=False)
                else:
                    cancel_order(order=order, reason="Ill", by=None, now=NOW)
                expected += amount
            elif step == "out" and expected:
                credit = Credit.objects.with_left().get(user=buyer)
                pay_out_credit(credit=credit, amount=credit.left, by=factories.user(), now=NOW)
                expected = Decimal(0)
        assert sum(left()) == expected
        assert [each.left for each in Credit.objects.not_used_up()] == ([expected] if expected else [])
        assert [mistake.message for mistake in check_ledger(conference=conference)] == []
        transaction.set_rollback(True)


# --- At the same moment -----------------------------------------------------------------------------------------------
def two_orders_paid_at_once(monkeypatch):
    """With the credit of one: how much is left of it."""
    conference, buyer = factories.conference(), factories.user()
    with_credit(buyer, conference, "50.00")
    orders = [ordered(buyer, conference, "50.00") for _ in range(2)]
    record, first, codes = rules.record_payment, threading.Barrier(2), []

    def record_when_both_are_here(**fields):
        with contextlib.suppress(threading.BrokenBarrierError):  # the other one may wait for us
            first.wait(1)
        return record(**fields)

    def run(order):
        try:
            use(order)
        except RegistrationError as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    monkeypatch.setattr(rules, "record_payment", record_when_both_are_here)
    threads = [threading.Thread(target=run, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return left(), codes


def test_same_credit_pays_one_of_two_orders_at_the_same_moment(own_database, monkeypatch):
    assert two_orders_paid_at_once(monkeypatch) == ([0], ["no_credit"])


def test_control_read_before_it_is_locked_it_pays_both(own_database, monkeypatch):
    def read_before(rows):
        return rows.annotate(given=Value(Decimal("50.00")), used=Value(Decimal(0)), paid_out=Value(Decimal(0))).get()

    monkeypatch.setattr(rules, "_locked", read_before)
    assert two_orders_paid_at_once(monkeypatch) == ([Decimal("-50.00")], [])
