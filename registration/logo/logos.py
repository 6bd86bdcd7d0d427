"""The logo of a conference: kept, removed, shown."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.logo.drawing import Drawing
from registration.logo.models import Logo

# Without the picture, for pages that a crowd loads.
_SHOWN = Prepared(lambda: Logo.objects.filter(conference=Given("conference")).values_list("digest", "width", "height"))


@dataclass(frozen=True)
class Shown:
    """A logo on a page: its address, which another logo does not have, and its size in pixels."""

    url: str
    width: int
    height: int


def keep_logo(*, conference: Conference, drawing: Drawing, now: dt.datetime) -> Logo:
    """In place of the one there was."""
    fields = {
        "image": drawing.image,
        "digest": drawing.digest,
        "width": drawing.width,
        "height": drawing.height,
        "updated_at": now,
    }
    return Logo.objects.update_or_create(conference=conference, defaults=fields)[0]


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
    logo = Logo.objects.filter(conference=conference).first()
    if logo is None:
        return None
    return {"image": base64.b64encode(logo.image).decode(), "width": logo.width, "height": logo.height}
