"""Mail something to many, each once."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from post_office.models import Email

from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.notices.models import Notice

logger = logging.getLogger(__name__)

# Seats a turn, so that other jobs come to theirs; the rest follow in the next.
AT_ONCE = 200
# Those that are mailed in one transaction, where a mail takes no time: some 30 ms, in which nobody else writes to SQLite.
TOGETHER = 100
_ROWS = 1000
_UNIQUE = ["attendee", "kind", "about"]  # the constraint of `Notice`
# What is read with a seat. A conference for each of thousands is a third of the time.
_FEW, _MANY = ("conference", "ticket_type", "order__user", "user"), ("ticket_type", "order__user")

# Queues a mail to each of the seats, and returns them in the same order; None for who cannot be mailed.
Mailer = Callable[[Sequence[Attendee]], Sequence[Email | None]]


def tell_each(
    seats: AttendeeQuerySet, *, kind: str, about: str, mail: Callable[[Attendee], Email | None], now: dt.datetime
) -> int:
    """Call `mail` for each of `seats` that was not told of this yet, at most AT_ONCE, each in a transaction of its own in
    which the seat is locked and still one of `seats`, and which remembers that it was told. Returns how many were.
    """
    told = Notice.objects.about(kind, about).exclude(sent_at=None).values("attendee")
    waiting = list(seats.exclude(pk__in=told).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    list_to_tell(waiting, kind=kind, about=about)
    few = seats.select_related(*_FEW)
    return sum(_tell(few, [pk], kind, about, _one_by_one(mail), now) for pk in waiting)


def list_to_tell(seats: Iterable[int], *, kind: str, about: str) -> None:
    """Note that these are to be told, before any of them is. Who is noted already stays so. Constant memory."""
    keys = iter(seats)
    while rows := [
        Notice(attendee_id=pk, kind=kind, about=about, sent_at=None) for pk in itertools.islice(keys, _ROWS)
    ]:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)


def tell_listed(*, kind: str, about: str, mail: Mailer, now: dt.datetime, at_most: int) -> int:
    """Mail those who were noted by `list_to_tell` and not told yet, whatever became of them, at most `at_most`: TOGETHER
    of them in a transaction, in which their seats are locked, which come with ticket and buyer. Returns how many were.
    """
    waiting = Notice.objects.about(kind, about).filter(sent_at=None).order_by("attendee")
    keys = list(waiting.values_list("attendee", flat=True)[:at_most])
    many = Attendee.objects.select_related(*_MANY)
    return sum(
        _tell(many, keys[start : start + TOGETHER], kind, about, mail, now) for start in range(0, len(keys), TOGETHER)
    )


def _tell(seats: AttendeeQuerySet, keys: Sequence[int], kind: str, about: str, mail: Mailer, now: dt.datetime) -> int:
    """Those of `keys` whom another worker has told meanwhile are not."""
    with transaction.atomic():
        found = list(seats.select_for_update(of=["self"]).filter(pk__in=keys).order_by("pk"))
        untold = Notice.objects.about(kind, about).filter(sent_at=None, attendee__in=[seat.pk for seat in found])
        notices = {notice.attendee_id: notice for notice in untold.select_for_update()}
        told = [seat for seat in found if seat.pk in notices]
        for seat, sent in zip(told, mail(told), strict=True):
            notices[seat.pk].sent_at, notices[seat.pk].mail = now, sent
        # As an upsert of rows that are all there: `bulk_update` takes ten times as long.
        Notice.objects.bulk_create(
            notices.values(), update_conflicts=True, unique_fields=_UNIQUE, update_fields=["sent_at", "mail"]
        )
    return len(told)


def _one_by_one(mail: Callable[[Attendee], Email | None]) -> Mailer:
    def mail_each(seats: Sequence[Attendee]) -> list[Email | None]:
        return [_try(mail, seat) for seat in seats]

    return mail_each


def _try(mail: Callable[[Attendee], Email | None], seat: Attendee) -> Email | None:
    try:
        with transaction.atomic():
            return mail(seat)
    except ValidationError:  # an address that was imported as no address; nobody can be mailed there
        logger.warning("seat %s cannot be mailed: its address is none", seat.pk)
        return None
