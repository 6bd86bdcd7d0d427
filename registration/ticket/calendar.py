from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from registration.attendee.models import Attendee


def ticket_ics(attendee: Attendee, *, now: dt.datetime) -> bytes:
    """The days of the conference as one calendar entry, whole days of the conference's own calendar, which need no time
    zone. The entry keeps its identity, and a newer download replaces an older one; a cancelled ticket cancels it.

    The access code stays out: calendars are shared with colleagues.
    """
    conference = attendee.conference
    event = Event()
    event.add("uid", f"seat-{attendee.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now)
    # Grows with time, so that the entry downloaded last wins whatever was changed.
    event.add("sequence", max(0, int((now - attendee.created_at).total_seconds())))
    event.add("summary", conference.name)
    event.add("dtstart", conference.start_date)
    event.add("dtend", conference.end_date + dt.timedelta(days=1))  # the first day that is not part of it
    event.add("status", "CONFIRMED" if attendee.is_live else "CANCELLED")
    if conference.place:
        event.add("location", conference.place)
    page = settings.SITE_URL + reverse("ticket", args=[conference.slug])
    event.add("url", page)
    event.add("description", "\n".join(filter(None, [conference.tagline, page])))
    calendar = Calendar()
    calendar.add("prodid", "-//Lanyard//Ticket//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-timezone", conference.timezone)
    calendar.add_component(event)
    return calendar.to_ical()
