"""The name a badge carries, and what else the profile tells for it (`badge_face`)."""

from __future__ import annotations

from conferences.models import Conference
from registration.attendee.models import Attendee, AttendeeProfileBase
from registration.attendee.profile import asked_fields


def badge_name(attendee: Attendee, profile: AttendeeProfileBase | None, conference: Conference) -> str:
    """What the person wants on the badge, else the name of the seat; "" for a seat that nobody was named for. No query."""
    return told(profile, "badge_name", conference) or attendee.name.strip()


def told(profile: AttendeeProfileBase | None, name: str, conference: Conference) -> str:
    """The answer in the field called `name`, or "" where the profile has no such field of text, the conference does not
    ask for it, or nothing was told.
    """
    if profile is None or name not in {field.name for field in asked_fields(type(profile), conference)}:
        return ""
    value = getattr(profile, name)
    return value.strip() if isinstance(value, str) else ""
