"""Money that goes back: decide it, in whole or in part, by the way it came."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.catalogue.places import free_places, withdraw_places
from registration.catalogue.prices import NOTHING, refuse_parts_of_coins, smallest_coin
from registration.errors import RegistrationError
from registration.order.cancellation import end_seat
from registration.order.giving_back import give_back, tell_given_back
from registration.order.history import Event, note
from registration.order.locks import lock_order
from registration.order.models import Order, OrderLine
from registration.order.models_money import Payment, Payout, Refund
from registration.order.refundable import Refundable, refundable
from registration.order.release import release_lines
from registration.order.replacement import drop_replacements


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
    as_credit: bool = False,
    expected: Decimal | None = None,
) -> list[Refund]:
    """Give back `amount`, and end `seats`, whose tickets are refused from the commit on and whose places are free again,
    or with `keeps_places` off sale; without `seats` every ticket stays valid. Of those that have ended already only the
    money goes back. The buyer is told.

    With seats, it is their price first and then what was paid too much; without, first what was paid too much, then the
    price of tickets that have ended, then that of all other lines, each in proportion. To `payment` where it is given,
    else to the newest first; `as_credit` it does not leave, and is the buyer's to pay with. The same `request_id` again
    changes nothing; `expected` is what the page said could go back in all, so that two who give back the same part do not
    both. Raises RegistrationError `reason_missing`, `amount_not_positive`, `no_such_coins`, `more_than_paid`,
    `not_live`, `no_account`, `changed_meanwhile`, or `last_place`. Takes a transaction of its own; locks the seats of the order by primary key, so that
    nobody is admitted with a ticket that was given back, then the order, then the places. `order` itself is brought up
    to date.
    """
    try:
        with transaction.atomic():
            return _refund(
                order,
                amount,
                seats,
                reason,
                by,
                now,
                request_id,
                payment,
                keeps_places=keeps_places,
                as_credit=as_credit,
                expected=expected,
            )
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
    as_credit: bool,
    expected: Decimal | None,
) -> list[Refund]:
    held, locked = lock_order(order.pk)
    if again := list(Refund.objects.filter(order=locked, request_id=request_id)):
        return again
    asked = {seat.pk for seat in seats}
    ending = [seat for seat in held if seat.pk in asked and seat.is_live]
    refuse_parts_of_coins(amount, currency=locked.currency)
    possible = refundable(locked)
    if expected not in {None, possible.total}:
        message = _("Something has changed meanwhile: %(amount)s can be given back now. Nothing was; look once more.")
        raise RegistrationError("changed_meanwhile", message % {"amount": money(possible.total, locked.currency)})
    if asked - {seat.pk for seat in ending} - {line.attendee_id for line in possible.lines}:
        raise RegistrationError("not_live", _("A ticket has just changed. Load the page again."))
    shares, surplus = _shared(amount, possible, seats, currency=locked.currency)
    released = None
    if ending:
        released = release_lines(OrderLine.objects.filter(attendee__in=ending), now=now)
        for seat in ending:
            end_seat(seat, state=AttendeeState.REFUNDED, reason=reason.strip()[:200], by=by, now=now)
        drop_replacements(seats=ending, by=by, now=now)
    refunds = give_back(
        order=locked, shares=shares, surplus=surplus, reason=reason, by=by, now=now, request_id=request_id,
        payments=locked.payments.filter(pk=payment.pk) if payment else None, as_credit=as_credit,
    )  # fmt: skip
    tell_given_back(locked, refunds=refunds, reason=reason.strip(), ended=ending)
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
    amount: Decimal, possible: Refundable, seats: Collection[Attendee], *, currency: str
) -> tuple[dict[OrderLine, Decimal], Decimal]:
    """Of which lines `amount` is the price, and how much of it had been paid too much."""
    lines = possible.of_seats(seats) if seats else possible.lines
    prices = sum(lines.values(), NOTHING)
    if amount > prices + possible.surplus:
        raise RegistrationError(
            "more_than_paid",
            _("No more than %(amount)s can be given back for this.") % {"amount": prices + possible.surplus},
        )
    surplus = max(amount - prices, NOTHING) if seats else min(amount, possible.surplus)
    first = lines if seats else possible.of_ended()
    part = min(amount - surplus, sum(first.values(), NOTHING))
    others = {line: price for line, price in lines.items() if line not in first}
    rest = split(amount - surplus - part, others, currency=currency)
    return split(part, first, currency=currency) | rest, surplus


def split(amount: Decimal, prices: Mapping[OrderLine, Decimal], *, currency: str) -> dict[OrderLine, Decimal]:
    """`amount` in proportion to `prices`, none above its own, to the coin: what rounding leaves goes to the first."""
    whole = sum(prices.values(), NOTHING)
    if not amount:
        return {}
    coin = smallest_coin(currency)
    parts = {line: (amount * price / whole).quantize(coin, ROUND_DOWN) for line, price in prices.items()}
    rest = amount - sum(parts.values(), NOTHING)
    for line, price in prices.items():
        more = min(rest, price - parts[line])
        parts[line] += more
        rest -= more
    return {line: part for line, part in parts.items() if part}


@transaction.atomic
def pay_out(*, refund: Refund, by: User, now: dt.datetime, remark: str = "") -> Payout:
    """Staff have sent the money, or what was left of it. Raises RegistrationError `paid_out_already`. Takes a transaction of
    its own, and the locks of the order.
    """
    if refund.credit_id:
        raise RegistrationError("paid_out_already", _("This was given as credit."))
    lock_order(refund.order_id)
    left = Refund.objects.get(pk=refund.pk).left
    if left <= 0:
        raise RegistrationError("paid_out_already", _("This is marked as paid out already."))
    note(order=refund.order, event=Event.PAID_OUT, by=by, now=now, amount=str(left))
    return Payout.objects.create(refund=refund, amount=left, succeeded=True, at=now, by=by, note=remark.strip()[:200])
