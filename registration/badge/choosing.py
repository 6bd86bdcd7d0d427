"""Whose badges are printed together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.attendee.badge_face import face_of
from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.attendee.profile import profiles_of
from registration.badge.models import BadgePrint

# In one file: 4 s and 450 MB at the most, in a process of its own. The next thousand is the next part.
MOST = 1000
# To look at one badge takes 0.1 ms, and a database takes some 30,000 keys. Who waits longer is there when these are printed.
MOST_CHANGED = 10_000


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
    """Keys of whom the door waits for whose last badge says something else than it would now, MOST_CHANGED at the most.
    Two queries for each piece of those that have one, and one.
    """
    has_badge = Exists(BadgePrint.objects.filter(attendee=OuterRef("pk")))
    seats = Attendee.objects.expected().filter(has_badge, conference=conference).select_related("ticket_type")
    found: list[int] = []
    for here in chunks(seats.order_by("pk").iterator(), CHUNK):
        # Of each its latest.
        prints = BadgePrint.objects.filter(attendee__in=here).order_by("printed_at", "pk")
        last = {printed.attendee_id: printed for printed in prints}
        profiles = profiles_of(seat.user_id for seat in here)
        faces = [(seat.pk, face_of(seat, profiles.get(seat.user_id), conference)) for seat in here]
        found += [pk for pk, face in faces if not last[pk].shows(face)]
        if len(found) >= MOST_CHANGED:
            break
    return found[:MOST_CHANGED]


def count_changed(conference: Conference) -> int | None:
    """None where too many were printed to look at each of them whenever the page is opened."""
    if BadgePrint.objects.filter(conference=conference).count() > MOST_CHANGED:
        return None
    return len(changed_since_printed(conference))


def one_part(seats: AttendeeQuerySet, number: int) -> list[Attendee]:
    """The `number`-th thousand of them, counted from 1."""
    return list(seats.select_related("ticket_type")[(number - 1) * MOST : number * MOST])


def part_count(total: int) -> int:
    return max(1, -(-total // MOST))


def printed_by_request(conference: Conference, request_id: uuid.UUID) -> list[Attendee]:
    """Whose badges were in the file that this request made: one that got lost on its way is made again."""
    seats = Attendee.objects.filter(conference=conference, badge_prints__request_id=request_id)
    return list(seats.select_related("ticket_type").by_name())
