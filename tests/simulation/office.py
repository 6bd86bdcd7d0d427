"""What organisers do in the month: decide on orders, invite, read the bank's list, and see to whatever is put before them."""

from __future__ import annotations

import uuid
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Q
from django.test import Client

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.invitation.inviting import Invitee, invite, remind, revoke
from registration.invitation.models import Invitation
from registration.money.bank import match_lines
from registration.money.bank_file import read_bank_file
from registration.money.bank_recording import record_lines
from registration.money.issues import resolve_issue
from registration.money.models import Issue, IssueKind
from registration.notices.moving import announce_move
from registration.order.approval import approve_order, decline_order
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.exchange import exchange_ticket
from registration.order.models import Order
from registration.order.models_money import PaymentMethod, Refund
from registration.order.payment import record_payment
from registration.order.refund import pay_out, refund_order
from registration.order.refundable import refundable
from tests.fakestripe import FakeStripe
from tests.simulation.agenda import DAY, HOUR, Agenda
from tests.simulation.bank import Bank

DECLINED = "There is no room for so many supporters"


class Office(Agenda):
    conference: Any
    kinds: list[TicketType]
    press: TicketType
    crew: TicketType
    organiser: User
    closing = False

    def __init__(self, *, seed: int, stripe: FakeStripe) -> None:
        super().__init__(Random(seed))
        self.stripe, self.bank, self.client = stripe, Bank(Random(seed + 2)), Client()
        self.banks, self.changes = Random(seed + 3), Random(seed + 5)
        # What the bank and the desk have seen: (order, amount).
        self.banked: list[tuple[int, Decimal]] = []
        self.reminded = 0
        self._told: set[str] = set()

    def live(self, order: Order) -> None:
        """What becomes of its tickets."""
        raise NotImplementedError

    def owe(self, order: Order) -> None:
        """Whether and how it is paid."""
        raise NotImplementedError

    def chance(self, of: float) -> bool:
        return self.closing or self.random.random() < of

    # --- Orders -------------------------------------------------------------------------------------------------------
    def decide(self, order: Order) -> None:
        if self.random.random() < 0.35:
            decline_order(order=order, reason=DECLINED, by=self.organiser, now=self.now)
            self.happened["declined"] += 1
            return
        approved = approve_order(order=order, by=self.organiser, now=self.now)
        self.happened["approved"] += 1
        if approved.is_pending:
            self.owe(approved)
        else:
            self.live(approved)

    def cancel_part_paid(self, order: Order) -> None:
        """In whole, or one of its tickets, so that what was paid may be enough for the others."""
        seats = list(Attendee.objects.live().filter(order=order).order_by("pk"))
        if len(seats) > 1 and self.random.random() < 0.5:
            cancel_seat(attendee=seats[-1], reason="Asked by mail", by=self.organiser, now=self.now)
            self.live(order)
        else:
            cancel_order(order=order, reason="Asked by mail", by=self.organiser, now=self.now)

    def cancelled_by_staff(self, seat: Attendee) -> None:
        cancel_seat(attendee=seat, reason="Asked by mail", by=self.organiser, now=self.now)

    def change_for_somebody(self) -> None:
        """Who helps is crew from now on: at no charge, and nothing is given back."""
        seats = Attendee.objects.live().filter(completed_registration=True, ticket_type__in=self.kinds[1:])
        if not seats:  # in a month of few people
            return
        seat = self.changes.choice(list(seats.order_by("pk")))
        request_id = uuid.UUID(int=self.changes.getrandbits(128), version=4)
        exchange_ticket(
            attendee=seat, ticket_type=self.crew, by=self.organiser, now=self.now, request_id=request_id, is_staff=True,
            is_waived=True, reason="Asked by mail",
        )  # fmt: skip

    def move(self) -> None:
        self.conference.refresh_from_db()
        self.conference.venue = "New Hall"
        self.conference.save(update_fields=["venue"])
        announce_move(conference=self.conference, by=self.organiser, now=self.now)

    # --- Invitations --------------------------------------------------------------------------------------------------
    def send_invitations(self, people: list[Invitee], *, is_press: bool) -> None:
        """Press for nothing, to a ticket that nobody else sees and that is looked at; others as they pay."""
        made = invite(
            conference=self.conference, ticket_type=self.press if is_press else self.kinds[1], people=people,
            is_free=is_press, expires_at=self.now + 9 * DAY, by=self.organiser, now=self.now,
        )  # fmt: skip
        for invitation in made:
            self.after(HOUR, 10 * DAY, self.answer_invitation, invitation.email)
            if self.random.random() < 0.2:
                self.after(HOUR, 5 * DAY, self.remind_or_revoke, invitation)

    def answer_invitation(self, email: str) -> None:
        """Whoever got the mail follows its link."""
        raise NotImplementedError

    def remind_or_revoke(self, invitation: Invitation) -> None:
        invitation.refresh_from_db()
        if self.random.random() < 0.5:
            remind(invitation=invitation, now=self.now)
            self.reminded += 1
        else:
            revoke(invitation=invitation, now=self.now)
            self.happened["revoked"] += 1

    # --- Money --------------------------------------------------------------------------------------------------------
    def keep_the_books(self) -> None:
        if self.bank.unread() and self.chance(0.4):
            self.read_bank_list()
        self.tell_refunds()
        self.let_banks_send_back()
        for issue in Issue.objects.open().select_related("order__conference", "order__user"):
            if self.chance(0.5):
                self.settle_issue(issue)
        for refund in Refund.objects.to_pay_out().exclude(payment__method=PaymentMethod.STRIPE):
            pay_out(refund=refund, by=self.organiser, now=self.now)

    def read_bank_list(self) -> None:
        """Of a week and more, most of which was read before; each transfer is recorded once nevertheless."""
        new = self.bank.unread()
        since = min([self.now.date() - 7 * DAY, *(each.day for each in new)])
        lines = read_bank_file(self.bank.list_since(since)).lines
        found = {each.line.digest for each in match_lines(lines, conference=self.conference) if each.can_be_recorded}
        count = record_lines(lines, conference=self.conference, chosen=found, by=self.organiser, now=self.now)
        assert count == sum(each.is_readable for each in new), "not each transfer that names an order was recorded once"
        for each in new:
            each.is_read, order = True, Order.objects.get(pk=each.order)
            if each.is_readable:
                self.banked.append((order.pk, each.amount))
                self.happened["bank"] += 1
                self.live(order)
            else:
                self.after(HOUR, 2 * DAY, self.pay, order, PaymentMethod.BANK_TRANSFER, each.amount)

    def pay(self, order: Order, method: PaymentMethod, amount: Decimal) -> None:
        """Recorded by hand."""
        record_payment(order=order, amount=amount, method=method, note="", by=self.organiser, now=self.now)
        self.banked.append((order.pk, amount))
        self.live(order)

    def settle_issue(self, issue: Issue) -> None:
        order = issue.order
        assert order, "an issue of no order, though all were ours"
        if issue.kind in {IssueKind.LATE, IssueKind.CLOSED, IssueKind.TWICE} and refundable(order).surplus:
            self._refund(order, refundable(order).surplus, reason="It was too much")
        if issue.kind == IssueKind.REFUND_FAILED:
            # By transfer, since the card takes nothing.
            tried = Q(payouts__succeeded=False) | Q(payouts__returned_at__isnull=False)
            for refund in Refund.objects.to_pay_out().filter(tried, order=order).distinct():
                pay_out(refund=refund, by=self.organiser, now=self.now)
        seats = Attendee.objects.live().filter(order=order)
        if issue.kind == IssueKind.REFUNDED_THERE and self.random.random() < 0.5 and (seat := seats.first()):
            self.cancelled_by_staff(seat)
        resolve_issue(issue=issue, note="Seen to", by=self.organiser, now=self.now)
        self.happened[f"issue {issue.kind}"] += 1

    def get_money_back(self, seat: Attendee) -> None:
        order = Order.objects.get(pk=seat.order_id)
        amount = sum(refundable(order).of_seats([seat]).values(), Decimal(0))
        ends = self.random.random() < 0.5
        amount = amount if ends else (amount / 3).quantize(Decimal("0.01"))
        # What was paid by card may go back at Stripe as well, before it is told here.
        by_card = order.payments.filter(method=PaymentMethod.STRIPE).exists()
        as_credit = not by_card and not order.user.is_placeholder and self.random.random() < 0.8
        self._refund(order, amount, seats=[seat] if ends else [], reason="Goodwill", as_credit=as_credit)
        if as_credit:
            self.after(HOUR, 2 * DAY, self.order_with_credit, order.user)

    def order_with_credit(self, buyer: User) -> None:
        raise NotImplementedError

    def _refund(
        self,
        order: Order,
        amount: Decimal,
        *,
        reason: str,
        seats: list[Attendee] | None = None,
        as_credit: bool = False,
    ) -> None:
        refund_order(
            order=order, amount=amount, seats=seats or [], reason=reason, by=self.organiser, now=self.now,
            request_id=self.new_id(), as_credit=as_credit,
        )  # fmt: skip

    # --- At Stripe ----------------------------------------------------------------------------------------------------
    def refund_there(self, session: dict[str, Any]) -> None:
        """On Stripe's own pages; the site is told."""
        left = session["amount_total"] - self.stripe.refunded(session["payment_intent"])
        amount = left if self.random.random() < 0.5 else left // 3
        if amount:
            self.stripe.refund_there(session, amount=amount)
            self.happened["refunded at Stripe"] += 1

    def let_banks_send_back(self) -> None:
        """Few of the refunds, some days later; Stripe tells of half of them, at the end of all."""
        now = self.now.timestamp()
        for refund in list(self.stripe.refunds.values()):
            age = now - refund["created"]
            if refund["status"] == "succeeded" and not self.closing and age > 86400 and self.banks.random() < 0.01:
                self.stripe.send_back(refund)
                self.happened["refund sent back"] += 1
                if self.banks.random() < 0.5:
                    self._tell_failed(refund)
            if refund["status"] == "failed" and self.closing:
                self._tell_failed(refund)

    def _tell_failed(self, refund: dict[str, Any]) -> None:
        assert self.stripe.send(self.client, self.stripe.event("refund.failed", refund)).status_code == 200

    def tell_refunds(self) -> None:
        """Stripe tells of every refund, whoever asked for it: late, in any order, and some twice."""
        so_far: dict[str, int] = {}
        for number, refund in enumerate(list(self.stripe.refunds.values())):
            intent = refund["payment_intent"]
            so_far[intent] = so_far.get(intent, 0) + refund["amount"]
            if refund["id"] in self._told or not self.chance(0.6):
                continue
            session = next(each for each in self.stripe.sessions.values() if each["payment_intent"] == intent)
            event = self.stripe.event("charge.refunded", self.stripe.charge_of(session, refunded=so_far[intent]))
            for _time in range(1 + number % 2):
                assert self.stripe.send(self.client, event).status_code == 200
            self._told.add(refund["id"])
