"""Badges as a PDF or SVG: gathers what stands on them and has `press.py` set it, in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import IO, Any

from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.attendee.badge_face import face_of
from registration.attendee.models import Attendee
from registration.attendee.profile import profiles_of
from registration.badge.formats import SHAPES
from registration.badge.models import BadgeFormat
from registration.logo.logos import logo_for_press
from registration.ticket.qr import ticket_url
from registration.typesetting.process import run_press
from registration.typesetting.setting import Output

# About 0.4 MB of memory a badge while they are made: a batch at a time in each web process, labels besides.
_FEW = 20
_one_batch = threading.Lock()


def typeset(*, conference: Conference, attendees: Sequence[Attendee], badge_format: BadgeFormat) -> IO[bytes]:
    """The badges of `attendees`, in their order, as an open PDF without a name; close it. One query for the profiles and one
    for the logo, if `attendees` have their ticket types. Never call it in a transaction.

    Raises RegistrationError `not_made` when it cannot be done, which no name should bring about.
    """
    job = make_job(conference=conference, attendees=attendees, badge_format=badge_format)
    if len(attendees) <= _FEW:
        return _run(job, "pdf")
    with _one_batch:
        return _run(job, "pdf")


def typeset_alone(*, conference: Conference, attendee: Attendee, badge_format: BadgeFormat) -> IO[bytes]:
    """One badge as an SVG, in which letters are outlines, so that it needs no font where it is shown or printed. Of a
    sheet, only what will be worn. Otherwise as `typeset`.
    """
    job = make_job(conference=conference, attendees=[attendee], badge_format=badge_format)
    return _run(job | {"page": job["badge"], "sheet": False, "fold": False}, "svg")


def make_job(*, conference: Conference, attendees: Sequence[Attendee], badge_format: BadgeFormat) -> dict[str, Any]:
    """What `press.py` reads."""
    shape = SHAPES[badge_format]
    profiles = profiles_of(seat.user_id for seat in attendees)
    return {
        "kind": shape.kind,
        "badge": shape.badge,
        "page": shape.page,
        "sheet": shape.is_sheet,
        "fold": shape.is_folded,
        "mono": shape.is_black,
        "accent": conference.accent,
        "logo": logo_for_press(conference),
        "event": conference.name,
        "timezone": conference.timezone,
        "people": [
            face_of(seat, profiles.get(seat.user_id), conference) | {"url": ticket_url(seat)} for seat in attendees
        ],
    }


def _run(job: dict[str, Any], output: Output) -> IO[bytes]:
    refusal = _("The badges could not be made. Try again, with fewer at once; the log says more.")
    return run_press("registration.badge.press", job, output, refusal=refusal)
