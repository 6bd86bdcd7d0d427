"""Money that came too late: an order that has expired takes its places again, if they are still to be had. One that was to
change a ticket takes the place of the new ticket again.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import connection, transaction

from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.catalogue.models import AddOn, TicketType, Voucher
from registration.catalogue.places import change_places, take_places
from registration.errors import RegistrationError
from registration.order.history import Event, note
from registration.order.invoicing import lock_numbers
from registration.order.models import Order, OrderStatus
from registration.order.replacement import waiting_exchange


def revive(*, order: Order, seats: list[Attendee], now: dt.datetime, by: User | None = None) -> bool:
    """Make an expired order a pending one with the places, pieces and uses it had, all or none. None when one of them
    is gone, and when one of its seats has another ticket by now. The caller holds the locks of `lock_order`,
    and takes no more places after this.
    """
    assert connection.in_atomic_block
    if order.replaces_id:
        return _revive_exchange(order, now, by)
    lines = list(order.lines.live().select_related("ticket_type", "add_on", "voucher"))
    ours = {seat.pk: seat for seat in seats if not seat.is_live}
    wanted = {line.attendee_id for line in lines if line.ticket_type_id}
    if not wanted or not wanted <= set(ours):
        return False
    add_ons: Counter[AddOn] = Counter()
    vouchers: Counter[Voucher] = Counter()
    for line in lines:
        if line.add_on:
            add_ons[line.add_on] += line.quantity
        elif line.voucher:
            vouchers[line.voucher] += line.quantity
    back = [ours[pk] for pk in sorted(pk for pk in wanted if pk)]
    # Its invoice comes after its places, and others take these two the other way round.
    lock_numbers(order.conference)
    try:
        with transaction.atomic():
            types = [seat.ticket_type for seat in back if seat.ticket_type]
            take_places(conference=order.conference, ticket_types=types, add_ons=add_ons, vouchers=vouchers)
    except RegistrationError:
        return False
    for seat in back:
        seat.state, seat.cancelled_at, seat.cancelled_by, seat.cancel_reason = AttendeeState.VALID, None, None, ""
        seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "updated_at"])
    _reopen(order, now, by)
    return True


def _revive_exchange(order: Order, now: dt.datetime, by: User | None) -> bool:
    """None when the seat has ended, or another ticket than the one that was to be changed, or another change that waits."""
    line = order.lines.live().select_related("attendee__ticket_type", "ticket_type", "replaces_line").first()
    seat = line.attendee if line else None
    if line is None or seat is None or line.replaces_line is None or line.ticket_type is None:
        return False
    if not seat.is_live or seat.order_id != line.replaces_line.order_id or waiting_exchange(seat):
        return False
    lock_numbers(order.conference)
    # `complete_order` gives the old ticket's place back after this one is taken; both are locked by primary key first.
    both = TicketType.objects.filter(pk__in=[line.ticket_type_id, seat.ticket_type_id])
    list(both.select_for_update().order_by("pk").values_list("pk"))
    try:
        with transaction.atomic():
            change_places(taken=[line.ticket_type], freed=[])
    except RegistrationError:
        return False
    _reopen(order, now, by)
    return True


def _reopen(order: Order, now: dt.datetime, by: User | None) -> None:
    order.lines.live().update(released_at=None)
    order.status, order.hold_expires_at = OrderStatus.PENDING, None
    order.save(update_fields=["status", "hold_expires_at", "updated_at"])
    note(order=order, event=Event.REVIVED, by=by, now=now)
