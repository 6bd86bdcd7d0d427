"""What a badge says of somebody: the badge room prints it, and pages compare it with what was printed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from conferences.models import Conference
from registration.attendee.badge_name import badge_name, told
from registration.attendee.company import company_field
from registration.attendee.models import Attendee, AttendeeProfileBase


def face_of(seat: Attendee, profile: AttendeeProfileBase | None, conference: Conference) -> dict[str, str]:
    """Whatever the site's profile model has of these. The seat is loaded with its ticket type. No query."""
    company = company_field(type(profile)) if profile else None
    return {
        "name": badge_name(seat, profile, conference),
        "pronouns": told(profile, "pronouns", conference),
        "affiliation": told(profile, company.name, conference) if company else "",
        "ticket": seat.ticket_type.name if seat.ticket_type else "",
        "code": seat.access_code,
    }


def digest_of(face: Mapping[str, str]) -> str:
    """To know it again by, without keeping it."""
    return hashlib.sha256(json.dumps(face, sort_keys=True).encode()).hexdigest()[:32]
