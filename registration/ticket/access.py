"""Whose ticket it is. Each function fetches and checks in one query; what is somebody else's is not there."""

from __future__ import annotations

from django.db.models import Q

from registration.account.models import User
from registration.attendee.access_code import clean_code, fold_code
from registration.attendee.models import Attendee, AttendeeQuerySet


def _seats() -> AttendeeQuerySet:
    return Attendee.objects.select_related("conference", "ticket_type", "order", "user")


def _bought_by(user: User) -> Q:
    """Of the orders that `user` bought; what was given away is its new holder's alone. See also `has_bought`."""
    return Q(order__user=user, given_away_at=None)


def has_bought(*, seat: Attendee, user: User) -> bool:
    """See also `_bought_by`."""
    return seat.order is not None and seat.order.user_id == user.pk and seat.given_away_at is None


def own_seats(user: User) -> AttendeeQuerySet:
    """The seats `user` holds, and those of the orders they bought."""
    held, bought = Attendee.objects.filter(user=user), Attendee.objects.filter(_bought_by(user))
    # A union: for either this or that PostgreSQL reads all seats there are.
    mine = held.order_by().values("pk").union(bought.order_by().values("pk"))
    return _seats().filter(pk__in=mine).order_by("conference__start_date", "conference", "pk")


def held_seat(*, user: User, slug: str) -> Attendee | None:
    """The seat `user` holds at this conference."""
    return _seats().filter(user=user, conference__slug=slug).first()


def bought_seat(*, user: User, reference: str, code: str) -> Attendee | None:
    """A seat of an order that `user` bought; the buyer sees and manages all of them."""
    return _seats().filter(_bought_by(user), order__reference=reference, access_code=code).first()


def seat_by_code(code: str) -> Attendee | None:
    """The seat whose access code this is, or most likely means (see `fold_code`). For whom is for the caller to say."""
    cleaned = clean_code(code)
    folded = fold_code(cleaned)
    found = {seat.access_code: seat for seat in _seats().filter(access_code__in={cleaned, folded})}
    return found.get(cleaned) or found.get(folded)


def may_correct(*, seat: Attendee, by: User) -> bool:
    """The holder, and the buyer while nobody with an account of their own holds it, unless it was given away."""
    return seat.user_id == by.pk or (seat.user.is_placeholder and has_bought(seat=seat, user=by))


def seat_to_change(*, user: User, code: str) -> Attendee | None:
    """The seat with this access code, where `user` may change it."""
    seat = _seats().filter(Q(user=user) | _bought_by(user), access_code=code).first()
    return seat if seat and may_correct(seat=seat, by=user) else None
