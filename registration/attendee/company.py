"""Where a person works, whatever the profile model of this site calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

from registration.attendee.profile import asked_fields, get_attendee_profile_model

if TYPE_CHECKING:
    from registration.attendee.models import AttendeeProfileBase

COMPANY_NAMES = frozenset(
    {"company", "company_name", "affiliation", "organisation", "organization", "employer", "institution"}
)


def company_field(model: type[AttendeeProfileBase]) -> models.Field | None:
    """The first field that is called like a company, by its name."""
    return next((field for field in asked_fields(model) if field.name in COMPANY_NAMES), None)


def company_of(profile: AttendeeProfileBase | None) -> str:
    """No query."""
    field = company_field(type(profile)) if profile else None
    return str(getattr(profile, field.attname) or "") if field else ""


def companies_of(user_ids: Iterable[int]) -> dict[int, str]:
    """The company of each user who told one. One query, or none where the profile does not ask."""
    model = get_attendee_profile_model()
    field = company_field(model) if model else None
    if model is None or field is None:
        return {}
    rows = model._default_manager.filter(user__in=list(user_ids)).values_list("user_id", field.attname)
    return {user_id: str(company) for user_id, company in rows if company}
