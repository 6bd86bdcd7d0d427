"""Find the ticket of an address, as `addresses.py` has them: what the person may not see is not there."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from registration.attendee.claim import claim_waiting
from registration.attendee.models import Attendee
from registration.ticket.access import bought_seat, held_seat
from registration.ticket.addresses import Links, links_for, order_links


def own(request: HttpRequest, slug: str) -> tuple[Attendee, Links]:
    seat = held_seat(user=request.user, slug=slug)
    if seat is None and claim_waiting(user=request.user):
        seat = held_seat(user=request.user, slug=slug)
    if seat is None:
        raise Http404
    return seat, links_for(seat, request.user)


def bought(request: HttpRequest, reference: str, code: str) -> tuple[Attendee, Links]:
    seat = bought_seat(user=request.user, reference=reference, code=code)
    if seat is None:
        raise Http404
    return seat, order_links(seat)


def own_or_bought(request: HttpRequest, where: dict[str, str]) -> tuple[Attendee, Links]:
    """By the parts of the address, for a view that stands below both."""
    return own(request, **where) if "slug" in where else bought(request, **where)
