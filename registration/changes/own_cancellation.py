"""Give a ticket back by oneself, where its type allows it; what was paid goes back, less the fee."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.languages import say
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.giving_back import give_back, tell_given_back
from registration.order.invoicing import lock_numbers
from registration.order.locks import lock_seat_with_orders
from registration.order.ticket_value import seat_value
from registration.ticket.access import may_correct

_CANCELLED = gettext_lazy("Cancelled by who had it")
_CANCELLED_BY_BUYER = gettext_lazy("Cancelled by who bought it")


@dataclass(frozen=True)
class CancellationQuote:
    """`paid` is what is there for the seat and its add-ons, `kept` what of it stays with the conference: the fee or, where it
    `is_bound`, the price of a ticket it was changed from that could not be cancelled. `payers` are the keys of whoever
    bought any of it.
    """

    paid: Decimal
    kept: Decimal
    is_bound: bool
    payers: frozenset[int]

    @property
    def back(self) -> Decimal:
        return self.paid - self.kept


def why_not_cancel(seat: Attendee, *, now: dt.datetime) -> RegistrationError | None:
    """What speaks against giving `seat` back by oneself; None when nothing does. One query, or two. The seat is loaded with
    conference and ticket type. `not_live`, `admitted`, `not_cancellable`, `cancelling_closed`, `group_unpaid`.
    """
    if not seat.is_live:
        return RegistrationError("not_live", _("This ticket is not valid any more."))
    if seat.checked_in_at or seat.scans.live_admissions().exists():
        return RegistrationError("admitted", _("Somebody has been let in with this ticket already."))
    kind = seat.ticket_type
    if kind is None or not kind.is_cancellable:
        return RegistrationError("not_cancellable", _("This ticket cannot be cancelled here. Ask the organisers."))
    if not kind.is_cancellable_on(seat.conference.local_date(now)):
        return RegistrationError("cancelling_closed", _("The last day to cancel this ticket is over."))
    if seat.order and seat.order.is_pending and seat.order.lines.live().filter(at_least__gt=1).exists():
        # What was paid stays the price of the others; what was not is no price of fewer yet.
        message = _("Its order has a price for several tickets, and is not paid yet. Ask the organisers.")
        return RegistrationError("group_unpaid", message)
    return None


def quote_cancellation(seat: Attendee) -> CancellationQuote:
    """Four queries for each order that its ticket was in."""
    value = seat_value(seat)
    payers = frozenset(line.order.user_id for line in value.lines)
    return CancellationQuote(value.total, value.kept, is_bound=value.bound > value.fee, payers=payers)


def may_take_credit(quote: CancellationQuote, *, conference: Conference, by: User) -> bool:
    """Whether `by` chooses how it goes back: where organisers allow it, and nobody else has paid."""
    return conference.offers_credit and quote.back > 0 and quote.payers == {by.pk}


@transaction.atomic
def cancel_own_ticket(
    *,
    attendee: Attendee,
    by: User,
    now: dt.datetime,
    request_id: uuid.UUID,
    expected: Decimal | None = None,
    as_credit: bool = False,
) -> CancellationQuote:
    """Cancel the seat and give back what `quote_cancellation` says, what was paid last first, by the way it came, or
    `as_credit` where they may take it. `expected` is what the page said goes back.

    Raises RegistrationError: those of `why_not_cancel`, so that a form sent twice does it once; `not_yours`;
    `price_changed`; `changed_meanwhile`. Locks as `cancel_seat` does, and the numbers of the invoices before the places.
    """
    seat, _held, orders = lock_seat_with_orders(attendee)
    seat.order = orders[seat.order_id] if seat.order_id else None
    if not may_correct(seat=seat, by=by):
        raise RegistrationError("not_yours", _("This ticket is somebody else's now. Only they can cancel it."))
    if refusal := why_not_cancel(seat, now=now):
        raise refusal
    quote = quote_cancellation(seat)
    if expected is not None and expected != quote.back:
        raise RegistrationError("price_changed", _("What goes back has just changed. Look at it once more."))
    as_credit = as_credit and may_take_credit(quote, conference=seat.conference, by=by)
    reason = say(_CANCELLED if by == seat.user else _CANCELLED_BY_BUYER, to=seat.conference)
    parts = seat_value(seat).last(quote.back)
    # `cancel_seat` ends with the places, and what is given back may be on paper.
    lock_numbers(seat.conference)
    cancel_seat(attendee=seat, reason=reason, by=by, now=now)
    for pk, lines in groupby(parts, key=lambda line: line.order_id):
        order, shares = orders[pk], {line: parts[line] for line in lines}
        order.refresh_from_db(fields=["status", "total", "subtotal", "discount"])
        refunds = give_back(
            order=order, shares=shares, reason=reason, by=by, now=now, request_id=request_id, as_credit=as_credit
        )
        tell_given_back(order, refunds=refunds, reason=reason, ended=[seat])
    return quote
