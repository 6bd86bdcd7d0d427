"""The decision that something goes back of an order: to whom it came from, and by the way it came."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from conferences.languages import say
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING
from registration.errors import RegistrationError
from registration.order.completion import tell_buyer
from registration.order.history import Event, note
from registration.order.invoicing import keep_books, lock_numbers
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_money import Payment, PaymentMethod, Refund, RefundLine, Total, total_of
from registration.order.refundable import refundable


def give_back(
    *,
    order: Order,
    shares: Mapping[OrderLine, Decimal],
    surplus: Decimal = NOTHING,
    reason: str,
    by: User | None,
    now: dt.datetime,
    request_id: uuid.UUID,
    payments: QuerySet[Payment] | None = None,
    as_credit: bool = False,
) -> list[Refund]:
    """Decide that the buyer gets back `shares` of the prices of lines and `surplus` that was paid too much, to
    `payments` or else to all it came by, the newest first; the order is partly refunded, or refunded when none of its
    tickets is left. What was paid by credit is credit again in any case, and with `as_credit` all the rest is, too.

    For a caller that holds the locks of all seats of the order and of the order, and has ended what seats it wants to.
    A `request_id` that was used is an IntegrityError. Raises RegistrationError `reason_missing`, `amount_not_positive`,
    `more_than_paid` or `no_account`. What goes back by Stripe is sent by the worker, the rest by people (`pay_out`).
    """
    assert connection.in_atomic_block
    amount = sum(shares.values(), surplus)
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is given back; the buyer reads it in the mail."))
    if amount <= 0 or min([surplus, *shares.values()]) < 0:
        raise RegistrationError("amount_not_positive", _("Enter the amount to give back."))
    possible = refundable(order)
    if surplus > possible.surplus or any(part > possible.lines.get(line, NOTHING) for line, part in shares.items()):
        raise RegistrationError(
            "more_than_paid", _("No more than %(amount)s can be given back.") % {"amount": possible.total}
        )
    credit = _credit_of_buyer(order) if as_credit else None
    like = Refund(
        order=order, credit=credit, reason=reason.strip()[:200], decided_by=by, decided_at=now, request_id=request_id
    )
    refunds = _by_payment(order.payments.all() if payments is None else payments, amount, like)
    _write_lines(refunds, shares)
    _set_status(order)
    keep_books(order=order, now=now)
    how = {"method": PaymentMethod.CREDIT} if all(refund.credit_id for refund in refunds) else {}
    note(order=order, event=Event.REFUNDED, by=by, now=now, reason=reason.strip(), amount=str(amount), **how)
    return refunds


def _credit_of_buyer(order: Order) -> Credit:
    if order.user.is_placeholder:
        raise RegistrationError("no_account", _("The buyer has no account here, and so nothing to use credit with."))
    # First, as of all who give credit at this conference one at a time may be about to make the buyer's first.
    lock_numbers(order.conference)
    return Credit.objects.get_or_create(conference=order.conference, user=order.user)[0]


def _by_payment(payments: QuerySet[Payment], amount: Decimal, like: Refund) -> list[Refund]:
    """Refunds of `amount` with all else as `like`, which is not saved."""
    made: list[Refund] = []
    for payment in payments.annotate(given_back=Total("refunds__amount")).order_by("-pk"):
        part = min(amount, payment.amount - (payment.given_back or NOTHING))
        if part > 0:
            refund = Refund(
                order=like.order, payment=payment, amount=part, currency=payment.currency, reason=like.reason,
                credit_id=payment.credit_id or like.credit_id, decided_by=like.decided_by, decided_at=like.decided_at,
                request_id=like.request_id,
            )  # fmt: skip
            refund.save(force_insert=True)
            made.append(refund)
            amount -= part
    if amount:
        raise RegistrationError("more_than_paid", _("That payment was smaller."))
    return made


def tell_given_back(order: Order, *, refunds: list[Refund], reason: str, ended: Sequence[Attendee] = ()) -> None:
    """Mail the buyer what goes back and how, and the papers that were issued with it; `ended` are the seats whose tickets
    are void by it. One query beside the mail's.
    """
    papers = list(order.invoices.filter(issued_at=refunds[0].decided_at).order_by("pk"))
    tell_buyer(
        order, template="refund", papers=papers, amount=sum((refund.amount for refund in refunds), NOTHING), ended=ended, reason=reason,
        ways=_ways_of(refunds), has_credit=any(refund.credit_id for refund in refunds),
    )  # fmt: skip


def _ways_of(refunds: list[Refund]) -> list[tuple[Refund, Decimal]]:
    """One of the refunds of each way that money goes back, with what goes that way in all: several payments are told once."""
    ways: dict[tuple[bool, str], tuple[Refund, Decimal]] = {}
    for refund in refunds:
        way = (refund.credit_id is not None, refund.payment.method if refund.credit_id is None else "")
        first, amount = ways.get(way, (refund, NOTHING))
        ways[way] = first, amount + refund.amount
    return list(ways.values())


def return_credit(*, order: Order, reason: str | Promise, now: dt.datetime) -> None:
    """What came by credit and was not needed, since the order has ended or more came than it costs, is credit again, and
    the buyer is told. For who holds the locks of the order and its seats; whoever ends an order calls it before the
    places are freed. (Of a change whose ticket has ended the worker does it, `money/surplus.py`.)
    """
    by_credit = order.payments.filter(method=PaymentMethod.CREDIT)
    came = total_of(by_credit) - total_of(Refund.objects.filter(payment__in=by_credit))
    amount = min(came, refundable(order).surplus) if came else NOTHING
    if amount:
        said = say(reason, to=order.conference)
        refunds = give_back(
            order=order, shares={}, surplus=amount, reason=said, by=None, now=now, request_id=uuid.uuid4(),
            payments=by_credit,
        )  # fmt: skip
        tell_given_back(order, refunds=refunds, reason=said)


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
    credited = total_of(RefundLine.objects.filter(refund__order=order))
    if not credited:
        return
    is_over = credited >= order.total and not Attendee.objects.live().filter(order=order).exists()
    order.status = OrderStatus.REFUNDED if is_over else OrderStatus.PARTIALLY_REFUNDED
    order.save(update_fields=["status", "updated_at"])
