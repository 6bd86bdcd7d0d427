"""Whose badges are printed together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from conferences.models import Conference
from registration.attendee.badge_face import face_of
from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.attendee.profile import profile_of, profiles_of
from registration.badge.models import BadgePrint

# In one file: 4 s and 450 MB at the most, in a process of its own. The next thousand is the next part.
MOST = 1000


@dataclass(frozen=True)
class Choice:
    """`only` are people picked one by one; they are printed whether they were before or not."""

    ticket_types: tuple[int, ...] = ()
    is_new_only: bool = False
    is_changed_only: bool = False
    only: tuple[int, ...] = ()


def chosen(conference: Conference, choice: Choice) -> AttendeeQuerySet:
    """By name. Of those picked one by one whoever has a valid ticket, else whom the door waits for."""
    seats = Attendee.objects.filter(conference=conference)
    if choice.only:
        return seats.live().filter(pk__in=choice.only, blocked_reason="").by_name()
    seats = seats.expected()
    if choice.ticket_types:
        seats = seats.filter(ticket_type__in=choice.ticket_types)
    if choice.is_new_only:
        seats = seats.filter(badge_prints=None)
    if choice.is_changed_only:
        seats = seats.filter(pk__in=changed_since_printed(conference))
    return seats.by_name()


def changed_since_printed(conference: Conference) -> list[int]:
    """Keys of whom the door waits for whose last badge says something else than it would now. Three queries, one where
    nothing was printed.
    """
    last: dict[int, BadgePrint] = {}
    for printed in BadgePrint.objects.filter(conference=conference).order_by("printed_at", "pk"):
        last[printed.attendee_id] = printed
    if not last:
        return []
    seats = Attendee.objects.expected().filter(conference=conference).exclude(badge_prints=None)
    found = list(seats.select_related("ticket_type"))
    profiles = profiles_of(seat.user_id for seat in found)
    return [seat.pk for seat in found if not last[seat.pk].shows(face_of(seat, profiles.get(seat.user_id), conference))]


def is_changed_since_printed(seat: Attendee, conference: Conference) -> bool:
    """Three queries; one for who has no badge."""
    printed = seat.badge_prints.first()
    return printed is not None and not printed.shows(face_of(seat, profile_of(seat.user_id), conference))


def one_part(seats: AttendeeQuerySet, number: int) -> list[Attendee]:
    """The `number`-th thousand of them, counted from 1."""
    return list(seats.select_related("ticket_type")[(number - 1) * MOST : number * MOST])


def part_count(total: int) -> int:
    return max(1, -(-total // MOST))


def printed_by_request(conference: Conference, request_id: uuid.UUID) -> list[Attendee]:
    """Whose badges were in the file that this request made: one that got lost on its way is made again."""
    seats = Attendee.objects.filter(conference=conference, badge_prints__request_id=request_id)
    return list(seats.select_related("ticket_type").by_name())
