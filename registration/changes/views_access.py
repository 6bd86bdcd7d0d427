"""Whose ticket may be changed by whom. Fetches and checks in one; what is somebody else's is not there."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from registration.attendee.models import Attendee, RetiredCode
from registration.ticket.access import bought_seat, held_seat, may_correct, seat_to_change


def own_or_404(request: HttpRequest, slug: str) -> Attendee:
    """The seat that the visitor holds at this conference."""
    return _or_404(held_seat(user=request.user, slug=slug))


def bought_or_404(request: HttpRequest, reference: str, code: str) -> Attendee:
    """A seat of an order that the visitor bought, while nobody with an account of their own holds it."""
    seat = _or_404(bought_seat(user=request.user, reference=reference, code=code))
    if not may_correct(seat=seat, by=request.user):
        raise Http404
    return seat


def changeable_or_404(request: HttpRequest, code: str) -> Attendee:
    """The seat with this very code, where the visitor may change it."""
    return _or_404(seat_to_change(user=request.user, code=code))


def has_given_away(request: HttpRequest, code: str) -> bool:
    """Whether the visitor gave away the ticket that had this code: a form sent twice."""
    return RetiredCode.objects.filter(code=code, retired_by=request.user).exists()


def _or_404(seat: Attendee | None) -> Attendee:
    if seat is None:
        raise Http404
    return seat
