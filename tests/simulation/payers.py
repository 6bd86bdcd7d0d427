"""How people pay in the month: in time, in parts, late, twice, or never; by the bank, at the desk, or by card."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from registration.account.models import User
from registration.errors import RegistrationError
from registration.money.card import start_card_payment
from registration.order.credit import offer_credit, pay_with_credit
from registration.order.models import Order
from registration.order.models_money import PaymentMethod
from registration.order.payment import paid_so_far
from tests.simulation.agenda import DAY, HOUR
from tests.simulation.office import Office


class Payers(Office):
    def come_back(self, user: User) -> None:
        """They want a ticket again."""
        raise NotImplementedError

    def owe(self, order: Order) -> None:
        if offer_credit(order, owed=order.total):
            self.after(0 * HOUR, 6 * HOUR, self.pay_by_credit, order)
        else:
            self.owe_money(order)

    def pay_by_credit(self, order: Order) -> None:
        """As far as it goes."""
        pay_with_credit(order=order, by=order.user, now=self.now, request_id=self.new_id())
        if order.is_pending:
            self.owe_money(order)
        else:
            self.live(order)

    def owe_money(self, order: Order) -> None:
        """In time, in two parts, late, after it has expired, or never; by card, by the bank, or at the desk."""
        luck = self.random.random()
        if luck < 0.35:
            self.after(HOUR, 5 * DAY, self.transfer, order)
        elif luck < 0.5:
            self.after(HOUR, 3 * DAY, self.transfer_half, order)
        elif luck < 0.54:
            self.after(8 * DAY, 12 * DAY, self.transfer_late, order)
        elif luck < 0.6:
            self.after(HOUR, 2 * DAY, self.pay_at_the_desk, order)
        elif luck < 0.87:
            self.after(0 * HOUR, HOUR, self.go_to_stripe, order)
        else:
            self.after(11 * DAY, 15 * DAY, self.come_back_too_late, order)

    def transfer(self, order: Order, share: int = 1) -> None:
        order.refresh_from_db()
        amount = ((order.total - paid_so_far(order)) / share).quantize(Decimal("0.01"))
        if amount > 0:
            too_much = Decimal(10) if self.random.random() < 0.05 else Decimal(0)
            self.bank.transfer(order=order, amount=amount + too_much, now=self.now)

    def transfer_half(self, order: Order) -> None:
        self.transfer(order, share=2)
        if self.random.random() < 0.5:
            self.after(2 * DAY, 4 * DAY, self.transfer, order)
        else:
            self.after(2 * DAY, 4 * DAY, self.cancel_part_paid, order)

    def transfer_late(self, order: Order) -> None:
        """After it was due, or has expired."""
        self.transfer(order)

    def pay_at_the_desk(self, order: Order) -> None:
        order.refresh_from_db()
        self.pay(order, PaymentMethod.CASH, order.total - paid_so_far(order))

    def go_to_stripe(self, order: Order, tries: int = 3) -> None:
        if self.random.random() < 0.15:
            self.stripe.failures.extend([(500, self.random.random() < 0.5)] * self.random.choice([1, 4]))
        try:
            session = start_card_payment(order=order, now=self.now).session_id
        except RegistrationError as refusal:
            if refusal.code == "card_away" and tries:
                self.after(dt.timedelta(minutes=1), HOUR, self.go_to_stripe, order, tries - 1)
            raise
        finally:
            self.stripe.failures.clear()
        if self.random.random() < 0.8:
            self.after(dt.timedelta(minutes=1), dt.timedelta(minutes=20), self.pay_by_card, session, order)

    def pay_by_card(self, session: str, order: Order) -> None:
        """Stripe tells it at once, twice, or never; then the worker asks."""
        if self.stripe.sessions[session]["status"] != "open":
            return
        paid = self.stripe.pay(session)
        told = self.stripe.event("checkout.session.completed", paid)
        for _time in range(self.random.choice([0, 1, 1, 2])):
            assert self.stripe.send(self.client, told).status_code == 200
        self.after(DAY, 2 * DAY, self.live, order)
        if self.random.random() < 0.3:
            self.after(DAY, 6 * DAY, self.refund_there, paid)
