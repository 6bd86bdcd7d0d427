"""Make a device a tablet: a link, shown as a QR code, that works once and not for long gives it a secret of its own.

Link and secret are 256 random bits each, and only their digests are stored. A wrong link costs what a right one does:
a digest and a look into an index, whatever is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from registration.checkin.models import RetiredSecret, Tablet
from registration.checkin.tablets import digest
from registration.errors import RegistrationError

LINK_LIFETIME = dt.timedelta(minutes=15)
_BYTES = 32
_TOLD = ("last_seen_at", "waiting", "clock_offset", "list_from", "battery")


@dataclass(frozen=True)
class Paired:
    """`secret` is for the device's cookie, and known nowhere else."""

    tablet: Tablet
    secret: str


def open_pairing(*, tablet: Tablet, now: dt.datetime) -> str:
    """The token of a new link, good until `tablet.pairing_expires_at`; the link before it pairs nothing any more. A device
    that is paired stays so until another one uses the link.
    """
    token = secrets.token_urlsafe(_BYTES)
    tablet.pairing_digest, tablet.pairing_expires_at = digest(token), now + LINK_LIFETIME
    tablet.save(update_fields=["pairing_digest", "pairing_expires_at"])
    return token


def find_pairing(*, slug: str, token: str, now: dt.datetime) -> Tablet:
    """The tablet, with its conference, whose open link this is. Raises RegistrationError `pairing_unknown`,
    `pairing_used` or `pairing_too_old`. Changes nothing. `slug` is that of the conference.
    """
    found = Tablet.objects.select_related("conference").filter(conference__slug=slug, pairing_digest=digest(token))
    tablet = found.first()
    if tablet is None:
        raise RegistrationError(
            "pairing_unknown",
            _("This link is not known, or a newer one was made. Ask an organiser for the QR code on their screen."),
        )
    if tablet.pairing_expires_at is None:
        raise RegistrationError(
            "pairing_used",
            _("This link has paired a device already, and works only once. Ask an organiser for a new QR code."),
        )
    if not tablet.is_pairing_open(now=now):
        raise RegistrationError(
            "pairing_too_old",
            _("This link is too old: it works for 15 minutes. Ask an organiser for a new QR code."),
        )
    return tablet


def pair_device(*, slug: str, token: str, now: dt.datetime, in_place_of: Tablet | None = None) -> Paired:
    """Use the link up, and give the device that sent it the tablet's secret. Of several at once, one gets it.

    The device that was this tablet before is no longer; `in_place_of`, the tablet this device was before, has no device
    afterwards. A revoked tablet is one again. Raises as `find_pairing`.
    """
    secret = secrets.token_urlsafe(_BYTES)
    tablet = find_pairing(slug=slug, token=token, now=now)
    with transaction.atomic():
        if not _take(tablet, token, now=now):
            find_pairing(slug=slug, token=token, now=now)
            raise AssertionError("a link that could not be taken is open")
        tablet.refresh_from_db(fields=["secret_digest"])
        _retire_secret(tablet, now=now)
        if in_place_of and in_place_of.pk != tablet.pk:
            _retire_secret(in_place_of, now=now)
        tablet.secret_digest, tablet.paired_at = digest(secret), now
        tablet.revoked_at = tablet.revoked_by = None
        # What the device before told of itself is not true of this one.
        for told in _TOLD:
            setattr(tablet, told, None)
        tablet.save(update_fields=["secret_digest", "paired_at", "revoked_at", "revoked_by", *_TOLD])
    return Paired(tablet, secret)


def _take(tablet: Tablet, token: str, *, now: dt.datetime) -> bool:
    """One conditional update, which locks the row: whoever comes second finds no open link any more."""
    link = Tablet.objects.filter(pk=tablet.pk, pairing_digest=digest(token), pairing_expires_at__gt=now)
    return link.update(pairing_expires_at=None) == 1


def _retire_secret(tablet: Tablet, *, now: dt.datetime) -> None:
    held = tablet.secret_digest
    # Unless it was retired meanwhile.
    if held and Tablet.objects.filter(pk=tablet.pk, secret_digest=held).update(secret_digest=None):
        RetiredSecret.objects.create(tablet=tablet, digest=held, retired_at=now)
