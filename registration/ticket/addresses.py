"""The addresses of a ticket. It is reached by its conference (`ticket`, my own) or by its order (`order-ticket`, one that
I bought); the pages are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from registration.account.models import User
from registration.attendee.models import Attendee


@dataclass(frozen=True)
class Links:
    page: str
    details: str
    pdf: str
    calendar: str
    apple: str
    google: str


def links_for(seat: Attendee, user: User) -> Links:
    """By the conference when `user` holds the seat, else by the order they bought."""
    if seat.user_id != user.pk:
        return order_links(seat)
    return _links("ticket", seat.conference.slug)


def order_links(seat: Attendee) -> Links:
    assert seat.order
    return _links("order-ticket", seat.order.reference, seat.access_code)


def _links(page: str, *where: str) -> Links:
    below = (f"{page}-{name}" for name in ("details", "pdf", "ics", "apple", "google"))
    return Links(*(reverse(name, args=where) for name in (page, *below)))
