"""Money that goes back: decide it, in whole or in part, by the way it came."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.catalogue.places import free_places, withdraw_places
from registration.errors import RegistrationError
from registration.order.cancellation import end_seat
from registration.order.completion import tell_buyer
from registration.order.history import Event, note
from registration.order.invoicing import keep_books
from registration.order.locks import lock_order
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_money import Payment, Payout, Refund, RefundLine
from registration.order.release import release_lines
from registration.order.replacement import drop_replacements
from registration.order.ticket_lines import is_over

_CENT = Decimal("0.01")
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Refundable:
    """What can go back of an order: of each of its lines, and what was paid beyond what was sold."""

    lines: dict[OrderLine, Decimal]
    surplus: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.lines.values(), self.surplus)

    def of_seats(self, seats: Iterable[Attendee]) -> dict[OrderLine, Decimal]:
        keys = {seat.pk for seat in seats}
        return {line: left for line, left in self.lines.items() if line.attendee_id in keys}

    def of_ended(self) -> dict[OrderLine, Decimal]:
        """What is left of the prices of tickets that have ended. A query or more a line."""
        return {line: left for line, left in self.lines.items() if is_over(line)}


def refundable(order: Order) -> Refundable:
    """Three queries. Exact for who holds the order's lock."""
    paid = {payment.pk: payment.amount for payment in order.payments.all()}
    given = order.refunds.aggregate(sum=Sum("amount"))["sum"] or _NOTHING
    left = sum(paid.values(), _NOTHING) - given
    lines = order.lines.live().annotate(given_back=Sum("refunds__amount"))
    is_sold = order.is_paid or order.status == OrderStatus.REPLACED
    prices: dict[OrderLine, Decimal] = {}
    if is_sold:
        prices = {line: line.amount - (line.given_back or _NOTHING) for line in lines}
    kept = sum(prices.values(), _NOTHING)
    # What came short of the prices cannot go back: only where lines were made dearer or money never came here.
    short = max(kept - left, _NOTHING)
    due = kept if not order.is_pending else order.total
    return Refundable(_less(prices, short), max(left - due, _NOTHING))


def _less(prices: dict[OrderLine, Decimal], short: Decimal) -> dict[OrderLine, Decimal]:
    left: dict[OrderLine, Decimal] = {}
    for line, price in prices.items():
        taken = min(price, short)
        short -= taken
        if price > taken:
            left[line] = price - taken
    return left


def refund_order(
    *,
    order: Order,
    amount: Decimal,
    seats: Collection[Attendee] = (),
    reason: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
    payment: Payment | None = None,
    keeps_places: bool = False,
) -> list[Refund]:
    """Give back `amount`, and end `seats`, whose tickets are refused from the commit on and whose places are free again,
    or with `keeps_places` off sale; without `seats` every ticket stays valid. Of those that have ended already only the money goes back. The buyer is
    told.

    With seats, it is their price first and then what was paid too much; without, first what was paid too much, then the
    price of tickets that have ended, then that of all other lines, each in proportion. To `payment` where it is given, else to the newest first. The same
    `request_id` again changes nothing. Raises RegistrationError `reason_missing`, `amount_not_positive`,
    `more_than_paid`, `not_live`, or `last_place`. Takes a transaction of its own; locks the seats of the order by primary key, so that
    nobody is admitted with a ticket that was given back, then the order, then the places. `order` itself is brought up
    to date.
    """
    try:
        with transaction.atomic():
            return _refund(order, amount, seats, reason, by, now, request_id, payment, keeps_places=keeps_places)
    except IntegrityError:
        if again := list(Refund.objects.filter(order=order, request_id=request_id)):
            return again
        raise
    finally:
        order.refresh_from_db(fields=["status", "total", "subtotal"])


def _refund(
    order: Order,
    amount: Decimal,
    seats: Collection[Attendee],
    reason: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
    payment: Payment | None,
    *,
    keeps_places: bool,
) -> list[Refund]:
    held, locked = lock_order(order.pk)
    if again := list(Refund.objects.filter(order=locked, request_id=request_id)):
        return again
    asked = {seat.pk for seat in seats}
    ending = [seat for seat in held if seat.pk in asked and seat.is_live]
    possible = refundable(locked)
    if asked - {seat.pk for seat in ending} - {line.attendee_id for line in possible.lines}:
        raise RegistrationError("not_live", _("A ticket has just changed. Load the page again."))
    shares, surplus = _shared(amount, possible, seats)
    released = None
    if ending:
        released = release_lines(OrderLine.objects.filter(attendee__in=ending), now=now)
        for seat in ending:
            end_seat(seat, state=AttendeeState.REFUNDED, reason=reason.strip()[:200], by=by, now=now)
        drop_replacements(seats=ending, by=by, now=now, reason="")
    refunds = give_back(
        order=locked, shares=shares, surplus=surplus, reason=reason, by=by, now=now, request_id=request_id, payment=payment
    )  # fmt: skip
    tell_buyer(locked, template="refund", amount=amount, ended=ending, reason=reason.strip(), refunds=refunds)
    if released:
        if keeps_places:
            note(order=locked, event=Event.PLACES_KEPT, by=by, now=now, reason=reason.strip())
        free_places(
            conference=locked.conference,
            ticket_types=[seat.ticket_type for seat in ending],
            add_ons=released.add_ons,
            vouchers=released.vouchers,
            exchanged=released.exchanged,
        )
        if keeps_places:
            withdraw_places(conference=locked.conference, ticket_types=[seat.ticket_type for seat in ending])
    return refunds


def _shared(
    amount: Decimal, possible: Refundable, seats: Collection[Attendee]
) -> tuple[dict[OrderLine, Decimal], Decimal]:
    """Of which lines `amount` is the price, and how much of it had been paid too much."""
    lines = possible.of_seats(seats) if seats else possible.lines
    prices = sum(lines.values(), _NOTHING)
    if amount > prices + possible.surplus:
        raise RegistrationError(
            "more_than_paid",
            _("No more than %(amount)s can be given back for this.") % {"amount": prices + possible.surplus},
        )
    surplus = max(amount - prices, _NOTHING) if seats else min(amount, possible.surplus)
    first = lines if seats else possible.of_ended()
    part = min(amount - surplus, sum(first.values(), _NOTHING))
    others = {line: price for line, price in lines.items() if line not in first}
    return split(part, first) | split(amount - surplus - part, others), surplus


def split(amount: Decimal, prices: Mapping[OrderLine, Decimal]) -> dict[OrderLine, Decimal]:
    """`amount` in proportion to `prices`, none above its own, to the cent: what rounding leaves goes to the first."""
    whole = sum(prices.values(), _NOTHING)
    if not amount:
        return {}
    parts = {line: (amount * price / whole).quantize(_CENT, ROUND_DOWN) for line, price in prices.items()}
    rest = amount - sum(parts.values(), _NOTHING)
    for line, price in prices.items():
        more = min(rest, price - parts[line])
        parts[line] += more
        rest -= more
    return {line: part for line, part in parts.items() if part}


def give_back(
    *,
    order: Order,
    shares: Mapping[OrderLine, Decimal],
    surplus: Decimal = _NOTHING,
    reason: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
    payment: Payment | None = None,
) -> list[Refund]:
    """Decide that the buyer gets back `shares` of the prices of lines and `surplus` that was paid too much, to
    `payment` or else to those it came by, the newest first; the order is partly refunded, or refunded when none of its
    tickets is left.

    For a caller that holds the locks of all seats of the order and of the order, and has ended what seats it wants to.
    A `request_id` that was used is an IntegrityError. Raises RegistrationError `reason_missing`, `amount_not_positive`
    or `more_than_paid`. What goes back by Stripe is sent by the worker, the rest by people (`pay_out`).
    """
    assert connection.in_atomic_block
    amount = sum(shares.values(), surplus)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is given back; the buyer reads it in the mail."))
    if amount <= 0 or min([surplus, *shares.values()]) < 0:
        raise RegistrationError("amount_not_positive", _("Enter the amount to give back."))
    possible = refundable(order)
    if surplus > possible.surplus or any(part > possible.lines.get(line, _NOTHING) for line, part in shares.items()):
        raise RegistrationError(
            "more_than_paid", _("No more than %(amount)s can be given back.") % {"amount": possible.total}
        )
    payments = order.payments.filter(pk=payment.pk) if payment else order.payments.all()
    refunds = _by_payment(order, payments, amount, reason.strip()[:200], by, now, request_id)
    _write_lines(refunds, shares)
    _set_status(order)
    keep_books(order=order, now=now)
    note(order=order, event=Event.REFUNDED, by=by, now=now, reason=reason.strip(), amount=str(amount))
    return refunds


def _by_payment(
    order: Order,
    payments: QuerySet[Payment],
    amount: Decimal,
    reason: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
) -> list[Refund]:
    made: list[Refund] = []
    for payment in payments.annotate(given_back=Sum("refunds__amount")).order_by("-pk"):
        part = min(amount, payment.amount - (payment.given_back or _NOTHING))
        if part > 0:
            refund = Refund(
                order=order, payment=payment, amount=part, currency=payment.currency, reason=reason, decided_by=by,
                decided_at=now, request_id=request_id,
            )  # fmt: skip
            refund.save(force_insert=True)
            made.append(refund)
            amount -= part
    if amount:
        raise RegistrationError("more_than_paid", _("That payment was smaller."))
    return made


def _write_lines(refunds: list[Refund], shares: Mapping[OrderLine, Decimal]) -> None:
    """The prices of lines fill the refunds one after the other; what was paid too much fills the rest."""
    rows: list[RefundLine] = []
    room = {refund.pk: refund.amount for refund in refunds}
    for line, part in shares.items():
        for refund in refunds:
            taken = min(part, room[refund.pk])
            if taken > 0:
                rows.append(RefundLine(refund=refund, line=line, amount=taken))
                room[refund.pk] -= taken
                part -= taken
    RefundLine.objects.bulk_create(rows)


def _set_status(order: Order) -> None:
    if not order.is_paid:
        return
    credited = RefundLine.objects.filter(refund__order=order).aggregate(sum=Sum("amount"))["sum"] or _NOTHING
    if not credited:
        return
    is_over = credited >= order.total and not Attendee.objects.live().filter(order=order).exists()
    order.status = OrderStatus.REFUNDED if is_over else OrderStatus.PARTIALLY_REFUNDED
    order.save(update_fields=["status", "updated_at"])


def pay_out(*, refund: Refund, by: User, now: dt.datetime, remark: str = "") -> Payout:
    """Staff have sent the money. Raises RegistrationError `paid_out_already`. Takes a transaction of its own."""
    try:
        with transaction.atomic():
            payout = Payout.objects.create(refund=refund, succeeded=True, at=now, by=by, note=remark.strip()[:200])
            note(order=refund.order, event=Event.PAID_OUT, by=by, now=now, amount=str(refund.amount))
            return payout
    except IntegrityError as error:
        raise RegistrationError("paid_out_already", _("This is marked as paid out already.")) from error
