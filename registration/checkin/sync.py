"""Take in the scans that a tablet made while it had no network. See docs/ways.md, "Tablets".

Every scan is a transaction of its own, decided by the same rule as any other (`check_in`), for the moment it was made.
Its id was made on the tablet, so a batch may come again, in whole or in part, alone or twice at once: the rows and the
answers are those of a batch that was sent once. Nothing that a tablet sends is merged or dropped: what cannot become a
scan (`Bad`) is for `quarantine` to keep.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.checkin.admission import CheckIn, check_in
from registration.checkin.models import Checkpoint, Method, Tablet
from registration.errors import RegistrationError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a tablet recorded of one scan. `verdict` is what it decided by itself, empty when it had not."""

    code: str
    made_at: dt.datetime  # by the tablet's clock
    verdict: str
    by_name: str
    method: Method
    rehearsal: bool | None  # what the tablet showed when it decided; None when it had not
    # Seconds to add to `made_at`, where the tablet knew them when it made the scan. Its clock may have been set since, so
    # this goes before what is found when the scan is sent.
    clock_offset: float | None = None
    place: str = ""  # the name of the checkpoint, as the tablet knew it
    given: str = ""  # all of it as it came, as JSON


@dataclass(frozen=True, kw_only=True)
class OfflineScan(Told):
    scan_id: uuid.UUID
    checkpoint: Checkpoint


@dataclass(frozen=True, kw_only=True)
class Bad(Told):
    """What cannot become a scan, and why: with the id it came with, which may be none, and what of it could be read."""

    scan_id: str
    message: str
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class Taken:
    """The answer to one of a batch: how it was recorded, or what is wrong with it."""

    scan_id: str
    answer: CheckIn | Bad
    message: str


def take_scans(
    *,
    scans: Iterable[OfflineScan | Bad],
    by: User | None,
    tablet: Tablet | None,
    clock_offset: float,
    now: dt.datetime,
) -> list[Taken]:
    """Record each by itself. `clock_offset`: seconds by which the server's clock is ahead of the tablet's now, for scans that
    do not know their own.

    One that cannot be recorded fails no other. One on which we stumble by a fault of ours is left out of the answer, so
    that it stays on the tablet. A database that is away ends it all (OperationalError, InterfaceError); what was
    recorded until then will be a replay.
    """
    taken = []
    for scan in scans:
        if isinstance(scan, Bad):
            taken.append(Taken(scan.scan_id, scan, scan.message))
            continue
        try:
            answer = _take(scan, by=by, tablet=tablet, clock_offset=clock_offset, now=now)
        except RegistrationError as error:
            bad = without_place(scan, error.message)
            if error.code == "checkpoint_invalid":
                bad = replace(bad, checkpoint=None)
            taken.append(Taken(str(scan.scan_id), bad, error.message))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("a scan of a batch could not be taken in")
        else:
            taken.append(Taken(str(scan.scan_id), answer, _said_of(answer)))
    return taken


def without_place(scan: OfflineScan, message: str) -> Bad:
    """A scan that can be read, and yet not be recorded under its id."""
    return Bad(**vars(scan) | {"scan_id": str(scan.scan_id), "message": message})


def _take(
    scan: OfflineScan, *, by: User | None, tablet: Tablet | None, clock_offset: float, now: dt.datetime
) -> CheckIn:
    # Whoever sends a scan need not be who made it: the name that was noted then goes before the account of now.
    is_own = by is not None and scan.by_name in {"", by.name}
    return check_in(
        checkpoint=scan.checkpoint,
        code=scan.code,
        scan_id=scan.scan_id,
        by=by if is_own else None,
        by_name=scan.by_name,
        now=now,
        tablet=tablet,
        method=scan.method,
        scanned_at=scan.made_at,
        clock_offset=clock_offset if scan.clock_offset is None else scan.clock_offset,
        device_verdict=scan.verdict,
        rehearsal=scan.rehearsal,
    )


def _said_of(answer: CheckIn) -> str:
    scan = answer.scan
    if scan.undone_at:
        return _("Taken back: %(reason)s") % {"reason": scan.undo_reason}
    if scan.conflict:
        return _("This tablet let the person in; the server would have said: %(verdict)s.") % {
            "verdict": answer.verdict.label
        }
    return ""


def note_sync(
    *,
    tablet: Tablet,
    clock_offset: float,
    waiting: int | None,
    list_from: dt.datetime | None,
    battery: int | None,
    person: str,
    now: dt.datetime,
) -> None:
    """What a tablet told of itself, in one update; an unknown `waiting`, `list_from` or `person` leaves the last."""
    told: dict[str, object] = {"last_seen_at": now, "clock_offset": clock_offset, "battery": battery}
    told |= {"waiting": waiting} if waiting is not None else {}
    told |= {"list_from": list_from} if list_from else {}
    told |= {"last_person": person} if person else {}
    Tablet.objects.filter(pk=tablet.pk).update(**told)
