"""Ask Stripe now and then what it has told, for events that never came: lost on the way, or with no webhook to come to.

What somebody refunds on Stripe's own pages, or a card's owner disputes, is told by an event alone. Stripe keeps a list of
them; each that is not known is dealt with as if it came now.

An hour is soon enough for what no buyer waits for, and one request then. A reading begins where the last one began, less an
hour, since the clocks may differ and an event may be listed a little late; the first one goes back as far as Stripe's list.
However much there is to read, such as after weeks without a worker, it goes page by page and the worker's other jobs come
in between. An event that we stumble on keeps back no other: the next reading begins when the first of these happened, so
that they are tried again for as long as Stripe lists them. All others since then are known, and are not dealt with again.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import InterfaceError, OperationalError

from registration.money import stripe_api
from registration.money.models import EventReading, StripeEvent
from registration.money.webhook import TOLD_BY_EVENTS_ALONE, handle_event

log = logging.getLogger(__name__)

_EVERY = _OVERLAP = dt.timedelta(hours=1)
_KEPT_THERE = dt.timedelta(days=30)
_AGAIN_AFTER_FAILURE = dt.timedelta(minutes=10)


def read_missed_events(*, now: dt.datetime) -> int:
    """Read the page that is due, if one is. Returns how many events were new, and dealt with. Raises OperationalError or
    InterfaceError when the database is away; the same page is due again in ten minutes then.
    """
    if not stripe_api.is_offered():
        return 0
    reading, _made = EventReading.objects.get_or_create(defaults={"read_until": now - _KEPT_THERE, "ask_at": now})
    # Compares with what was read, so that of two workers one asks.
    mine = EventReading.objects.filter(ask_at=reading.ask_at)
    if reading.ask_at > now or not mine.update(ask_at=now + _AGAIN_AFTER_FAILURE):
        return 0
    try:
        page = stripe_api.list_events(
            TOLD_BY_EVENTS_ALONE, since=reading.read_until - _OVERLAP, after=reading.page_after
        )
    except stripe_api.StripeError as error:
        log.warning("Stripe does not tell its events: %s", type(error).__name__)
        if isinstance(error, stripe_api.RefusedError):
            # The event that the page comes after may be too old by now.
            EventReading.objects.update(page_after="")
        return 0
    new, failed_at = _deal_with(page, now)
    begun_at = min([reading.begun_at or now, *failed_at])
    if page.is_last:
        EventReading.objects.update(read_until=begun_at, begun_at=None, page_after="", ask_at=now + _EVERY)
    else:
        EventReading.objects.update(begun_at=begun_at, page_after=page.events[-1]["id"], ask_at=now)
    return new


def _deal_with(page: stripe_api.EventPage, now: dt.datetime) -> tuple[int, list[dt.datetime]]:
    """In the order in which they happened. How many were new, and when those happened that failed."""
    known = set(
        StripeEvent.objects.filter(event_id__in=[event["id"] for event in page.events]).values_list(
            "event_id", flat=True
        )
    )
    new, failed_at = 0, []
    for event in reversed(page.events):
        if event["id"] in known:
            continue
        try:
            new += handle_event(event, now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Without its text, which may name people.
            log.error("Stripe's event %s failed: %s", event["id"], type(error).__name__)
            failed_at.append(dt.datetime.fromtimestamp(event["created"], dt.UTC))
    return new, failed_at
