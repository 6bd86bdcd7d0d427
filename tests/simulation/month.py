"""A month of a conference, played by a script: people register, pay in every way or not at all, change their minds, wait
for a place. Nothing waits: the clock is moved from one event to the next, and several times a day the worker has a turn.
What happens is decided by the seed alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from random import Random
from typing import Any

import time_machine
from django.db import transaction
from django.db.models import Q
from django.test import Client
from post_office.models import STATUS, Email

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.changes.naming import correct_seat
from registration.changes.own_cancellation import cancel_own_ticket
from registration.changes.transfer import transfer_ticket
from registration.errors import RegistrationError
from registration.mail.delivery import Postman, forget_old_mails
from registration.management.commands.worker import JOBS
from registration.money.card import start_card_payment
from registration.money.issues import look_at_surplus
from registration.notices.moving import announce_move
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.exchange import exchange_ticket
from registration.order.holding import hold_order
from registration.order.models import Order
from registration.order.models_money import PaymentMethod, Refund
from registration.order.payment import paid_so_far, receive_payment, record_payment
from registration.order.refund import pay_out, refund_order, refundable
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import join_waiting_list
from tests import factories
from tests.fakestripe import FakeStripe
from tests.simulation.agenda import BEGIN, DAY, DAYS, HOUR, Agenda
from tests.simulation.post import Post
from tests.simulation.stage import open_conference


class Month(Agenda):
    def __init__(self, *, people: int, seed: int, stripe: FakeStripe) -> None:
        super().__init__(Random(seed))
        self.people, self.stripe, self.post = people, stripe, Post(Random(seed + 1))
        # What the bank and the desk have seen: (order, amount).
        self.banked: list[tuple[int, Decimal]] = []
        self.client = Client()
        # The addresses, perhaps empty, of those who gave their ticket away.
        self.gave_without_address: list[str] = []

    def play(self) -> None:
        with time_machine.travel(self.now, tick=False) as clock:
            self.open()
            self.run(clock, until=BEGIN + DAYS * DAY)
            self.settle(clock)

    def open(self) -> None:
        """A conference for fewer people than come, so that some have to wait."""
        self.conference, self.kinds, self.dinner = open_conference(self.people, begin=BEGIN + DAYS * DAY)
        self.organiser = factories.staff(conference=self.conference, role=Role.ORGANISER).user
        for _number in range(self.people):
            self.at(BEGIN + DAYS * DAY * 0.8 * self.random.random() ** 1.5, self.register)
        for turn in range(DAYS * 4):
            self.at(BEGIN + turn * 6 * HOUR, self.work)
        self.at(BEGIN + 20 * DAY, self.move)

    def work(self) -> None:
        """What the worker does until the next turn: all of its jobs but the one that forgets what the end is to look at,
        as often as they find something, and the mails.
        """
        self.stripe.let_time_pass(self.now)
        for job in JOBS:
            if job.work is not forget_old_mails:
                if self.random.random() < 0.2:
                    self.stripe.failures.append((500, self.random.random() < 0.5))
                for _call in range(100):
                    if not job.work(now=self.now):
                        break
        self.stripe.failures.clear()
        # Where the server is away it rests some seconds; what it had in hand then is due later than now.
        while Email.objects.filter(
            Q(scheduled_time=None) | Q(scheduled_time__lte=self.now), status__in=(STATUS.queued, STATUS.requeued)
        ).exists():
            Postman(server=self.post, makers={"ticket_pdf": lambda _made_from: b"%PDF"}).send_due()  # type: ignore[arg-type]
        for entry in WaitingEntry.objects.filter(state=WaitingState.OFFERED).select_related(
            "order", "user", "ticket_type"
        ):
            if self.random.random() < 0.6:
                self.after(HOUR, 3 * HOUR, self.take_offer, entry)
        for refund in Refund.objects.to_pay_out().exclude(payment__method=PaymentMethod.STRIPE):
            pay_out(refund=refund, by=self.organiser, now=self.now)

    def settle(self, clock: Any) -> None:
        """Go on until every mail is out and every card is settled; what failed comes again by itself."""
        for _turn in range(60):
            self.now += HOUR
            clock.move_to(self.now)
            self.work()
            self.agenda.clear()
            if not Email.objects.filter(status__in=(STATUS.queued, STATUS.requeued)).exists() and _turn > 12:
                return
        raise AssertionError("mails are left over")

    # --- What people do -----------------------------------------------------------------------------------------------
    def register(self) -> None:
        buyer = factories.user()
        kind = self.random.choices(self.kinds, [3, 5, 2])[0]
        seats = [self.seat(kind, buyer.name, buyer.email)]
        for guest in range(self.random.choices([0, 1, 2], [7, 2, 1])[0]):
            address = f"guest{next(self.number)}@example.org" if self.random.random() < 0.8 else ""
            seats.append(self.seat(kind, f"Guest {guest}" if address else "", address))
        code, key = ("SPEAKER" if self.random.random() < 0.1 else ""), uuid.uuid4()
        if self.random.random() < 0.3:
            hold_order(
                conference=self.conference,
                buyer=buyer,
                choice=Choice(tuple(seats), code),
                checkout_id=key,
                now=self.now,
            )
            if self.random.random() < 0.3:
                return  # closes the page
            self.after(dt.timedelta(minutes=2), dt.timedelta(minutes=25), self.buy, buyer, seats, key, code)
        else:
            self.buy(buyer, seats, key, code)

    def seat(self, kind: Any, name: str, email: str) -> SeatRequest:
        return SeatRequest(kind, name, email, add_ons={self.dinner: 1} if self.random.random() < 0.3 else {})

    def buy(self, buyer: Any, seats: list[SeatRequest], key: uuid.UUID, code: str) -> None:
        try:
            order = place_order(
                conference=self.conference, buyer=buyer, seats=seats, checkout_id=key, voucher_code=code, now=self.now
            )
        except RegistrationError as refusal:
            if refusal.code in {"sold_out", "hold_expired"}:
                self.after(HOUR, 2 * HOUR, self.wait, seats[0].ticket_type, buyer)
            raise
        if order.total:
            self.owe(order)
        else:
            self.live(order)

    def wait(self, kind: Any, buyer: Any) -> None:
        join_waiting_list(ticket_type=kind, user=buyer, now=self.now)

    def take_offer(self, entry: Any) -> None:
        seats = [SeatRequest(entry.ticket_type, entry.user.name, entry.user.email)]
        self.buy(entry.user, seats, entry.order.checkout_id, "")
        self.happened["offer taken"] += 1

    def owe(self, order: Order) -> None:
        """In time, in two parts, late, after it has expired, or never; by card, by the bank, or at the desk."""
        luck = self.random.random()
        if luck < 0.4:
            self.after(HOUR, 5 * DAY, self.pay, order, PaymentMethod.BANK_TRANSFER)
        elif luck < 0.48:
            self.after(HOUR, 3 * DAY, self.pay_half, order)
        elif luck < 0.52:
            self.after(8 * DAY, 12 * DAY, self.pay_late, order)
        elif luck < 0.55:
            self.after(HOUR, 2 * DAY, self.pay, order, PaymentMethod.CASH)
        elif luck < 0.85:
            self.after(0 * HOUR, HOUR, self.go_to_stripe, order)

    def pay(self, order: Order, method: PaymentMethod, share: int = 1) -> None:
        order.refresh_from_db()
        amount = ((order.total - paid_so_far(order)) / share).quantize(Decimal("0.01"))
        record_payment(order=order, amount=amount, method=method, note="", by=self.organiser, now=self.now)
        self.banked.append((order.pk, amount))
        self.live(order)

    def pay_half(self, order: Order) -> None:
        self.pay(order, PaymentMethod.BANK_TRANSFER, share=2)
        self.after(HOUR, 2 * DAY, self.pay, order, PaymentMethod.BANK_TRANSFER)

    def pay_late(self, order: Order) -> None:
        """After it was due, or has expired, as the bank's list brings it: there whatever became of the order."""
        order.refresh_from_db()
        amount = order.total - paid_so_far(order)
        with transaction.atomic():
            receive_payment(
                order=order, amount=amount, method=PaymentMethod.BANK_TRANSFER, note="", by=self.organiser,
                now=self.now, request_id=uuid.uuid4(),
            )  # fmt: skip
            look_at_surplus(order=order, about=f"bank:{order.pk}", now=self.now)
        self.banked.append((order.pk, amount))
        self.live(order)

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

    # --- What becomes of a ticket --------------------------------------------------------------------------------------
    def live(self, order: Order) -> None:
        rows = Attendee.objects.live().filter(order=order, completed_registration=True)
        for seat in rows.select_related("conference", "ticket_type", "order__user", "user"):
            fates = [
                self.change,
                self.give_away,
                self.cancel,
                self.cancelled_by_staff,
                self.get_money_back,
                self.rename,
            ]
            fate = self.random.choices([*fates, None], [14, 10, 14, 8, 12, 8, 34])[0]
            if fate:
                self.after(HOUR, 8 * DAY, fate, seat)

    def change(self, seat: Attendee) -> None:
        kind = self.random.choice([kind for kind in self.kinds if kind != seat.ticket_type])
        by = seat.order.user if seat.order else seat.user
        order = exchange_ticket(attendee=seat, ticket_type=kind, by=by, now=self.now, request_id=uuid.uuid4())
        if order.total and order.is_pending:
            self.owe(order)

    def give_away(self, seat: Attendee) -> None:
        seat.refresh_from_db()
        to = f"friend{next(self.number)}@example.org"
        by = seat.order.user if seat.user.is_placeholder and seat.order else seat.user
        before = seat.email
        transfer_ticket(attendee=seat, code=seat.access_code, name="A Friend", email=to, by=by, now=self.now)
        self.gave_without_address.append(before)

    def cancel(self, seat: Attendee) -> None:
        by = seat.order.user if seat.user.is_placeholder and seat.order else seat.user
        cancel_own_ticket(attendee=seat, by=by, now=self.now, request_id=uuid.uuid4())

    def cancelled_by_staff(self, seat: Attendee) -> None:
        cancel_seat(attendee=seat, reason="Asked by mail", by=self.organiser, now=self.now)

    def get_money_back(self, seat: Attendee) -> None:
        order = Order.objects.get(pk=seat.order_id)
        amount = sum(refundable(order).of_seats([seat]).values(), Decimal(0))
        ends = self.random.random() < 0.5
        amount = amount if ends else (amount / 3).quantize(Decimal("0.01"))
        refund_order(
            order=order, amount=amount, seats=[seat] if ends else [], reason="Goodwill", by=self.organiser, now=self.now,
            request_id=uuid.uuid4(),
        )  # fmt: skip

    def rename(self, seat: Attendee) -> None:
        correct_seat(
            attendee=seat, name="Dr " + (seat.name or "Who"), email=seat.email, by=self.organiser, now=self.now
        )

    def move(self) -> None:
        self.conference.refresh_from_db()
        self.conference.venue = "New Hall"
        self.conference.save(update_fields=["venue"])
        announce_move(conference=self.conference, by=self.organiser, now=self.now)
