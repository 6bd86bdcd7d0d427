"""Hold seats still, and see them as they are."""

from __future__ import annotations

from django.db import connection

from registration.attendee.models import Attendee, AttendeeQuerySet


def lock_seats(seats: AttendeeQuerySet, *related: str) -> list[Attendee]:
    """Lock these rows by primary key, then read them with what is `related`. Two queries: joined into the one that waits
    for the locks, ticket type, order or holder would be those of before, where another has changed them meanwhile, and
    PostgreSQL would leave them or the whole row out.
    """
    assert connection.in_atomic_block
    keys = list(seats.select_for_update().order_by("pk").values_list("pk", flat=True))
    return list(Attendee.objects.filter(pk__in=keys).select_related(*related).order_by("pk"))


def lock_seat(attendee: Attendee, *related: str) -> Attendee:
    return lock_seats(Attendee.objects.filter(pk=attendee.pk), *related)[0]
