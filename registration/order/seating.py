"""Who sits in a seat that is sold: the buyer, or a guest whose seat a placeholder holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared, insert_all
from registration.account.models import User
from registration.attendee.access_code import draw_codes
from registration.attendee.company import company_of
from registration.attendee.models import Attendee, AttendeeQuerySet, AttendeeState
from registration.attendee.profile import profile_of, save_profile
from registration.attendee.search import search_columns
from registration.errors import RegistrationError
from registration.order.choice import SeatRequest
from registration.order.models import Order


def seats_of(conference: Any) -> AttendeeQuerySet:
    """The one, or none, of a `user` to be given. `conference` is an expression for its key."""
    return Attendee.objects.filter(conference=conference, user=Given("user"))


_SEAT = Prepared(lambda: seats_of(Given("conference")).select_related("order"))
_SEAT_LOCKED = Prepared(lambda: seats_of(Given("conference")).select_for_update())


def seat_of(*, conference: Conference, user: User, locked: bool = False) -> Attendee | None:
    """The one seat of `user` at `conference`, live or not. With its order, unless its row is to be `locked`."""
    return (_SEAT_LOCKED if locked else _SEAT).first(conference=conference.pk, user=user.pk)


def own_request(seats: tuple[SeatRequest, ...], *, buyer: User, own: Attendee | None) -> int | None:
    """The index of the one of `seats` that is the buyer's own, who has the seat `own` here already, live or not. Families share an address,
    so a second seat for it is a guest's; under the same name too it is the same registration once more, from another
    tab or after a lost answer. Raises RegistrationError `already_registered`.
    """
    mine = (buyer.email or "").casefold()
    with_my_address = [index for index, seat in enumerate(seats) if mine and seat.email.casefold() == mine]
    if own is None or not own.is_live:
        return with_my_address[0] if with_my_address else None
    if any(" ".join(seats[index].name.split()).casefold() == own.name.casefold() for index in with_my_address):
        raise RegistrationError(
            "already_registered", _("You are registered already. For somebody else, enter their name.")
        )
    return None


def fill_seats(
    order: Order, requests: Sequence[SeatRequest], *, mine: int | None = None, own: Attendee | None = None
) -> list[Attendee]:
    """The seats of `order`, which is saved, in the order of `requests`: that at the index `mine` is the buyer's, who may have
    had the seat `own` before; the others are held by placeholders. One query for all that are new, and one for their
    placeholders; a profile takes one or two.
    """
    guests = User.objects.create_placeholders(_name(each) for index, each in enumerate(requests) if index != mine)
    holders = iter(guests)
    # Drawn here, since a code can be searched for. A clash is the caller's to try again, as any other IntegrityError.
    codes = iter(draw_codes(len(guests) + (mine is not None and own is None)))
    seats = []
    for index, request in enumerate(requests):
        if index == mine:
            seat = own or Attendee(user=order.user, conference=order.conference, access_code=next(codes))
        else:
            seat = Attendee(user=next(holders), conference=order.conference, access_code=next(codes))
        _fill(seat, request, order=order, is_guest=index != mine)
        seats.append(seat)
    insert_all([seat for seat in seats if seat is not own])
    if own in seats:
        _save_again(own)
    return seats


def _name(request: SeatRequest) -> str:
    return " ".join(request.name.split())


def _fill(seat: Attendee, request: SeatRequest, *, order: Order, is_guest: bool) -> None:
    profile = None
    if request.profile:
        is_new = is_guest or profile_of(seat.user_id) is None
        profile = save_profile(user=seat.user, answers=request.profile, by=order.user, is_new=is_new)
    seat.order, seat.ticket_type = order, request.ticket_type
    seat.name, seat.email = _name(request), request.email
    seat.completed_registration = order.is_paid
    seat.search_text, seat.search_email = search_columns(
        seat, references=[order.reference], company=company_of(profile)
    )


def _save_again(seat: Attendee) -> None:
    seat.state = AttendeeState.VALID
    seat.cancelled_at = seat.cancelled_by = seat.given_away_at = None
    seat.cancel_reason = ""
    seat.save(
        update_fields=[
            "order", "ticket_type", "name", "email", "completed_registration", "state", "cancelled_at",
            "cancelled_by", "cancel_reason", "given_away_at", "search_text", "search_email", "updated_at",
        ]
    )  # fmt: skip
