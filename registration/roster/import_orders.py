"""The orders of an imported list: one for each reference in it, paid or to be paid as it says there."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING
from registration.order.invoicing import keep_books
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_money import Payment
from registration.order.release import Released, release_lines
from registration.order.replacement import drop_replacements
from registration.order.totals import SUMS, add_up
from registration.roster.holders import accounts_with, new_placeholders
from registration.roster.rows import RosterRow


def orders_for(
    *, conference: Conference, rows: list[RosterRow], holders: dict[int, User], now: dt.datetime
) -> dict[int, Order]:
    """The order of each new row by line, made where it is not here yet. Without a reference, a row is its own order.

    The buyer is who the list names: the holder of one of the order's seats, an account with that confirmed address, or
    a placeholder. Where the list names no buyer it is the holder of the first seat.
    """
    groups: dict[tuple[str, int], list[RosterRow]] = defaultdict(list)
    for row in rows:
        groups[row.order_reference, 0 if row.order_reference else row.line].append(row)
    here = _lock_orders(conference, {reference for reference, _line in groups if reference})
    missing = [group for (reference, _line), group in groups.items() if reference not in here]
    buyers = _buyers(missing, holders)
    made = Order.objects.bulk_create(
        [_new_order(conference, group, buyer, now) for group, buyer in zip(missing, buyers, strict=True)],
        batch_size=1000,
    )
    found = {row.line: order for group, order in zip(missing, made, strict=True) for row in group}
    for (reference, _line), group in groups.items():
        if order := here.get(reference):
            _grow(order, group, now)
            found.update((row.line, order) for row in group)
    return found


def update_orders(*, conference: Conference, pairs: list[tuple[RosterRow, Attendee]], now: dt.datetime) -> set[int]:
    """Bring price and text of the lines, total and payment state in line with the list. What was paid here stays paid,
    and a seat that has another order now keeps that. Returns the primary keys of the seats whose order changed.
    """
    pairs = [(row, seat) for row, seat in pairs if seat.order_id and row.order_reference]
    orders = _lock_orders(conference, {row.order_reference for row, _seat in pairs})
    by_pk = {order.pk: order for order in orders.values()}
    pairs = [(row, seat) for row, seat in pairs if seat.order_id in by_pk]
    changed = _update_lines(pairs)
    unpaid = {seat.order_id for row, seat in pairs if not row.is_paid}
    paid_here = set(Payment.objects.filter(order__in=by_pk).values_list("order_id", flat=True))
    _set_totals(list(by_pk.values()), now)
    for order in by_pk.values():
        wanted = OrderStatus.PENDING if order.pk in unpaid and order.total else OrderStatus.PAID
        touched = {seat.pk for _row, seat in pairs if seat.order_id == order.pk}
        if order.status == wanted or order.pk in paid_here or not touched or order.status not in _FOLLOWS_THE_LIST:
            continue
        order.status = wanted
        order.save(update_fields=["status", "updated_at"])
        Attendee.objects.filter(order=order).live().update(
            completed_registration=wanted == OrderStatus.PAID, updated_at=now
        )
        changed |= touched
    _keep_books(by_pk, now)
    return changed


_FOLLOWS_THE_LIST = {OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.CANCELLED}


def end_orders(*, seats: list[Attendee], now: dt.datetime) -> Released:
    """What `order.cancellation` does for one seat, for many: of unpaid orders the lines are no longer owed, an order
    without any seat left that was not paid is cancelled, and so is one that waits to change a ticket of them. The seats
    are locked and cancelled already. Returns what their lines had taken.
    """
    own = {seat.order_id for seat in seats if seat.order_id}
    changes: dict[int, Attendee] = {}
    for some in chunks(seats, CHUNK):
        lines = OrderLine.objects.exchanging().filter(attendee__in=some).select_related("attendee")
        changes.update((line.order_id, line.attendee) for line in lines if line.attendee)
    for chunk in chunks(sorted(own | changes.keys()), CHUNK):
        locked = list(Order.objects.select_for_update().filter(pk__in=chunk).order_by("pk"))
        orders = [order for order in locked if order.pk in own]
        pending = [order for order in orders if order.is_pending]
        OrderLine.objects.live().filter(order__in=pending, attendee__in=[seat.pk for seat in seats]).update(
            cancelled_at=now
        )
        _set_totals(pending, now)
        alive = set(Attendee.objects.live().filter(order__in=chunk).values_list("order_id", flat=True))
        over = [order.pk for order in orders if order.pk not in alive and (order.is_pending or not order.total)]
        Order.objects.filter(pk__in=over).update(status=OrderStatus.CANCELLED, updated_at=now)
    for some in chunks(changes.values(), CHUNK):
        drop_replacements(seats=some, by=None, now=now)
    _keep_books(own, now)
    released = Released([], Counter(), Counter())
    for some in chunks(seats, CHUNK):
        part = release_lines(OrderLine.objects.filter(attendee__in=some), now=now)
        released.add_ons.update(part.add_ons)
        released.vouchers.update(part.vouchers)
        released.exchanged.extend(part.exchanged)
    return released


def _lock_orders(conference: Conference, references: set[str]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    for chunk in chunks(sorted(references), CHUNK):
        locked = Order.objects.select_for_update().filter(conference=conference, imported_reference__in=chunk)
        found.update((order.imported_reference or "", order) for order in locked.order_by("pk"))
    return found


def _buyers(groups: list[list[RosterRow]], holders: dict[int, User]) -> list[User]:
    accounts = accounts_with(group[0].buyer_email for group in groups)
    buyers: list[User | None] = []
    for group in groups:
        named = group[0].buyer_email.lower()
        seat = next((row for row in group if row.email.lower() == named), None) if named else group[0]
        buyers.append(holders[seat.line] if seat else accounts.get(named))
    strangers = iter(
        new_placeholders([group[0].buyer_name for group, buyer in zip(groups, buyers, strict=True) if buyer is None])
    )
    return [buyer or next(strangers) for buyer in buyers]


def _new_order(conference: Conference, group: list[RosterRow], buyer: User, now: dt.datetime) -> Order:
    total = sum((row.price for row in group), NOTHING)
    is_paid = not total or all(row.is_paid for row in group)
    currency = group[0].currency
    return Order(
        conference=conference, user=buyer, imported_reference=group[0].order_reference or None, subtotal=total,
        total=total, status=OrderStatus.PAID if is_paid else OrderStatus.PENDING,
        currency=currency if re.fullmatch(r"[A-Z]{3}", currency) else conference.currency,
        created_at=group[0].ordered_at or now,
    )  # fmt: skip


def _grow(order: Order, group: list[RosterRow], now: dt.datetime) -> None:
    """A seat more in an order that is here. One that was cancelled for want of seats follows the list again."""
    order.subtotal += sum((row.price for row in group), NOTHING)
    order.total = max(order.subtotal - order.discount, NOTHING)
    if order.status == OrderStatus.CANCELLED:
        order.status = OrderStatus.PAID if all(row.is_paid for row in group) else OrderStatus.PENDING
    order.updated_at = now
    order.save(update_fields=["subtotal", "total", "status", "updated_at"])


def _update_lines(pairs: list[tuple[RosterRow, Attendee]]) -> set[int]:
    lines: dict[tuple[int | None, int | None], OrderLine] = {}
    for chunk in chunks([seat.pk for _row, seat in pairs], CHUNK):
        lines.update(((line.order_id, line.attendee_id), line) for line in OrderLine.objects.filter(attendee__in=chunk))
    changed, stale = set(), []
    for row, seat in pairs:
        line = lines.get((seat.order_id, seat.pk))
        told = (row.price, row.ticket or "–", seat.ticket_type_id, None)
        if line and (line.price, line.text, line.ticket_type_id, line.cancelled_at) != told:
            line.price, line.text, line.ticket_type_id, line.cancelled_at = told
            stale.append(line)
            changed.add(seat.pk)
    OrderLine.objects.bulk_update(stale, ["price", "text", "ticket_type", "cancelled_at"], batch_size=500)
    return changed


def _set_totals(orders: list[Order], now: dt.datetime) -> None:
    stale = add_up(orders)
    for order in stale:
        order.updated_at = now
    Order.objects.bulk_update(stale, [*SUMS, "updated_at"], batch_size=500)


def _keep_books(orders: Iterable[int], now: dt.datetime) -> None:
    """Of those that were invoiced here, which are few."""
    for chunk in chunks(sorted(orders), CHUNK):
        invoiced = Order.objects.filter(pk__in=chunk, invoices__isnull=False).distinct()
        for order in invoiced.select_related("conference", "user").order_by("pk"):
            keep_books(order=order, now=now)
