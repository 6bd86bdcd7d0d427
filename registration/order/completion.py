"""What follows a sale: everybody gets their ticket by mail once nothing is owed, until then the buyer what to pay.

The mails are rows of the caller's transaction: they are there exactly when the sale is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, EmailField, When
from post_office.models import Email

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.catalogue.places import change_places
from registration.catalogue.prices import NOTHING
from registration.mail.outbox import FileToMake, MailFile, queue_mail
from registration.order.history import closed_at
from registration.order.invoicing import keep_books
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.replacement import take_over
from registration.order.retaxing import tax_anew
from registration.order.unpaid import desk_opens_on, is_overdue
from registration.order.writing import lines_of

# What is said of an order that changes a ticket: its person keeps the one they have until it is paid.
_OF_A_CHANGE = {
    "order_to_pay": "change_to_pay",
    "order_overdue": "change_overdue",
    "order_expired": "change_expired",
    "order_paid": "change_paid",
}


def complete_order(*, order: Order, seats: list[Attendee], now: dt.datetime, surplus: Decimal = NOTHING) -> None:
    """Mark `order` paid and its live `seats` completed, and queue the ticket mail of each. Call it once an order,
    inside the transaction that made the seats or holds the locks of `lock_order`. A replacement takes over its seats, what
    was paid for their old tickets is taxed as the new ones, and the places of the old ones are given back, last. `surplus` is
    what was paid beyond its total.
    """
    assert connection.in_atomic_block
    if order.status != OrderStatus.PAID:
        order.status = OrderStatus.PAID
        order.save(update_fields=["status", "updated_at"])
    freed: list[TicketType] = []
    taxed: list[Order] = []
    if order.replaces_id:
        moved, freed = take_over(order=order, now=now)
        seats, taxed = [*seats, *moved], tax_anew(order=order, now=now)
    incomplete = [seat for seat in seats if not seat.completed_registration]
    if incomplete:
        for seat in incomplete:
            seat.completed_registration = True
        Attendee.objects.filter(pk__in=[seat.pk for seat in incomplete]).update(
            completed_registration=True, updated_at=now
        )
    if order.total:
        tell_buyer(order, template="order_paid", lines=lines_of(order), surplus=surplus)
        keep_books(order=order, now=now)
    renew_papers(orders=taxed, now=now)
    for seat in seats:
        send_ticket(seat, order=order, template="ticket_changed" if order.replaces_id else "ticket")
    change_places(taken=[], freed=freed)


def renew_papers(*, orders: list[Order], now: dt.datetime) -> None:
    """Issue what is missing of `orders`, lines of which a change of a ticket has taxed anew, and mail the buyers what they
    get by it: they need not be who changed it. For who holds the locks of `keep_books`.
    """
    for order in orders:
        if papers := keep_books(order=order, now=now):
            tell_buyer(order, template="papers_renewed", papers=papers)


def send_ticket(seat: Attendee, *, order: Order | None, template: str = "ticket") -> Email | None:
    """Queue a mail with the ticket of `seat`, as `tell_seat` does."""
    ticket = {"seat": seat.pk, "code": seat.access_code}
    files = [
        FileToMake("qr.png", "ticket_qr", ticket, "image/png"),
        FileToMake("ticket.ics", "ticket_ics", ticket, "text/calendar"),
        FileToMake("ticket.pdf", "ticket_pdf", ticket, "application/pdf"),
    ]
    return tell_seat(seat, order=order, template=template, files=files)


def tell_seat(
    seat: Attendee,
    *,
    order: Order | None,
    template: str,
    files: Sequence[MailFile | FileToMake] = (),
    **context: Any,
) -> Email | None:
    """Mail the person of `seat` at `address_of` it; nothing where there is none."""
    to = address_of(seat, order)
    if not to:
        return None
    conference = order.conference if order else seat.conference
    about = {"attendee": seat, "conference": conference, "order": order, **context}
    return queue_mail(template=template, to=to, context=about, attachments=files)


def address_of(seat: Attendee, order: Order | None) -> str:
    """Its own, or the buyer's where it has none; empty where neither has one. `addresses` is the same for the database."""
    return seat.email or (order.user.email if order else "") or ""


def addresses() -> Case:
    """As `address_of`, for queries of seats, but null where there is none."""
    return Case(When(email="", then="order__user__email"), default="email", output_field=EmailField(null=True))


def ask_for_payment(*, order: Order, lines: list[OrderLine] | None = None) -> None:
    """Mail the buyer what to pay and how. `lines` are those of the order; they are read where they are not at hand."""
    lines = lines_of(order) if lines is None else lines
    tell_buyer(order, template="order_to_pay", lines=lines, desk_from=desk_opens_on(order))


def tell_part_paid(order: Order, *, paid: Decimal, now: dt.datetime) -> None:
    """Mail the buyer of an order that is still to be paid what of it came, what is missing, and how to pay that."""
    desk_from = desk_opens_on(order, is_partly_paid=True)
    tell_buyer(
        order, template="order_part_paid", came=paid, missing=order.total - paid, desk_from=desk_from,
        is_overdue=is_overdue(order, now=now),
    )  # fmt: skip


def tell_late(order: Order, *, amount: Decimal) -> None:
    """Mail the buyer of an order that is closed that `amount` came for it all the same, and waits for the organisers."""
    tell_buyer(order, template="payment_late", amount=amount, closed_at=closed_at(order))


def tell_twice(order: Order, *, amount: Decimal) -> None:
    """Mail the buyer of an order that was paid that `amount` came for it once more, and waits for the organisers."""
    tell_buyer(order, template="payment_twice", amount=amount)


def tell_buyer(order: Order, *, template: str, **context: Any) -> None:
    """Mail the buyer something about `order`; nothing where they have no address."""
    if order.replaces_id:
        template = _OF_A_CHANGE.get(template, template)
    if order.user.email:
        queue_mail(
            template=template, to=order.user.email, context={"order": order, "conference": order.conference, **context}
        )


def tell_cancelled(seat: Attendee, *, order: Order | None, by: User | None) -> None:
    """Tell whom it concerns that `seat` is cancelled and why: its person, if they know of their ticket, and its buyer,
    unless it was given away or one of the two has cancelled it (`by`). Who is both gets one mail, and of somebody else's
    ticket a buyer is not told that it is theirs.
    """
    reason = seat.cancel_reason
    if order is None:
        tell_seat(seat, order=None, template="seat_cancelled", reason=reason)
        return
    to = address_of(seat, order) if knows_of_ticket(seat, order=order) else ""
    is_told_apart = bool(to) and to.casefold() != (order.user.email or "").casefold()
    if is_told_apart:
        tell_seat(seat, order=order, template="seat_cancelled", reason=reason)
        if by in (seat.user, order.user):
            return
    if seat.given_away_at and (is_told_apart or not to):
        return
    template = "seat_cancelled" if seat.user_id == order.user_id else "others_cancelled"
    tell_buyer(order, template=template, attendee=seat, reason=reason)


def knows_of_ticket(seat: Attendee, *, order: Order) -> bool:
    """Whether its ticket was mailed, or its person, somebody other than the buyer, has taken it into their account."""
    has_taken_it = seat.user_id != order.user_id and not seat.user.is_placeholder
    return seat.completed_registration or has_taken_it
