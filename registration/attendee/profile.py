"""Which model holds what a conference team asks of its attendees: `DJANGO_PROGRAM["attendee_profile_model"]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    from registration.attendee.models import AttendeeProfileBase

SETTING = 'DJANGO_PROGRAM["attendee_profile_model"] (environment: ATTENDEE_PROFILE_MODEL)'
# What AttendeeProfileBase has of its own; nobody is asked for these.
BASE_FIELDS = frozenset({"id", "user", "access_code", "completed_registration", "created_at", "updated_at"})


def get_attendee_profile_model() -> type[AttendeeProfileBase] | None:
    """The configured class, or None when the setting is empty. Raises ImproperlyConfigured, naming the setting."""
    from registration.attendee.models import AttendeeProfileBase

    label = settings.DJANGO_PROGRAM.get("attendee_profile_model") or ""
    if not label:
        return None
    try:
        model = apps.get_model(label, require_ready=False)
    except ValueError as error:
        raise ImproperlyConfigured(f"{SETTING} must be of the form app.Model; it is {label!r}.") from error
    except LookupError as error:
        raise ImproperlyConfigured(
            f"{SETTING} names {label!r}, which is not installed. Is its app in EXTRA_APPS?"
        ) from error
    if not issubclass(model, AttendeeProfileBase):
        raise ImproperlyConfigured(f"{SETTING} names {label!r}, which does not inherit from AttendeeProfileBase.")
    return model


def asked_fields(model: type[AttendeeProfileBase]) -> list[models.Field]:
    """The fields a team added, in the order of the model: what forms ask, the roster shows and exports contain."""
    return [
        field
        for field in model._meta.fields
        if field.editable and field.name not in BASE_FIELDS and not field.primary_key
    ]
