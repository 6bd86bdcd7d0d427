"""What a tablet's scripts ask for: the list of people, a place for the scans made without a network, a fresh token.

JSON in every case, the refusals too; kept by no cache.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conferences.models import Role
from registration.checkin.access import DoorAccess, RevokedError, staff_or_tablet_json
from registration.checkin.admission import CheckIn
from registration.checkin.forms import find_checkpoint
from registration.checkin.forms_sync import read_batch, read_scans
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.quarantine import Held, Sender, hold_scans
from registration.checkin.sync import Bad, note_sync, take_scans
from registration.checkin.tablet_list import COLUMNS, read_list
from registration.errors import RegistrationError

_STATUS = {"unreadable": 400, "too_many": 413}
# A list is made of short lines that are much alike: more effort saves little and takes twice as long.
_COMPRESSION = 4


@never_cache
@require_GET
@staff_or_tablet_json(Role.DOOR)
def roster(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """`?checkpoint=` whose list it is to be, `&cursor=` up to where the tablet knows it."""
    checkpoint = find_checkpoint(access.conference, request.GET.get("checkpoint"))
    if checkpoint is None:
        return JsonResponse({"error": "unknown_checkpoint"}, status=404)
    return _json(request, _list(checkpoint, request.GET.get("cursor"), now=timezone.now()))


def _hold(request: HttpRequest, ended: RevokedError, error: str) -> HttpResponse:
    """Scans of whoever is not here any more: kept, and the refusal says which, so that they may leave the device."""
    now = timezone.now()
    try:
        batch = read_batch(request.body)
    except (RequestDataTooBig, RegistrationError):
        return JsonResponse({"error": error}, status=403)
    kept = hold_scans(
        sender=Sender(ended.conference, ended.tablet, ended.user),
        scans=read_scans(batch, ended.conference),
        clock_offset=(now - batch.now).total_seconds(),
        now=now,
    )
    return JsonResponse({"error": error, "results": [_kept(one) for one in kept if one.is_kept]}, status=403)


@never_cache
@require_POST
@staff_or_tablet_json(Role.DOOR, held=_hold)
def sync(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    now = timezone.now()
    try:
        batch = read_batch(request.body)
    except RequestDataTooBig:
        return JsonResponse({"error": "too_many"}, status=413)
    except RegistrationError as error:
        return JsonResponse({"error": error.code}, status=_STATUS[error.code])
    offset = (now - batch.now).total_seconds()
    scans = read_scans(batch, access.conference)
    taken = take_scans(scans=scans, by=access.user, tablet=access.tablet, clock_offset=offset, now=now)
    bad = [one.answer for one in taken if isinstance(one.answer, Bad)]
    sender = Sender(access.conference, access.tablet, access.user)
    held = iter(hold_scans(sender=sender, scans=bad, clock_offset=offset, now=now))
    results = [
        _kept(next(held)) if isinstance(one.answer, Bad) else _result(one.scan_id, one.answer, one.message)
        for one in taken
    ]
    if access.tablet:
        # The tablet counts what it sends too, and what is answered for good leaves it.
        dealt_with = sum(result.get("kept", True) for result in results)
        note_sync(
            tablet=access.tablet,
            clock_offset=offset,
            waiting=None if batch.waiting is None else max(0, batch.waiting - dealt_with),
            list_from=batch.list_from,
            battery=batch.battery,
            person=batch.by,
            now=now,
        )
    told = json.dumps(results, ensure_ascii=False)
    checkpoint = find_checkpoint(access.conference, str(batch.checkpoint)) if batch.checkpoint else None
    wanted = _list(checkpoint, batch.cursor, now=timezone.now()) if checkpoint and batch.cursor else ["null"]
    begin = f'{{"server_now": "{_iso(timezone.now())}", "results": {told}, "roster": '
    return _json(request, chain([begin], wanted, ["}"]))


@never_cache
@require_GET
@staff_or_tablet_json(Role.DOOR)
def token(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    return JsonResponse({"token": get_token(request), "signed_in": True})


def _list(checkpoint: Checkpoint, cursor: str | None, *, now: dt.datetime) -> Iterator[str]:
    """The object in pieces: the rows of 100,000 people are never in memory all at once."""
    found = read_list(checkpoint=checkpoint, cursor=cursor, now=now)
    about = {
        "cursor": found.cursor,
        "complete": found.is_complete,
        "server_now": _iso(now),
        "checkpoint": {
            "id": checkpoint.pk,
            "name": checkpoint.name,
            "is_main": checkpoint.is_main,
            "entry": checkpoint.entry,
            "hands_out": found.hands_out,
            "opens_at": _iso(checkpoint.opens_at),
            "closes_at": _iso(checkpoint.closes_at),
            "unpaid": checkpoint.unpaid,
            "rehearsal": checkpoint.is_rehearsing(now=now),
            "rehearsal_ends_at": _iso(checkpoint.rehearsal_ends_at),
            "timezone": checkpoint.conference.timezone,
            "conference": checkpoint.conference.name,
        },
        "columns": COLUMNS,
        "removed": found.removed,
    }
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "people": ['
    separator = ""
    for piece in found.people:
        yield separator + piece
        separator = ","
    yield "]}"


def _result(scan_id: str, answer: CheckIn, message: str) -> dict[str, Any]:
    scan, seat = answer.scan, answer.attendee
    is_named = seat is not None and answer.verdict != Verdict.REPLACED
    return {
        "id": scan_id,
        "verdict": scan.verdict,
        "conflict": scan.conflict,
        "replay": answer.is_replay,
        "undone": scan.undone_at is not None,
        "rehearsal": scan.rehearsal,
        "attendee": {
            "code": seat.access_code,
            "name": seat.name,
            "ticket": seat.ticket_type.name if seat.ticket_type else "",
        } if seat and is_named else None,
        "first": _first(answer.first) if answer.first else None,
        "message": message,
    }  # fmt: skip


def _kept(held: Held) -> dict[str, Any]:
    """`kept` tells the tablet that it may forget the scan."""
    return {
        "id": held.scan_id or None, "verdict": "rejected" if held.message else "held", "kept": held.is_kept,
        "conflict": False, "replay": False, "undone": False, "rehearsal": False, "attendee": None, "first": None,
        "message": held.message,
    }  # fmt: skip


def _first(scan: Scan) -> dict[str, Any]:
    return {
        "at": _iso(scan.effective_at),
        "checkpoint": scan.checkpoint.name,
        "tablet": scan.tablet.name if scan.tablet else None,
        "by": scan.scanned_by_name,
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _json(request: HttpRequest, pieces: Iterable[str]) -> HttpResponse:
    """Compressed piece by piece where the browser takes it, and sent in one go: a tablet with bad Wi-Fi must not hold a
    connection to the database while it reads. What is in it repeats nothing that a stranger could have sent.
    """
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        packer = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        packed = [packer.compress(piece.encode()) for piece in pieces]
        body = b"".join([*packed, packer.flush()])
        response = HttpResponse(body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(b"".join(piece.encode() for piece in pieces), content_type="application/json")
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
