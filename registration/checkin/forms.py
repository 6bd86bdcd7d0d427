"""What a scan or an undo must bring. Not Django forms: they run once a person at the door, and no field is ever shown
again for correction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.numbers import read_number
from conferences.rows import ReadyMade
from registration.checkin.checkpoints import no_such_checkpoint
from registration.checkin.groups import MOST
from registration.checkin.models import Checkpoint, Method
from registration.errors import RegistrationError

_CHECKPOINT = ReadyMade(Checkpoint, "SELECT {columns} FROM {table} t WHERE id = %s AND conference_id = %s")

# Typed is what is not said; an imported scan comes from no tablet.
_BY_HAND = {Method.CAMERA, Method.WEDGE, Method.SEARCH}


@dataclass(frozen=True)
class ScanInput:
    code: str
    scan_id: uuid.UUID
    checkpoint: Checkpoint
    method: Method


def read_scan(data: Mapping[str, str], conference: Conference) -> ScanInput:
    """Raises RegistrationError `scan_id_invalid`, `checkpoint_invalid` or `code_missing`. One query."""
    scan_id = read_scan_id(data)
    checkpoint = find_checkpoint(conference, data.get("checkpoint"))
    if checkpoint is None:
        raise no_such_checkpoint()
    code = data.get("code") or ""
    if not code.strip():
        raise RegistrationError("code_missing", _("Nothing was read. Scan the ticket again."))
    method = data.get("method")
    return ScanInput(code, scan_id, checkpoint, Method(method) if method in _BY_HAND else Method.TYPED)


def read_scan_id(data: Mapping[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(data.get("scan_id") or "")
    except ValueError as error:
        raise RegistrationError(
            "scan_id_invalid", _("The scan came without its number. Scan the ticket again.")
        ) from error


def find_checkpoint(conference: Conference, key: str | None) -> Checkpoint | None:
    """The checkpoint of this conference whose primary key was sent as text. One query."""
    number = read_number(key)
    checkpoint = None if number is None else _CHECKPOINT.one([number, conference.pk])
    if checkpoint:
        checkpoint.conference = conference
    return checkpoint


def read_group(data: QueryDict, conference: Conference) -> list[ScanInput]:
    """Several scans at one checkpoint: as many `code` as `scan_id`, side by side. Raises as `read_scan`, or
    RegistrationError `group_invalid`.
    """
    codes, ids = data.getlist("code"), data.getlist("scan_id")
    if not codes or len(codes) != len(ids) or len(codes) > MOST or len(set(ids)) != len(ids):
        raise RegistrationError("group_invalid", _("The group came incomplete. Scan one of its tickets again."))
    place = {"checkpoint": data.get("checkpoint", "")}
    return [
        read_scan(place | {"code": code, "scan_id": scan_id}, conference)
        for code, scan_id in zip(codes, ids, strict=True)
    ]
