"""A month of a conference, played by a script: people register, pay in every way or not at all, change their minds, wait
for a place. Nothing waits: the clock is moved from one event to the next, and some times a day the worker has a turn.
What happens is decided by the seed alone. What organisers do is in `office`, and how people pay in `payers`.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from random import Random
from typing import Any

import time_machine
from django.db.models import Q
from post_office.models import STATUS, Email

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.changes.naming import correct_seat
from registration.changes.own_cancellation import cancel_own_ticket
from registration.changes.transfer import transfer_ticket
from registration.errors import RegistrationError
from registration.invitation.accepting import accept_invitation
from registration.invitation.inviting import Invitee
from registration.invitation.models import find_invitation
from registration.mail.delivery import Postman, forget_old_mails
from registration.mail.message import MAKERS
from registration.management.commands.worker import JOBS
from registration.money.models import Issue
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.exchange import exchange_ticket
from registration.order.holding import hold_order
from registration.order.models import Order
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import join_waiting_list
from tests import factories
from tests.fakestripe import FakeStripe
from tests.simulation.agenda import BEGIN, DAY, DAYS, HOUR
from tests.simulation.payers import Payers
from tests.simulation.post import Post
from tests.simulation.stage import open_conference


class Month(Payers):
    def __init__(self, *, people: int, seed: int, stripe: FakeStripe) -> None:
        super().__init__(seed=seed, stripe=stripe)
        self.people, self.post = people, Post(Random(seed + 1))
        # Of their own, so that one job more or less of the worker changes nothing that people do.
        self.outages = Random(seed + 4)
        # The worker's jobs take most of the time that a small month takes.
        self.turns_a_day, self.rest = (4, HOUR) if people >= 1000 else (2, 3 * HOUR)
        # The addresses, perhaps empty, of those who gave their ticket away.
        self.gave_without_address: list[str] = []

    def play(self) -> None:
        with time_machine.travel(self.now, tick=False) as clock:
            self.open()
            self.run(clock, until=BEGIN + DAYS * DAY)
            self.settle(clock)

    def open(self) -> None:
        """A conference for fewer people than come, so that some have to wait."""
        stage = open_conference(self.people, begin=BEGIN + DAYS * DAY)
        self.conference, self.kinds, self.press, self.crew, self.dinner = stage
        self.organiser = factories.staff(conference=self.conference, role=Role.ORGANISER).user
        for _number in range(self.people):
            self.at(BEGIN + DAYS * DAY * 0.8 * self.random.random() ** 1.5, self.register)
        for turn in range(DAYS * self.turns_a_day):
            self.at(BEGIN + turn * DAY / self.turns_a_day, self.work)
        self.at(BEGIN + 20 * DAY, self.move)
        for turn in range(4):
            self.at(BEGIN + (2 + 4 * turn) * DAY, self.invite, bool(turn % 2))
        for turn in range(12):
            self.at(BEGIN + (22 + turn / 2) * DAY + HOUR, self.change_for_somebody)

    def work(self) -> None:
        """What the worker does until the next turn: all of its jobs but the one that forgets what the end is to look at,
        as often as they find something, and the mails.
        """
        self.stripe.let_time_pass(self.now)
        for job in JOBS:
            if job.work is not forget_old_mails:
                # The SDK asks again once by itself.
                away = self.outages.choice([0] * 8 + [1, 2])
                self.stripe.failures[:] = [(500, self.outages.random() < 0.5)] * away
                for _call in range(100):
                    if not job.work(now=self.now):
                        break
        self.stripe.failures.clear()
        # Where the server is away it rests some seconds; what it had in hand then is due later than now.
        while Email.objects.filter(
            Q(scheduled_time=None) | Q(scheduled_time__lte=self.now), status__in=(STATUS.queued, STATUS.requeued)
        ).exists():
            Postman(server=self.post, makers=MAKERS | {"ticket_pdf": lambda _made_from: b"%PDF"}).send_due()  # type: ignore[arg-type]
        for entry in WaitingEntry.objects.filter(state=WaitingState.OFFERED).select_related(
            "order", "user", "ticket_type"
        ):
            if self.random.random() < 0.6:
                self.after(HOUR, 3 * HOUR, self.take_offer, entry)
        self.keep_the_books()

    def settle(self, clock: Any) -> None:
        """Go on until every mail is out and every card is settled; what failed comes again by itself."""
        self.closing = True
        over = self.now + DAY / 2
        for _turn in range(60):
            self.now += self.rest
            clock.move_to(self.now)
            self.work()
            self.agenda.clear()
            is_left = Email.objects.filter(status__in=(STATUS.queued, STATUS.requeued)).exists()
            if self.now > over and not is_left and not Issue.objects.open().exists():
                return
        raise AssertionError("mails or payments to look at are left over")

    # --- What people do -----------------------------------------------------------------------------------------------
    def register(self) -> None:
        buyer = factories.user()
        kind = self.random.choices(self.kinds, [3, 5, 2, 1.5])[0]
        seats = [self.seat(kind, buyer.name, buyer.email)]
        for guest in range(self.random.choices([0, 1, 2], [7, 2, 1])[0]):
            address = f"guest{next(self.number)}@example.org" if self.random.random() < 0.8 else ""
            seats.append(self.seat(kind, f"Guest {guest}" if address else "", address))
        code, key = ("SPEAKER" if self.random.random() < 0.1 else ""), self.new_id()
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
        self.placed(order)

    def placed(self, order: Order) -> None:
        if order.is_waiting_for_approval:
            self.after(HOUR, 3 * DAY, self.decide, order)
            if order.total and self.random.random() < 0.3:
                self.after(HOUR, 2 * DAY, self.transfer, order)  # before anybody has asked for it
        elif order.total:
            self.owe(order)
        else:
            self.live(order)

    def wait(self, kind: TicketType, buyer: User) -> None:
        join_waiting_list(ticket_type=kind, user=buyer, now=self.now)

    def take_offer(self, entry: WaitingEntry) -> None:
        seats = [SeatRequest(entry.ticket_type, entry.user.name, entry.user.email)]
        assert entry.order
        self.buy(entry.user, seats, entry.order.checkout_id, "")
        self.happened["offer taken"] += 1

    def invite(self, is_press: bool) -> None:
        """Strangers, and some who have an account, and perhaps a ticket."""
        strangers = [
            Invitee(f"Guest of honour {n}", f"honour{next(self.number)}@example.org")
            for n in range(2 + self.people // 100)
        ]
        known = list(User.objects.filter(email__startswith="person").order_by("pk")[: 1 + self.people // 200])
        people = [*strangers, *(Invitee(user.name, user.email or "") for user in known)]
        self.send_invitations(people, is_press=is_press)

    def answer_invitation(self, email: str) -> None:
        letters = [each for each in self.post.read() if each.to == email and "You are invited" in each.subject]
        if not letters:
            self.after(6 * HOUR, DAY, self.answer_invitation, email)
            return
        found = re.search(r"/invitations/([^/\s]+)/", self.random.choice(letters).text)
        invitation = find_invitation(found[1]) if found else None
        assert invitation, "the link in the mail is none"
        is_new = invitation.order is None
        order = accept_invitation(invitation=invitation, now=self.now)
        self.happened["invitation accepted"] += is_new
        if is_new:
            self.placed(order)
            self.after(HOUR, DAY, self.answer_invitation, email)  # the link once more changes nothing

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
        order = exchange_ticket(attendee=seat, ticket_type=kind, by=by, now=self.now, request_id=self.new_id())
        if order.is_to_be_paid:
            self.owe(order)

    def give_away(self, seat: Attendee) -> None:
        seat.refresh_from_db()
        to = f"friend{next(self.number)}@example.org"
        before = seat.email
        by = _of_whom(seat)
        transfer_ticket(attendee=seat, code=seat.access_code, name="A Friend", email=to, by=by, now=self.now)
        self.gave_without_address.append(before)

    def cancel(self, seat: Attendee) -> None:
        seat.refresh_from_db()
        by = _of_whom(seat)
        cancel_own_ticket(attendee=seat, by=by, now=self.now, request_id=self.new_id())
        if self.random.random() < 0.4:
            self.after(HOUR, 4 * DAY, self.come_back, by)

    def come_back(self, user: User) -> None:
        """Whoever gave their ticket back, or did not pay it, wants one again: it is the same seat, with the same code."""
        had = Attendee.objects.filter(conference=self.conference, user=user).exclude(state="valid").exists()
        kind = self.random.choice(self.kinds)
        self.buy(user, [self.seat(kind, user.name, user.email)], self.new_id(), "")
        self.happened["same seat again"] += had

    def come_back_too_late(self, order: Order) -> None:
        """They buy anew, and some of them pay the old order as well, or instead."""
        if self.random.random() < 0.3:
            self.after(HOUR, 3 * DAY, self.transfer_late, order)
        self.come_back(order.user)

    def order_with_credit(self, buyer: User) -> None:
        """For a friend who is named later, if at all; it costs more or less than the credit."""
        kind = self.random.choices(self.kinds[1:], [1, 3, 1])[0]
        self.buy(buyer, [self.seat(kind, "", "")], self.new_id(), "")

    def rename(self, seat: Attendee) -> None:
        seat.refresh_from_db()  # perhaps it is somebody else's now
        correct_seat(
            attendee=seat, name="Dr " + (seat.name or "Who"), email=seat.email, by=self.organiser, now=self.now
        )


def _of_whom(seat: Attendee) -> Any:
    return seat.order.user if seat.user.is_placeholder and seat.order else seat.user
