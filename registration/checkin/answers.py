"""What a person told about themselves, as far as the door may know it: what to hand out, and what the conference lets its
desk see.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from django.db.models import Field
from django.utils.text import capfirst

from conferences.access import Standing
from conferences.rows import ReadyMade
from registration.attendee.models import Attendee, AttendeeProfileBase
from registration.attendee.profile import answer_text, asked_fields, get_attendee_profile_model

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answers:
    """Label and answer of each field that was answered."""

    hand_out: Lines = ()
    for_desk: Lines = ()


def answers_of(seat: Attendee, *, access: Standing) -> Answers:
    """One query, none when the profile hands nothing out and `access` may see no more."""
    model = get_attendee_profile_model()
    if model is None:
        return Answers()
    fields = {field.name: field for field in asked_fields(model, access.conference)}
    handed = [fields[name] for name in model.hand_out_fields if name in fields]
    seen = _seen_by(access, model)
    profile = _profile_rows(model).one([seat.user_id]) if handed or seen else None
    if profile is None:
        return Answers()
    # Whoever said no to a T-shirt gets none; whoever said no to a photograph is asked for none.
    return Answers(_lines(profile, [field for field in handed if getattr(profile, field.name)]), _lines(profile, seen))


def _seen_by(access: Standing, model: type[AttendeeProfileBase]) -> list[Field]:
    """Of what the conference asks, the fields it shows to the desk. The door sees none of them."""
    if not access.is_desk or not access.conference.desk_fields:
        return []
    chosen = set(access.conference.desk_fields) - set(model.hand_out_fields)
    return [field for field in asked_fields(model, access.conference) if field.name in chosen]


@functools.cache
def _profile_rows(model: type[AttendeeProfileBase]) -> ReadyMade:
    return ReadyMade(model, "SELECT {columns} FROM {table} t WHERE t.user_id = %s")


def _lines(profile: AttendeeProfileBase, fields: list[Field]) -> Lines:
    told = ((capfirst(str(field.verbose_name)), answer_text(profile, field)) for field in fields)
    return tuple((label, answer) for label, answer in told if answer)
