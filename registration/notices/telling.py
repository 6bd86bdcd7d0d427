"""Mail something to everybody, each once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.notices.models import Notice

logger = logging.getLogger(__name__)

# Seats a turn, so that other jobs come to theirs; the rest follow in the next.
AT_ONCE = 200


def tell_each(
    seats: AttendeeQuerySet, *, kind: str, about: str, mail: Callable[[Attendee], None], now: dt.datetime
) -> int:
    """Call `mail` for each of `seats` that was not told of this yet, at most AT_ONCE, each in a transaction of its own in
    which the seat is locked and still one of `seats`, and which remembers that it was told. Returns how many were.
    """
    told = Notice.objects.filter(kind=kind, about=about).values("attendee")
    waiting = seats.exclude(pk__in=told).order_by("pk").values_list("pk", flat=True)
    return sum(_tell(seats, pk, kind, about, mail, now) for pk in list(waiting[:AT_ONCE]))


def _tell(
    seats: AttendeeQuerySet, pk: int, kind: str, about: str, mail: Callable[[Attendee], None], now: dt.datetime
) -> bool:
    try:
        with transaction.atomic():
            related = ("conference", "ticket_type", "order__user", "user")
            seat = seats.select_for_update(of=["self"]).select_related(*related).filter(pk=pk).first()
            if seat is None:
                return False
            Notice.objects.create(attendee=seat, kind=kind, about=about, sent_at=now)
            try:
                with transaction.atomic():
                    mail(seat)
            except ValidationError:  # an address that was imported as no address; nobody can be mailed there
                logger.warning("seat %s cannot be mailed: its address is none", seat.pk)
    except IntegrityError:  # another worker has told them
        return False
    return True
