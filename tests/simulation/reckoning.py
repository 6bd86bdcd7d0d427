"""What must be true at the end of the month: each function returns what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Sum
from post_office.models import STATUS, Email

from registration.attendee.models import Attendee, RetiredCode
from registration.invitation.models import Invitation
from registration.money.models import Issue
from registration.notices.models import Notice
from registration.order.history import Event
from registration.order.ledger import check_ledger
from registration.order.models import Approval, Order, OrderEvent, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_money import Payment, PaymentMethod, Payout, Refund, RefundLine, total_of
from registration.order.recount import recount_places
from registration.order.refundable import refundable
from registration.order.ticket_value import seat_value
from registration.waiting.recount import recount_waiting
from tests.simulation.agenda import BEGIN, DAY, DAYS
from tests.simulation.month import Month
from tests.simulation.office import DECLINED
from tests.simulation.post import Letter


def wrong_places(month: Month) -> list[str]:
    miscounts = (*recount_places(conference=month.conference), *recount_waiting(conference=month.conference))
    wrong = [str(miscount) for miscount in miscounts]
    for row in (month.conference, *month.kinds):
        row.refresh_from_db()
    if month.conference.places_taken > month.conference.total_capacity:
        wrong.append("more places taken than the venue has")
    if month.kinds[1].taken > month.kinds[1].total_quantity:
        wrong.append("more tickets than there are")
    return wrong


def wrong_books(month: Month) -> list[str]:
    return [str(mistake) for mistake in check_ledger(conference=month.conference)] + [
        *_money_outside(month),
        *_orders(),
        *_firm_money(),
        *_rates(),
    ]


def _money_outside(month: Month) -> Iterator[str]:
    """What Stripe and the bank have seen, against what the site has written."""
    by_card = Payment.objects.filter(method=PaymentMethod.STRIPE)
    sessions = [session for session in month.stripe.sessions.values() if session["payment_intent"]]
    paid = {session["payment_intent"]: session["amount_total"] for session in sessions}
    if paid != {name: int(amount * 100) for name, amount in by_card.values_list("external_id", "amount")}:
        yield "card payments differ from Stripe's"
    sent = Payout.objects.standing().filter(refund__payment__method=PaymentMethod.STRIPE).exclude(external_id="")
    by_payment = sent.order_by().values_list("refund__payment__external_id").annotate(Sum("amount"))
    noted = {name: round(amount * 100) for name, amount in by_payment}
    for name in {refund["payment_intent"] for refund in month.stripe.refunds.values()} | set(noted):
        if month.stripe.refunded(name) != noted.get(name, 0):
            yield f"{month.stripe.refunded(name)} went back of {name} at Stripe, {noted.get(name, 0)} here"
    if Refund.objects.to_pay_out().exists():
        yield "a refund is still to be paid out"
    if any(each.is_readable for each in month.bank.unread()):
        yield "a transfer was not read"
    by_hand = Payment.objects.exclude(method__in=[PaymentMethod.STRIPE, PaymentMethod.CREDIT])
    outside = [Payment.objects.filter(credit=None), Refund.objects.filter(credit=None)]
    came, went = (total_of(rows) for rows in outside)
    kept = total_of(Payment.objects.all()) - total_of(Refund.objects.all())
    left = sum(credit.left for credit in Credit.objects.with_left())
    if came - went != kept + left:
        yield f"{came - went} came and stayed, but orders hold {kept} and credits {left}"
    if Counter(month.banked) != Counter(by_hand.values_list("order", "amount")):
        yield "payments by hand differ from the bank's"


def _orders() -> Iterator[str]:
    for order in Order.objects.placed():
        paid = order.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        if order.is_to_be_paid and paid >= order.total:
            yield f"{order} is paid, and nobody has a ticket for it"
        if order.is_paid and paid < order.total:
            yield f"{order} counts as paid, and is not"
        seats = Attendee.objects.live().filter(order=order)
        if order.is_paid and seats.filter(completed_registration=False).exists():
            yield f"{order} is paid, and somebody has no ticket"
        if order.status in {OrderStatus.CANCELLED, OrderStatus.EXPIRED} and seats.exists():
            yield f"{order} is over, and somebody still has a ticket"
        if not order.is_pending and refundable(order).surplus and not Issue.objects.filter(order=order).exists():
            yield f"more came for {order} than was sold, and nobody was told"


def _firm_money() -> Iterator[str]:
    """No ticket that cannot be cancelled gave its price back to who changed and cancelled it."""
    by_themselves = RefundLine.objects.filter(
        refund__reason__in=[
            "Cancelled by who had it",
            "Cancelled by who bought it",
            "Changed to a cheaper ticket",
        ]
    )
    for part in by_themselves.filter(line__ticket_type__is_cancellable=False):
        yield f"{part} went back of a ticket that cannot be cancelled"


def _rates() -> Iterator[str]:
    """What is left of what was paid for a ticket is taxed as the ticket that it became."""
    for seat in Attendee.objects.live().filter(ticket_type__price__gt=0).select_related("ticket_type"):
        for line in seat_value(seat).of_tickets().lines:
            if line.tax_rate != seat.ticket_type.tax_rate:  # type: ignore[union-attr]
                yield f"{line} of {line.order} at {line.tax_rate} % is the price of a {seat.ticket_type}"


def wrong_mailboxes(month: Month) -> list[str]:
    told = (*_orders_told(month), *_decisions_told(month), *_told_once(month))
    return [*_outbox(month), *_tickets(month), *told]


def _outbox(month: Month) -> Iterator[str]:
    if Email.objects.exclude(status=STATUS.sent).exists():
        yield "a mail did not go out"
    if len(month.post.read()) != Email.objects.count():
        yield "not every mail arrived, or one that was never queued"
    if len(month.post.letters) - len(month.post.read()) != month.post.broken_lines:
        yield "a mail came twice without the line having broken"


def _tickets(month: Month) -> Iterator[str]:
    """Whoever has a ticket has its code in their mailbox, and nobody else but who had it before has one."""
    boxes: dict[str, list[Letter]] = {}
    for letter in month.post.read():
        boxes.setdefault(letter.to, []).append(letter)
    for seat in Attendee.objects.select_related("order__user"):
        assert seat.order
        # Of this order: whoever gave a ticket back and has another has the same code.
        mine = [each for each in boxes.get(seat.email or seat.order.user.email, []) if each.at >= seat.order.created_at]
        box = "".join(letter.text for letter in mine)
        if seat.is_live and seat.completed_registration and _said(seat.access_code) not in box:
            yield f"seat {seat.pk} has no ticket in its mailbox"
        # Whoever never had a ticket learns nothing of its end; their buyer does.
        told = box + "".join(letter.text for letter in boxes.get(seat.order.user.email, []))
        if not seat.is_live and not any(word in told for word in ("cancelled", " back", "expired")):
            yield f"seat {seat.pk} was ended, and nobody was told"
        if seat.is_live and not seat.completed_registration and _said(seat.access_code) in box:
            yield f"seat {seat.pk} has a ticket in its mailbox that is not paid"
    given = RetiredCode.objects.count()
    told = sum("was given to somebody else" in letter.subject for letter in month.post.read())
    without_address = sum(not word for word in month.gave_without_address)
    if told != given - without_address:
        yield f"{given} tickets were given away, {told} were told"


def _orders_told(month: Month) -> Iterator[str]:
    """The history of the orders and the mails tell the same."""
    subjects = Counter(letter.subject.partition(":")[0].partition(" for ")[0] for letter in month.post.read())
    # Of what was paid in part before it was due, the mail says what is missing.
    came = OrderEvent.objects.filter(kind=Event.PAYMENT, order=OuterRef("order"), pk__lt=OuterRef("pk"))
    of_the_rest = Q(kind__in=[Event.REMINDED, Event.OVERDUE]) & Exists(came.exclude(details__method="credit"))
    reminded_of_the_rest = OrderEvent.objects.filter(of_the_rest).count()
    events = Counter(OrderEvent.objects.exclude(of_the_rest).values_list("kind", flat=True))
    missing = sum(" is missing: " in letter.subject for letter in month.post.read())
    if missing < reminded_of_the_rest:
        yield f"{missing} mails of what is missing for {reminded_of_the_rest} reminders of it"
    for subject, event in (("Payment due soon", Event.REMINDED), ("Payment overdue", Event.OVERDUE)):
        if subjects[subject] != events[event]:
            yield f"{subject}: {subjects[subject]} mails for {events[event]} in the history"
    paid = sum(order.total > 0 for order in Order.objects.filter(events__kind=Event.PAID).distinct())
    if subjects["Paid"] != paid:
        yield f"Paid: {subjects['Paid']} mails for {paid} orders"
    back = sum(letter.subject.startswith("You get ") for letter in month.post.read())
    decided = Refund.objects.values("request_id", "order").distinct().count()
    if back != decided:
        yield f"{back} mails of money back for {decided} refunds"


def _decisions_told(month: Month) -> Iterator[str]:
    letters = month.post.read()
    asked = Order.objects.exclude(approval=Approval.NOT_NEEDED)
    if (told := sum("We have your registration" in each.subject for each in letters)) != asked.count():
        yield f"{asked.count()} orders were to be looked at, {told} were told"
    for order in asked.filter(approval=Approval.GIVEN).select_related("user"):
        mine = [each.subject for each in letters if each.to == order.user.email and order.reference in each.subject]
        if order.total and len(mine) < 2:
            yield f"{order} was approved, and its buyer was told nothing of what to pay"
    declined = asked.filter(approval=Approval.DECLINED).count()
    if (told := sum(DECLINED in each.text for each in letters)) != declined:
        yield f"{declined} orders were declined, {told} buyers were told"
    invited = Invitation.objects.count() + month.reminded
    if (told := sum("You are invited" in each.subject for each in letters)) != invited:
        yield f"{invited} invitations were sent, {told} came"
    accepted = Invitation.objects.filter(accepted_at__isnull=False)
    if accepted.count() != month.happened["invitation accepted"] or accepted.filter(order=None).exists():
        yield "an invitation was accepted without an order, or twice"


def _told_once(month: Month) -> Iterator[str]:
    """The day before and the move: once each, to whom it concerned."""
    for kind, subject in (("day_before", "Tomorrow"), ("conference_moved", "Tidewater has moved")):
        told = Notice.objects.filter(kind=kind).count()
        mails = sum(letter.subject.startswith(subject) for letter in month.post.read())
        if not told or mails != told:
            yield f"{subject}: {mails} mails for {told}"
    # Whoever came or paid in the last hours has just had their ticket.
    begun = BEGIN + (DAYS - 2) * DAY
    kinds = [Event.PLACED, Event.APPROVED, Event.PAID, Event.EXCHANGED, Event.REVIVED]
    just = OrderEvent.objects.filter(kind__in=kinds, at__gte=begun)
    told = Attendee.objects.expected().filter(created_at__lt=begun).exclude(order__in=just.values("order"))
    late = told.exclude(notices__kind="day_before")
    if late.exists():
        yield f"{late.count()} people were not told the day before"


def _said(code: str) -> str:
    return f"{code[:4]} {code[4:]}"
