"""Where a visitor stands on the waiting lists of what is sold out, so that a page that says so does not ask them to join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.models import AnonymousUser

from registration.account.models import User
from registration.catalogue.offers import Offer, Sale, Wait


def with_waits(offers: Sequence[Offer], user: User | AnonymousUser) -> list[Offer]:
    """`offers` as this visitor sees them. One query, and none where nothing is sold out; only then is `user` looked at."""
    sold_out = [offer.ticket_type.pk for offer in offers if offer.sale == Sale.SOLD_OUT]
    if not sold_out or not user.is_authenticated:
        return list(offers)
    entries = user.waiting_entries.still_open().filter(ticket_type__in=sold_out).select_related("order")
    waits = {
        entry.ticket_type_id: Wait(since=entry.created_at, until=entry.offer_ends_at if entry.is_offered else None)
        for entry in entries
        # Of an offer that has just ended nothing is left to tell.
        if entry.is_offered or entry.offered_at is None
    }
    return [replace(offer, wait=waits.get(offer.ticket_type.pk)) for offer in offers]
