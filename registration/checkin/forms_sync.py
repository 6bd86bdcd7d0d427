"""What a batch of scans must look like. JSON that a script wrote: what is wrong with it is told to the script."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.attendee.access_code import clean_code
from registration.checkin.models import Checkpoint, Method
from registration.checkin.sync import Bad, OfflineScan
from registration.errors import RegistrationError

MAX_SCANS = 200
_BY_HAND = {Method.CAMERA, Method.WEDGE, Method.TYPED, Method.SEARCH}
# A device whose battery was empty may think it is 1970. What is farther off is no time at all, and could not be added to.
_EARLIEST, _LATEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
_MAX_NAME, _MAX_CODE, _MAX_CURSOR = 100, 2000, 200
_LARGEST_OFFSET = 10**13  # milliseconds, some centuries


@dataclass(frozen=True)
class Batch:
    """`now` is the time by the tablet's clock when it sent this; `scans` are as they came (`read_scans`)."""

    now: dt.datetime
    scans: list[Any]
    cursor: str | None
    checkpoint: int | None
    waiting: int | None
    list_from: dt.datetime | None
    battery: int | None
    by: str


def read_batch(body: bytes) -> Batch:
    """Raises RegistrationError `unreadable`, or `too_many`. What is optional and wrong counts as not said."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    scans = data.get("scans") if isinstance(data, dict) else None
    now = _moment(data.get("now")) if isinstance(data, dict) else None
    if not isinstance(scans, list) or now is None:
        raise RegistrationError("unreadable", _("This is not a batch of scans."))
    if len(scans) > MAX_SCANS:
        raise RegistrationError("too_many", _("Send at most %(most)s scans at once.") % {"most": MAX_SCANS})
    return Batch(
        now=now,
        scans=scans,
        cursor=_text(data.get("cursor"), _MAX_CURSOR) or None,
        checkpoint=_number(data.get("checkpoint"), 10**18),
        waiting=_number(data.get("waiting"), 10**6),
        list_from=_moment(data.get("list_from")),
        battery=_number(data.get("battery"), 100),
        by=_text(data.get("by"), _MAX_NAME),
    )


def read_scans(batch: Batch, conference: Conference) -> list[OfflineScan | Bad]:
    """One query, for the checkpoints."""
    checkpoints = {place.pk: place for place in conference.checkpoints.all()}
    for place in checkpoints.values():
        place.conference = conference
    return [_read_scan(scan, checkpoints, sent_at=batch.now) for scan in batch.scans]


def _read_scan(scan: Any, checkpoints: Mapping[int, Checkpoint], *, sent_at: dt.datetime) -> OfflineScan | Bad:
    """Of what does not say when it was made, all that is known is when it was sent."""
    fields = scan if isinstance(scan, dict) else {}
    scan_id = _text(fields.get("id"), 64)
    checkpoint = checkpoints.get(_number(fields.get("checkpoint"), 10**18) or 0)
    made_at = _moment(fields.get("at"))
    told = _told(fields, made_at or sent_at, given=json.dumps(scan))
    message = None
    if not isinstance(scan, dict):
        message = _("This is not a scan.")
    elif (key := _uuid(scan_id)) is None:
        message = _("The scan came without its number.")
    elif checkpoint is None:
        message = _("This checkpoint does not exist here.")
    elif not clean_code(told["code"]):
        message = _("The scan came without a code.")
    elif made_at is None:
        message = _("The scan does not say when it was made.")
    else:
        return OfflineScan(scan_id=key, checkpoint=checkpoint, **told)
    return Bad(scan_id=scan_id, message=message, checkpoint=checkpoint, **told)


def _told(scan: Mapping[str, Any], made_at: dt.datetime, *, given: str) -> dict[str, Any]:
    """The fields of `Told`."""
    code, method = scan.get("code"), scan.get("method")
    verdict, rehearsal = _text(scan.get("verdict"), 20), scan.get("rehearsal")
    return {
        # Half of a letter that needs two, and the zero, which JSON can hold and no database, were never on a ticket.
        "code": code[:_MAX_CODE].replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(code, str) else "",
        "made_at": made_at,
        "verdict": verdict,
        "by_name": _text(scan.get("by"), _MAX_NAME),
        "method": Method(method) if isinstance(method, str) and method in _BY_HAND else Method.TYPED,
        "rehearsal": rehearsal if verdict and isinstance(rehearsal, bool) else None,
        "place": _text(scan.get("place"), _MAX_NAME),
        "given": given,
        "clock_offset": _offset(scan.get("offset"), made_at),
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _moment(value: Any) -> dt.datetime | None:
    """A time with its zone, in UTC."""
    try:
        moment = dt.datetime.fromisoformat(value)
        return moment.astimezone(dt.UTC) if moment.tzinfo and _EARLIEST <= moment < _LATEST else None
    except (TypeError, ValueError, OverflowError):
        return None


def _offset(value: Any, made_at: dt.datetime) -> float | None:
    """What was milliseconds, in seconds. A clock that lost its battery is off by half a century."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST_OFFSET:
        return None
    return value / 1000 if _EARLIEST <= made_at + dt.timedelta(milliseconds=value) < _LATEST else None


def _number(value: Any, largest: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest else None


def _text(value: Any, longest: int) -> str:
    """Without control characters and halves of letters; empty when it is no text."""
    if not isinstance(value, str):
        return ""
    kept = "".join(" " if unicodedata.category(one) in {"Cc", "Cs"} else one for one in value[: 2 * longest])
    return kept.strip()[:longest]
