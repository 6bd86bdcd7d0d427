"""Paired tablets: which one a request comes from."""

from __future__ import annotations

import hashlib

from conferences.rows import ReadyMade
from registration.checkin.models import Tablet

COOKIE = "tablet"

_TABLET = ReadyMade(Tablet, "SELECT {columns} FROM {table} t WHERE secret_digest = %s")


def digest(secret: str) -> str:
    """What the database keeps of a tablet's secret and of a pairing link. Both are 256 random bits, so one round of a
    plain hash is enough.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def tablet_of(secret: str | None) -> Tablet | None:
    """The tablet with this secret, a revoked one too. One query."""
    return _TABLET.one([digest(secret)]) if secret else None
