"""Paired tablets: which one a request comes from, what is noted of it, and its end."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from conferences.rows import ReadyMade
from registration.account.models import User
from registration.checkin.models import RetiredSecret, Tablet
from registration.errors import RegistrationError

COOKIE = "tablet"
# A page in use asks for the head count every ten seconds; one write in this time is enough to call a tablet online.
SEEN_EVERY = dt.timedelta(seconds=20)

_TABLET = ReadyMade(Tablet, "SELECT {columns} FROM {table} t WHERE secret_digest = %s")


@dataclass(frozen=True)
class Device:
    """What holds a tablet's secret; `is_live` unless it was revoked or another device has taken its place."""

    tablet: Tablet
    is_live: bool


def digest(secret: str) -> str:
    """What the database keeps of a tablet's secret and of a pairing link. Both are 256 random bits, so one round of a
    plain hash is enough.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def device_of(secret: str | None) -> Device | None:
    """Whose secret it is, or was. One query, ready-made, since every request of a tablet asks; two when it is not a
    tablet's now.
    """
    if not secret:
        return None
    held = digest(secret)
    tablet = _TABLET.one([held])
    if tablet:
        return Device(tablet, is_live=tablet.revoked_at is None)
    retired = RetiredSecret.objects.select_related("tablet").filter(digest=held).first()
    return Device(retired.tablet, is_live=False) if retired else None


def note_seen(*, tablet: Tablet, person: str, now: dt.datetime) -> None:
    """Remember that it was here, and who was at it (`person` may be empty). Writes when that is news, else nothing."""
    is_news = tablet.last_seen_at is None or now - tablet.last_seen_at >= SEEN_EVERY
    if not is_news and (not person or person == tablet.last_person):
        return
    tablet.last_seen_at, tablet.last_person = now, person or tablet.last_person
    Tablet.objects.filter(pk=tablet.pk).update(last_seen_at=now, last_person=tablet.last_person)


def save_tablet(*, tablet: Tablet, fields: Iterable[str]) -> None:
    """Save a new tablet, or these fields of one. Raises IntegrityError where another was quicker to take the name, or the
    checkpoint is no more; on some databases only when the transaction ends.
    """
    tablet.save(update_fields=None if tablet._state.adding else list(fields))


def revoke_tablet(*, tablet: Tablet, by: User, now: dt.datetime) -> None:
    """From its next request on the device is refused, and a link that is open pairs nothing any more. A tablet that is
    revoked already keeps who did it and when.
    """
    Tablet.objects.filter(pk=tablet.pk).update(pairing_digest="", pairing_expires_at=None)
    Tablet.objects.filter(~Q(secret_digest=None), pk=tablet.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)


def delete_tablet(*, tablet: Tablet) -> None:
    """Raises RegistrationError `scanned` when something was scanned with it, which stays on record."""
    try:
        with transaction.atomic():
            tablet.delete()
    except (ProtectedError, IntegrityError) as error:
        raise RegistrationError(
            "scanned",
            _("“%(tablet)s” has scans, and scans are never deleted. Revoke it instead.") % {"tablet": tablet},
        ) from error
