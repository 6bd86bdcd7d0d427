"""What is not sold, and why, in words for whoever wanted to buy it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import MAX_SEATS, AddOn, TicketType
from registration.catalogue.offers import only_with
from registration.catalogue.prices import Terms
from registration.errors import RegistrationError
from registration.order.choice import Choice, SeatRequest
from registration.order.models import Order, OrderLine


def refuse_what_is_not_sold(choice: Choice, *, conference: Conference, voucher: Terms | None, now: dt.datetime) -> None:
    """Windows, what is hidden, what goes together. Raises RegistrationError
    `registration_not_open`, `registration_closed`, `too_many_seats`, `not_on_sale`, `limit_per_seat`,
    `add_on_not_with_ticket`.
    """
    if conference.registration_opens_at and now < conference.registration_opens_at:
        raise RegistrationError("registration_not_open", _("Registration has not opened yet."))
    if not conference.is_registration_open(now=now):
        raise RegistrationError("registration_closed", _("Registration is closed."))
    if len(choice.seats) > MAX_SEATS:
        raise RegistrationError(
            "too_many_seats", _("%(most)s tickets at most can be ordered at once.") % {"most": MAX_SEATS}
        )
    for ticket_type in choice.ticket_types:
        _refuse_item(ticket_type, conference, voucher, now)
    for add_on in choice.add_ons:
        _refuse_item(add_on, conference, voucher, now)
    _refuse_add_ons(choice.seats)


def _refuse_item(item: TicketType | AddOn, conference: Conference, voucher: Terms | None, now: dt.datetime) -> None:
    words = {"ticket": item}
    if item.requires_voucher and not (voucher and voucher.unlocks(item)):
        # Without its name: what is hidden is nobody's business.
        raise RegistrationError("not_on_sale", _("That is not for sale here. Nothing was booked."))
    if item.conference_id != conference.pk or not item.is_active:
        raise RegistrationError("not_on_sale", _("%(ticket)s is not for sale here.") % words)
    if item.available_from and now < item.available_from:
        raise RegistrationError("not_on_sale", _("%(ticket)s is not on sale yet.") % words)
    if not item.is_on_sale(now=now):
        raise RegistrationError("not_on_sale", _("%(ticket)s is no longer on sale.") % words)


def _refuse_add_ons(seats: tuple[SeatRequest, ...]) -> None:
    for seat in seats:
        for add_on, count in seat.add_ons.items():
            words = {"add_on": add_on, "ticket": seat.ticket_type, "limit": add_on.limit_per_seat}
            if not 0 <= count <= add_on.limit_per_seat:
                message = ngettext(
                    "%(add_on)s: one at most for each person.",
                    "%(add_on)s: %(limit)s at most for each person.",
                    add_on.limit_per_seat,
                )
                raise RegistrationError("limit_per_seat", message % words)
            if count and (only := only_with(add_on)) and seat.ticket_type.pk not in only:
                raise RegistrationError(
                    "add_on_not_with_ticket", _("%(add_on)s cannot be had with %(ticket)s.") % words
                )


def refuse_beyond_limits(choice: Choice, *, conference: Conference, buyer: User, order: Order | None) -> None:
    """What each buyer may have of a type, seats and what they hold in orders other than `order` counted. Call it after
    the places were taken: from then on the conference's row is locked, so no other order of this buyer takes any while
    we count. Two queries where a type has a limit. Raises RegistrationError `limit_per_user`.
    """
    asked = Counter({kind: count for kind, count in choice.ticket_types.items() if kind.limit_per_user})
    if not asked:
        return
    have = had_by(buyer, kinds=asked, but=order)
    for ticket_type, count in asked.items():
        if have[ticket_type.pk] + count > ticket_type.limit_per_user:
            raise beyond_limit(ticket_type)


def had_by(buyer: User, *, kinds: Iterable[TicketType], but: Order | None = None) -> Counter[int]:
    """How many of each of `kinds`, by key, `buyer` has in orders other than `but`: seats, and what they hold, be it chosen
    or waiting to change a ticket. Two queries.
    """
    seats = Attendee.objects.live().filter(order__user=buyer, ticket_type__in=kinds)
    lines = OrderLine.objects.filter(order__user=buyer, ticket_type__in=kinds)
    held = lines.holding().filter(Q(attendee=None) | Q(pk__in=lines.exchanging().values("pk")))
    if but:
        seats, held = seats.exclude(order=but), held.exclude(order=but)
    return Counter([*seats.values_list("ticket_type", flat=True), *held.values_list("ticket_type", flat=True)])


def beyond_limit(ticket_type: TicketType) -> RegistrationError:
    message = ngettext(
        "%(ticket)s is limited to one ticket per buyer.",
        "%(ticket)s is limited to %(limit)s tickets per buyer.",
        ticket_type.limit_per_user,
    )
    return RegistrationError("limit_per_user", message % {"ticket": ticket_type, "limit": ticket_type.limit_per_user})
