"""Who sits in a seat that is sold: the buyer, or a guest whose seat a placeholder holds."""

from __future__ import annotations

from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.account.models import User
from registration.attendee.access_code import generate_access_code
from registration.attendee.company import company_of
from registration.attendee.models import Attendee, AttendeeQuerySet, AttendeeState
from registration.attendee.profile import save_profile
from registration.attendee.search import search_columns
from registration.errors import RegistrationError
from registration.order.choice import SeatRequest
from registration.order.models import Order


def _seats() -> AttendeeQuerySet:
    return Attendee.objects.filter(conference=Given("conference"), user=Given("user"))


_SEAT = Prepared(lambda: _seats().select_related("order"))
_SEAT_LOCKED = Prepared(lambda: _seats().select_for_update())


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


def fill_seat(order: Order, seat: SeatRequest, *, holder: User | None, old: Attendee | None) -> Attendee:
    name = " ".join(seat.name.split())
    is_new = holder is None
    holder = holder or User.objects.create_placeholder(name=name)
    profile = save_profile(user=holder, answers=seat.profile, by=order.user, is_new=is_new) if seat.profile else None
    # Drawn here, since it can be searched for. A clash is the caller's to try again, as any other IntegrityError.
    attendee = old or Attendee(user=holder, conference=order.conference, access_code=generate_access_code())
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
        attendee.cancelled_at = attendee.cancelled_by = attendee.given_away_at = None
        attendee.cancel_reason = ""
        attendee.save(
            update_fields=[
                "order", "ticket_type", "name", "email", "completed_registration", "state", "cancelled_at",
                "cancelled_by", "cancel_reason", "given_away_at", "search_text", "search_email", "updated_at",
            ]
        )  # fmt: skip
    return attendee
