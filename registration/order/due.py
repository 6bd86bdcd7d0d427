"""Until when an order is to be paid, and what the worker does about it: a mail before, a mail after, and, unless the
organisers want it otherwise, the end of the order.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conferences.languages import say
from conferences.models import Conference
from registration.attendee.models import Attendee, AttendeeState
from registration.catalogue.places import free_places
from registration.order.cancellation import end_seat
from registration.order.completion import tell_buyer, tell_part_paid
from registration.order.giving_back import return_credit
from registration.order.history import Event, note
from registration.order.invoicing import keep_books
from registration.order.locks import lock_order
from registration.order.models import Approval, Order, OrderStatus
from registration.order.models_money import Payment, PaymentMethod
from registration.order.payment import paid_so_far
from registration.order.release import release_lines
from registration.order.replacement import note_dropped
from registration.order.unpaid import desk_opens_on, ends_at

_AT_ONCE = 200
NOT_PAID = _("Not paid in time")


def due_at(conference: Conference, *, now: dt.datetime) -> dt.datetime | None:
    """The end of the day, there, on which an order of `now` is to be paid at the latest: before the conference begins,
    unless it has. None when the conference sets no due date.
    """
    if not conference.days_to_pay:
        return None
    today = conference.local_date(now)
    day = min(today + dt.timedelta(days=conference.days_to_pay), conference.start_date - dt.timedelta(days=1))
    return dt.datetime.combine(max(day, today), dt.time(23, 59, 59), tzinfo=conference.tz).astimezone(dt.UTC)


def remind(*, now: dt.datetime) -> int:
    """Mail each buyer whose order is due soon, and each whose order was due, once. Returns how many were mailed."""
    sent = 0
    for conference in _with_unpaid_orders():
        unpaid = _unpaid(conference)
        if conference.remind_before_days:
            soon = now + dt.timedelta(days=conference.remind_before_days)
            # Whoever ordered so late that the day of the mail had passed has just read when to pay.
            early = F("due_at") - dt.timedelta(days=conference.remind_before_days)
            coming = unpaid.filter(due_at__gt=now, due_at__lte=soon, created_at__lt=early, reminded_at=None)
            sent += sum(_remind(order, "reminded_at", now) for order in coming[:_AT_ONCE])
        if conference.remind_after_days:
            over = now - dt.timedelta(days=conference.remind_after_days)
            late = unpaid.filter(due_at__lte=over, overdue_told_at=None)
            sent += sum(_remind(order, "overdue_told_at", now) for order in late[:_AT_ONCE])
    return sent


@transaction.atomic
def _remind(order: Order, field: str, now: dt.datetime) -> int:
    """The update is what decides: two workers, or a payment that has just come, leave one mail or none."""
    if not Order.objects.pending().filter(pk=order.pk, **{field: None}).update(**{field: now}):
        return 0
    is_late = field == "overdue_told_at"
    note(order=order, event=Event.OVERDUE if is_late else Event.REMINDED, by=None, now=now)
    paid = paid_so_far(order)
    if _money_for(order.pk).exists():
        tell_part_paid(order, paid=paid, now=now)
        return 1
    template = "order_overdue" if is_late else "order_due"
    tell_buyer(
        order, template=template, ends_at=ends_at(order), desk_from=desk_opens_on(order), paid=paid,
        owed=order.total - paid,
    )  # fmt: skip
    return 1


def expire_unpaid(*, now: dt.datetime) -> int:
    """End what was not paid in time, at conferences that want it so. Returns how many ended. Looks only for what
    `expire_order` ends: what stays would be found first each time, and keep the rest from its turn.
    """
    ended = 0
    for conference in _with_unpaid_orders().filter(expire_after_days__isnull=False):
        over = now - dt.timedelta(days=conference.expire_after_days or 0)
        not_at_the_card_page = Q(kept_until=None) | Q(kept_until__lte=now)
        nothing_came = ~Exists(_money_for(OuterRef("pk")))
        nobody_is_in = ~Exists(Attendee.objects.live().filter(order=OuterRef("pk"), checked_in_at__isnull=False))
        ending = _unpaid(conference).filter(nothing_came, not_at_the_card_page, nobody_is_in, due_at__lte=over)
        for order in ending[:_AT_ONCE]:
            ended += expire_order(order=order, over=over, now=now)
    return ended


@transaction.atomic
def expire_order(*, order: Order, over: dt.datetime, now: dt.datetime) -> bool:
    """End `order` if it is still unpaid and was due before `over`: its tickets are refused, its places free, its buyer
    told. Not one of which something was paid, nor one with somebody who is in: those are for people to decide; nor one
    that is being paid by card. Credit alone keeps no places, or a cent of it would: it is given back. Locks the seats by
    primary key, then the order, then the places.
    """
    seats, locked = lock_order(order.pk)
    live = [seat for seat in seats if seat.is_live]
    is_over = locked.is_pending and not locked.is_held and locked.due_at is not None and locked.due_at <= over
    is_kept = locked.kept_until is not None and now < locked.kept_until
    if not is_over or is_kept or _money_for(locked.pk).exists() or any(seat.checked_in_at for seat in live):
        return False
    released = release_lines(locked.lines.all(), now=now)
    locked.status = OrderStatus.EXPIRED
    locked.save(update_fields=["status", "updated_at"])
    for seat in live:
        end_seat(seat, state=AttendeeState.CANCELLED, reason=say(NOT_PAID, to=locked.conference), by=None, now=now)
    keep_books(order=locked, now=now)
    return_credit(order=locked, reason=NOT_PAID, now=now)
    note(order=locked, event=Event.EXPIRED, by=None, now=now)
    note_dropped(order=locked, reason=say(NOT_PAID, to=locked.conference), by=None, now=now)
    tell_buyer(locked, template="order_expired")
    free_places(
        conference=locked.conference,
        ticket_types=[*(seat.ticket_type for seat in live), *released.held],
        add_ons=released.add_ons,
        vouchers=released.vouchers,
        exchanged=released.exchanged,
    )
    return True


def _with_unpaid_orders() -> QuerySet[Conference]:
    due = Order.objects.pending().filter(conference=OuterRef("pk"), due_at__isnull=False)
    return Conference.objects.filter(Exists(due))


def _unpaid(conference: Conference) -> QuerySet[Order]:
    """Pending and not waiting for approval, with a price and a due date. Some of it may be paid already."""
    orders = Order.objects.pending().placed().filter(conference=conference, due_at__isnull=False, total__gt=0)
    return (
        orders.filter(approval__in=[Approval.NOT_NEEDED, Approval.GIVEN])
        .select_related("conference", "user")
        .order_by("due_at", "pk")
    )


def _money_for(order: int | OuterRef) -> QuerySet[Payment]:
    """What came for it, but for credit, which had come before."""
    return Payment.objects.filter(order=order).exclude(method=PaymentMethod.CREDIT)
