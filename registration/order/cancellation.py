"""Take a seat back, or a whole order that nobody has paid; free the places, and tell the people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.languages import say
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.catalogue.places import free_places
from registration.errors import RegistrationError
from registration.order.completion import knows_of_ticket, tell_buyer, tell_cancelled, tell_seat
from registration.order.giving_back import return_credit
from registration.order.history import Event, note
from registration.order.invoicing import keep_books
from registration.order.locks import lock_order, lock_seat_with_orders
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_money import PaymentMethod
from registration.order.payment import settle
from registration.order.release import release_lines
from registration.order.replacement import drop_replacements, note_dropped
from registration.order.totals import SUMS, add_up

_GIVEN_UP = gettext_lazy("Given up by who ordered it")
_CHANGE_GIVEN_UP = gettext_lazy("The change was given up.")


@transaction.atomic
def cancel_seat(*, attendee: Attendee, reason: str, by: User | None, now: dt.datetime) -> Attendee:
    """Cancel one live seat: its ticket is refused from the commit on, its places are free again, and its person is told.

    Of an order that is still to be paid the seat's line is no longer owed; without any seat left the order is
    cancelled. What was paid stays recorded: giving it back is a matter of its own. Raises RegistrationError
    `reason_missing`, `not_live` or `changed_meanwhile`. Locks all seats of its orders by primary key (what is still owed
    may complete them), then the orders, then the places. An order that waits to change its ticket ends with it. Returns the seat as stored.
    """
    reason = _checked(reason)
    seat, held, orders = lock_seat_with_orders(attendee)
    if not seat.is_live:
        raise RegistrationError("not_live", _("This ticket is cancelled already."))
    order = orders[seat.order_id] if seat.order_id else None
    end_seat(seat, state=AttendeeState.CANCELLED, reason=reason, by=by, now=now)
    released = release_lines(OrderLine.objects.filter(attendee=seat), now=now)
    if order:
        _drop_lines(order, [seat], now)
        others = [other for other in held if other.is_live and other.order_id == order.pk]
        if not others and (order.is_pending or not order.total):
            order.status = OrderStatus.CANCELLED
            order.save(update_fields=["status", "updated_at"])
            note(order=order, event=Event.CANCELLED, by=by, now=now, reason=reason)
        elif others:
            settle(order=order, seats=others, now=now)
        keep_books(order=order, now=now)
        return_credit(order=order, reason=reason, now=now)
        note(order=order, event=Event.SEAT_CANCELLED, by=by, now=now, reason=reason, seat=seat.name)
        drop_replacements(seats=[seat], by=by, now=now)
    tell_cancelled(seat, order=order, by=by)
    free_places(
        conference=seat.conference,
        ticket_types=[seat.ticket_type],
        add_ons=released.add_ons,
        vouchers=released.vouchers,
        exchanged=released.exchanged,
    )
    return seat


@transaction.atomic
def cancel_order(
    *, order: Order, reason: str, by: User | None, now: dt.datetime, template: str = "order_cancelled"
) -> Order:
    """Cancel an order that is still to be paid, with all its live seats, and tell its buyer by `template`, and whoever of
    the others knows of their ticket. Raises RegistrationError `reason_missing` or `not_pending`. Locks the seats by primary key, then
    the order, then the places. Returns the order as stored.
    """
    return _cancel(*lock_order(order.pk), reason=_checked(reason), by=by, now=now, template=template)


@transaction.atomic
def give_up_order(*, order: Order, by: User, now: dt.datetime) -> Order:
    """Its buyer, or of a change of ticket whoever may change it, does not want it after all, whatever its tickets say of
    cancelling: nothing was paid for it. What was paid by credit is credit again. Raises RegistrationError `not_pending`,
    `partly_paid` or `admitted`; that it is for `by` to say is for the caller to have checked. Locks as `cancel_order` does.
    Returns it as stored.
    """
    seats, locked = lock_order(order.pk)
    if refusal := why_not_give_up(locked, seats=seats):
        raise refusal
    reason = _CHANGE_GIVEN_UP if locked.replaces_id else _GIVEN_UP
    return _cancel(seats, locked, reason=say(reason, to=locked.conference), by=by, now=now)


def why_not_give_up(order: Order, *, seats: Iterable[Attendee] = ()) -> RegistrationError | None:
    """What speaks against giving up an order that is to be paid. `seats` are its own, of which one that waits to change a
    ticket has none. One query. See also `OrderSummary.can_be_given_up`.
    """
    if order.payments.exclude(method=PaymentMethod.CREDIT).exists():
        return RegistrationError("partly_paid", _("Some of it is paid already. Ask the organisers to cancel it."))
    if any(seat.is_live and seat.checked_in_at for seat in seats):
        return RegistrationError("admitted", _("Somebody has been let in with a ticket of it already."))
    return None


def _cancel(
    seats: list[Attendee],
    locked: Order,
    *,
    reason: str,
    by: User | None,
    now: dt.datetime,
    template: str = "order_cancelled",
) -> Order:
    seats = [seat for seat in seats if seat.is_live]
    if not locked.is_pending:
        raise RegistrationError(
            "not_pending",
            _("This order is %(status)s. Cancel its tickets one by one.")
            % {"status": locked.get_status_display().lower()},
        )
    released = release_lines(locked.lines.all(), now=now)
    locked.lines.live().update(cancelled_at=now)
    locked.status = OrderStatus.CANCELLED
    locked.save(update_fields=["status", "updated_at"])
    for seat in seats:
        end_seat(seat, state=AttendeeState.CANCELLED, reason=reason, by=by, now=now)
        if seat.user_id != locked.user_id and knows_of_ticket(seat, order=locked):
            tell_seat(seat, order=locked, template="seat_cancelled", reason=reason)
    if not (locked.replaces_id and by == locked.user):  # who gives a change up has just read that the ticket stays
        tell_buyer(locked, template=template, reason=reason)
    keep_books(order=locked, now=now)
    return_credit(order=locked, reason=reason, now=now)
    note(order=locked, event=Event.CANCELLED, by=by, now=now, reason=reason)
    note_dropped(order=locked, reason=reason, by=by, now=now)
    free_places(
        conference=locked.conference,
        ticket_types=[seat.ticket_type for seat in seats],
        add_ons=released.add_ons,
        vouchers=released.vouchers,
        exchanged=released.exchanged,
    )
    return locked


def _checked(reason: str) -> str:
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why it is cancelled; the person reads it in their mail."))
    return reason.strip()[:200]


def end_seat(seat: Attendee, *, state: AttendeeState, reason: str, by: User | None, now: dt.datetime) -> None:
    """Its ticket is refused from the commit on. The caller holds its lock, and gives its place back."""
    seat.state, seat.cancelled_at, seat.cancelled_by, seat.cancel_reason = state, now, by, reason
    seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "updated_at"])


def _drop_lines(order: Order, seats: list[Attendee], now: dt.datetime) -> None:
    """What is cancelled before it is paid is not owed; what was paid keeps its line, for the books."""
    if not order.is_pending:
        return
    order.lines.live().filter(attendee__in=seats).update(cancelled_at=now)
    add_up([order])
    order.save(update_fields=[*SUMS, "updated_at"])
