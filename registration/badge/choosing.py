"""Whose badges are printed together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from conferences.models import Conference
from registration.attendee.models import Attendee, AttendeeQuerySet

# In one file: 4 s and 450 MB at the most, in a process of its own. The next thousand is the next part.
MOST = 1000


@dataclass(frozen=True)
class Choice:
    """`only` are people picked one by one; they are printed whether they were before or not."""

    ticket_types: tuple[int, ...] = ()
    is_new_only: bool = False
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
    return seats.by_name()


def one_part(seats: AttendeeQuerySet, number: int) -> list[Attendee]:
    """The `number`-th thousand of them, counted from 1."""
    return list(seats.select_related("ticket_type")[(number - 1) * MOST : number * MOST])


def part_count(total: int) -> int:
    return max(1, -(-total // MOST))


def printed_by_request(conference: Conference, request_id: uuid.UUID) -> list[Attendee]:
    """Whose badges were in the file that this request made: one that got lost on its way is made again."""
    seats = Attendee.objects.filter(conference=conference, badge_prints__request_id=request_id)
    return list(seats.select_related("ticket_type").by_name())
