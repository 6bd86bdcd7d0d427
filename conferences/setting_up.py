"""Making a conference, and changing it without touching what it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from conferences.models import Conference, Role
from conferences.staffing import add_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser as User


def set_up_conference(*, conference: Conference, organisers: Iterable[str], by: User) -> Conference:
    """Save a new conference and name its organisers by e-mail, each told by mail; all or nothing."""
    with transaction.atomic():
        conference.save()
        for email in dict.fromkeys(address.strip().lower() for address in organisers):
            add_staff(conference=conference, email=email, role=Role.ORGANISER, by=by)
    return conference


def change_conference(*, conference: Conference, fields: Iterable[str]) -> None:
    """Save these fields alone: `places_taken` moves meanwhile, and what was read of it here is old."""
    conference.save(update_fields=list(fields))
