"""The day before the conference everybody gets their ticket again, with the way there."""

from __future__ import annotations

import datetime as dt

from post_office.models import Email

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.notices.telling import tell_each
from registration.order.completion import send_ticket

# Of the conference's own day: late enough for yesterday's sellers of places, early enough to print or to pack.
HOUR = 10


def tell_the_day_before(*, now: dt.datetime) -> int:
    """Mail those who are expected at a conference that begins tomorrow by its own calendar, from HOUR on. Whoever got
    their ticket since then has it on top. Returns how many were mailed.
    """
    today = now.date()
    near = (today, today + dt.timedelta(days=2))
    return sum(_tell(conference, now) for conference in Conference.objects.active().filter(start_date__range=near))


def _tell(conference: Conference, now: dt.datetime) -> int:
    day_before = conference.start_date - dt.timedelta(days=1)
    begins = dt.datetime.combine(day_before, dt.time(HOUR), tzinfo=conference.tz)
    if conference.local_date(now) != day_before or now < begins:
        return 0
    seats = Attendee.objects.expected().filter(conference=conference, created_at__lt=begins)

    def mail(seat: Attendee) -> Email | None:
        return send_ticket(seat, order=seat.order, template="day_before")

    return tell_each(seats, kind="day_before", about=conference.start_date.isoformat(), mail=mail, now=now)
