"""The logo of a conference: kept, removed, shown."""

from __future__ import annotations

import base64
import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.errors import RegistrationError
from registration.logo.drawing import SMALL, Drawing, draw
from registration.logo.models import Logo

log = logging.getLogger(__name__)

# What a mail's HTML calls it.
IN_MAIL = "logo.png"
# Without the picture, for pages that a crowd loads.
_SHOWN = Prepared(lambda: Logo.objects.filter(conference=Given("conference")).values_list("digest", "width", "height"))


@dataclass(frozen=True)
class Shown:
    """A logo on a page, or in a mail: its address, which another logo does not have, and its size in pixels."""

    url: str
    width: int
    height: int


def keep_logo(*, conference: Conference, drawing: Drawing, now: dt.datetime) -> Logo:
    """In place of the one there was."""
    fields = {**vars(drawing), "digest": drawing.digest, "updated_at": now}
    return Logo.objects.update_or_create(conference=conference, defaults=fields)[0]


def draw_old_logos(*, now: dt.datetime) -> int:
    """Draw the smaller pictures of logos that are older than these, each for itself, from the one that there is; its address
    stays. Returns how many. One query where there is none. Never call it in a transaction.
    """
    drawn = 0
    for logo in Logo.objects.filter(small=b"").only("image", "digest"):
        try:
            drawing = draw(bytes(logo.image))
        except RegistrationError as refusal:
            log.warning("logo %s was not drawn anew: %s", logo.pk, refusal.code)
            continue
        # Not where another one was chosen meanwhile.
        same = Logo.objects.filter(pk=logo.pk, digest=logo.digest, small=b"")
        drawn += same.update(
            small=drawing.small, small_2x=drawing.small_2x, small_3x=drawing.small_3x, square=drawing.square
        )
    return drawn


def remove_logo(*, conference: Conference) -> None:
    Logo.objects.filter(conference=conference).delete()


def shown_logo(conference: Conference) -> Shown | None:
    """One query."""
    found = _SHOWN.first(conference=conference.pk)
    if found is None:
        return None
    digest, width, height = found
    return Shown(reverse("conference-logo", args=[conference.slug, digest]), width, height)


def logo_for_press(conference: Conference) -> dict[str, Any] | None:
    """What a press reads of it: `image` is the PNG in base64. One query."""
    logo = Logo.objects.filter(conference=conference).only("image", "width", "height").first()
    if logo is None:
        return None
    return {"image": base64.b64encode(logo.image).decode(), "width": logo.width, "height": logo.height}


def logo_in_mail(conference: Conference) -> Shown | None:
    """To be shown in a mail, with which the picture goes along as `IN_MAIL`. One query."""
    found = _SHOWN.first(conference=conference.pk)
    if found is None:
        return None
    _digest, width, height = found
    factor = min(SMALL[0] / width, SMALL[1] / height)
    return Shown(f"cid:{IN_MAIL}", max(1, round(width * factor)), max(1, round(height * factor)))


def picture_for_mail(conference_pk: int) -> bytes | None:
    """A few kilobytes, sharp on every screen. One query."""
    logo = Logo.objects.filter(conference=conference_pk).only("small_3x").first()
    return bytes(logo.small_3x or logo.image) if logo else None


def pictures_for_apple(conference: Conference) -> dict[str, bytes]:
    """By the names that a pass has for them; none without a logo. One query."""
    logo = Logo.objects.filter(conference=conference).only("small", "small_2x", "small_3x").first()
    if logo is None:
        return {}
    if not logo.small:
        return {"logo.png": bytes(logo.image)}  # Wallet makes it smaller
    return {"logo.png": bytes(logo.small), "logo@2x.png": bytes(logo.small_2x), "logo@3x.png": bytes(logo.small_3x)}


def address_for_google(conference: Conference) -> str | None:
    """Of the square one, where Google can fetch it: over HTTPS. One query."""
    logo = Logo.objects.filter(conference=conference).exclude(square=b"").only("digest").first()
    if logo is None or not settings.SITE_URL.startswith("https://"):
        return None
    return settings.SITE_URL + reverse("conference-logo-square", args=[conference.slug, logo.digest])
