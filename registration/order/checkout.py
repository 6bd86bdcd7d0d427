"""Sell seats: one order, its places, its seats and its lines, in one transaction, once.

The order of the locks is the same for whoever sells, cancels or takes money: the seats' rows, then the order, then the
places (conference, ticket types). The order itself is inserted first, so that a form sent twice meets its
`checkout_id` before it takes a second place.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.company import company_of
from registration.attendee.models import Attendee, AttendeeState
from registration.attendee.profile import save_profile
from registration.attendee.search import search_columns
from registration.catalogue.models import TicketType
from registration.catalogue.places import take_places
from registration.errors import RegistrationError
from registration.order.completion import ask_for_payment, complete_order
from registration.order.due import due_at
from registration.order.models import Order, OrderLine, OrderStatus

# A second try sees what the first one clashed with: the same form, a seat that this buyer has just got in another
# tab, or, once in 10^12, a reference.
_TRIES = 3


@dataclass(frozen=True)
class SeatRequest:
    """One seat to be sold: `name` and `email` of who will sit in it (both may be empty, it is named later), and what
    they answered, by name of the profile's field.
    """

    ticket_type: TicketType
    name: str = ""
    email: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)


def place_order(
    *, conference: Conference, buyer: User, seats: list[SeatRequest], checkout_id: uuid.UUID, now: dt.datetime
) -> Order:
    """Sell `seats` to `buyer` at the prices of their ticket types as given. What is free is completed at once, the
    rest waits for its payment; either mail is queued here.

    The same `checkout_id` again gives the same order and changes nothing. The seat with the buyer's own address is
    the buyer's, unless they hold one here already; every other seat is a guest's and held by a placeholder. A seat
    that the buyer had and that was cancelled is used again and keeps its code.

    Raises RegistrationError and writes nothing: `registration_not_open`, `registration_closed`, `not_on_sale`,
    `sold_out`, `limit_per_user`, `already_registered`, `checkout_id_reused`. Takes a transaction of its own, and in
    it locks the buyer's own seat, the conference's row and those of the ticket types.
    """
    assert seats
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return _place(conference, buyer, seats, checkout_id, now)
        except IntegrityError:
            placed = Order.objects.filter(checkout_id=checkout_id).first()
            if placed:
                return _same_order(placed, conference, buyer)
    raise RuntimeError(f"order {checkout_id} clashed {_TRIES} times")


def _same_order(placed: Order, conference: Conference, buyer: User) -> Order:
    if (placed.conference_id, placed.user_id) != (conference.pk, buyer.pk):
        raise RegistrationError("checkout_id_reused", _("This form was sent before by somebody else. Load it again."))
    return placed


def _place(
    conference: Conference, buyer: User, seats: list[SeatRequest], checkout_id: uuid.UUID, now: dt.datetime
) -> Order:
    total = sum((seat.ticket_type.price for seat in seats), Decimal("0.00"))
    order = Order(
        conference=conference, user=buyer, checkout_id=checkout_id, subtotal=total, total=total, created_at=now,
        status=OrderStatus.PENDING if total else OrderStatus.PAID, due_at=due_at(conference, now=now) if total else None,
    )  # fmt: skip
    order.save(force_insert=True)
    _refuse_what_is_not_sold(conference, [seat.ticket_type for seat in seats], now)
    own = Attendee.objects.select_for_update().filter(conference=conference, user=buyer).first()
    mine = _own_request(seats, buyer, own)
    take_places(conference=conference, ticket_types=[seat.ticket_type for seat in seats])
    _refuse_beyond_limits(conference, buyer, seats)
    made = [
        fill_seat(order, seat, holder=buyer if seat is mine else None, old=own if seat is mine else None)
        for seat in seats
    ]
    OrderLine.objects.bulk_create(
        OrderLine(order=order, attendee=attendee, ticket_type=seat.ticket_type, text=seat.ticket_type.name,
                  price=seat.ticket_type.price)
        for attendee, seat in zip(made, seats, strict=True)
    )  # fmt: skip
    if order.is_pending:
        ask_for_payment(order=order)
    else:
        complete_order(order=order, seats=made, now=now)
    return order


def _refuse_what_is_not_sold(conference: Conference, ticket_types: list[TicketType], now: dt.datetime) -> None:
    if conference.registration_opens_at and now < conference.registration_opens_at:
        raise RegistrationError("registration_not_open", _("Registration has not opened yet."))
    if not conference.is_registration_open(now=now):
        raise RegistrationError("registration_closed", _("Registration is closed."))
    for ticket_type in ticket_types:
        if ticket_type.conference_id != conference.pk or ticket_type.requires_voucher or not ticket_type.is_active:
            raise RegistrationError("not_on_sale", _("%(ticket)s is not for sale here.") % {"ticket": ticket_type})
        if ticket_type.available_from and now < ticket_type.available_from:
            raise RegistrationError("not_on_sale", _("%(ticket)s is not on sale yet.") % {"ticket": ticket_type})
        if not ticket_type.is_on_sale(now=now):
            raise RegistrationError("not_on_sale", _("%(ticket)s is no longer on sale.") % {"ticket": ticket_type})


def _own_request(seats: list[SeatRequest], buyer: User, own: Attendee | None) -> SeatRequest | None:
    """Which of `seats` is the buyer's own. Families share an address, so a second seat for it is a guest's; under the
    same name too it is the same registration once more, from another tab or after a lost answer.
    """
    with_my_address = [seat for seat in seats if buyer.email and seat.email.casefold() == buyer.email.casefold()]
    if own is None or not own.is_live:
        return with_my_address[0] if with_my_address else None
    if any(" ".join(seat.name.split()).casefold() == own.name.casefold() for seat in with_my_address):
        raise RegistrationError(
            "already_registered", _("You are registered already. For somebody else, enter their name.")
        )
    return None


def _refuse_beyond_limits(conference: Conference, buyer: User, seats: list[SeatRequest]) -> None:
    """After the places were taken: from then on the conference's row is locked, so no other order of this buyer is
    being placed while we count.
    """
    asked = Counter(seat.ticket_type for seat in seats if seat.ticket_type.limit_per_user)
    if not asked:
        return
    held = Counter(
        Attendee.objects.live()
        .filter(conference=conference, order__user=buyer, ticket_type__in=asked)
        .values_list("ticket_type", flat=True)
    )
    for ticket_type, count in asked.items():
        limit = ticket_type.limit_per_user
        if held[ticket_type.pk] + count > limit:
            message = ngettext(
                "%(ticket)s is limited to one ticket per buyer.",
                "%(ticket)s is limited to %(limit)s tickets per buyer.",
                limit,
            )
            raise RegistrationError("limit_per_user", message % {"ticket": ticket_type, "limit": limit})


def fill_seat(order: Order, seat: SeatRequest, *, holder: User | None, old: Attendee | None) -> Attendee:
    name = " ".join(seat.name.split())
    holder = holder or User.objects.create_placeholder(name=name)
    profile = save_profile(user=holder, answers=seat.profile, by=order.user) if seat.profile else None
    attendee = old or Attendee(user=holder, conference=order.conference)
    attendee.order, attendee.ticket_type = order, seat.ticket_type
    attendee.name, attendee.email = name, seat.email
    attendee.completed_registration = order.is_paid
    attendee.search_text, attendee.search_email = search_columns(
        attendee, references=[order.reference], company=company_of(profile)
    )
    if old is None:
        attendee.save()
    else:
        attendee.state = AttendeeState.VALID
        attendee.cancelled_at = attendee.cancelled_by = None
        attendee.cancel_reason = ""
        attendee.save(
            update_fields=[
                "order", "ticket_type", "name", "email", "completed_registration", "state", "cancelled_at",
                "cancelled_by", "cancel_reason", "search_text", "search_email", "updated_at",
            ]
        )  # fmt: skip
    return attendee
