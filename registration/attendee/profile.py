"""Which model holds what a conference team asks of its attendees: `DJANGO_PROGRAM["attendee_profile_model"]`; and how
the answers are written and read, whichever model it is.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.account.models import User
from registration.attendee.access_code import draw_code

if TYPE_CHECKING:
    from registration.attendee.models import Attendee, AttendeeProfileBase

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


def asked_fields(model: type[AttendeeProfileBase], conference: Conference | None = None) -> list[models.Field]:
    """The fields a team added, in the order of the model: what forms ask, the roster shows and exports contain. With
    `conference`, only those it asks for: perhaps none, or all when it never chose.
    """
    asked = conference.profile_fields if conference else None
    return [
        field
        for field in model._meta.fields
        if field.editable
        and field.name not in BASE_FIELDS
        and not field.primary_key
        and (asked is None or field.name in asked)
    ]


@functools.cache
def _by_user(model: type[AttendeeProfileBase]) -> Prepared[AttendeeProfileBase]:
    return Prepared(lambda: model._default_manager.filter(user=Given("user")))


def profile_of(user_id: int) -> AttendeeProfileBase | None:
    """One query, or none where there are no profiles."""
    model = get_attendee_profile_model()
    return _by_user(model).first(user=user_id) if model else None


def profiles_of(user_ids: Iterable[int]) -> dict[int, AttendeeProfileBase]:
    """The profiles of these users by user id, in one query; for lists and exports."""
    model = get_attendee_profile_model()
    if model is None:
        return {}
    return {profile.user_id: profile for profile in model._default_manager.filter(user_id__in=list(user_ids))}


def profile_answers(
    attendee: Attendee, profiles: Mapping[int, AttendeeProfileBase] | None = None
) -> list[tuple[str, str]]:
    """(label, text) of every field the conference asks for; an answer that is missing is "". One query, or none when
    `profiles` (see `profiles_of`) is given.
    """
    model = get_attendee_profile_model()
    if model is None:
        return []
    found = profile_of(attendee.user_id) if profiles is None else profiles.get(attendee.user_id)
    return [
        (str(field.verbose_name), answer_text(found, field) if found else "")
        for field in asked_fields(model, attendee.conference)
    ]


def answer_text(profile: AttendeeProfileBase, field: models.Field) -> str:
    """One answer as people read it."""
    if field.choices:
        return str(getattr(profile, f"get_{field.name}_display")() or "")
    value = getattr(profile, field.name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dt.date):
        return date_format(value)
    return "" if value is None else str(value)


def save_profile(
    *, user: User, answers: Mapping[str, Any], by: User | None, is_complete: bool = True, is_new: bool = False
) -> AttendeeProfileBase | None:
    """Write `answers` (cleaned values by field name; names the model does not ask for are left out) to the profile of
    `user`, making it when there is none. Answers that are not given stay as they are.

    `by` is who answers, None for an import. A person with an account answers for themselves alone: then nothing is
    written. Anybody who may change the seat answers for a placeholder. `is_new` when the user has no profile, as far as is
    known (`profile_of`); then an IntegrityError is left to the caller, who tries again. Returns the profile as it is now,
    if any.
    """
    model = get_attendee_profile_model()
    if model is None:
        return None
    if user != by and not user.is_placeholder:
        return profile_of(user.pk)
    names = {field.name for field in asked_fields(model)}
    values = {name: value for name, value in answers.items() if name in names}
    if is_complete:
        values["completed_registration"] = True
    if is_new:
        made = model(user=user, access_code=draw_code(), **values)
        made.save()
        return made
    profile, _created = model._default_manager.update_or_create(user=user, defaults=values)
    return profile


def questions() -> list[tuple[str, str]]:
    """Name and label of each asked field, for the settings of a conference."""
    model = get_attendee_profile_model()
    return [(field.name, capfirst(str(field.verbose_name))) for field in asked_fields(model)] if model else []
