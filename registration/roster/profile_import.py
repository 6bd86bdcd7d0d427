"""The columns of a list that answer questions of the profile go into the profiles of placeholders, and of nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import models

from conferences.chunks import CHUNK, chunks
from registration.attendee.access_code import draw_codes
from registration.attendee.company import company_field
from registration.attendee.models import Attendee, AttendeeProfileBase
from registration.attendee.profile import get_attendee_profile_model, profiles_of
from registration.roster.profile_cells import answered_fields, from_cell
from registration.roster.rows import RosterRow


class ProfileColumns:
    """`does_not_fit` counts, by column, the answers that the profile cannot hold; they are left out."""

    def __init__(self, rows: list[RosterRow], does_not_fit: Counter[str]) -> None:
        self._model = get_attendee_profile_model()
        headings = dict.fromkeys(heading for row in rows for heading in row.answers)
        self._fields: Mapping[str, models.Field] = answered_fields(self._model, headings)
        self._company = company_field(self._model) if self._model else None
        self._does_not_fit = does_not_fit

    def answers(self, row: RosterRow) -> dict[str, Any]:
        """By name of the field; only what was answered."""
        found: dict[str, Any] = {}
        for heading, cell in row.answers.items():
            field = self._fields.get(heading)
            if field is None or not cell.strip():
                continue
            try:
                found[field.name] = from_cell(field, cell)
            except ValueError:
                self._does_not_fit[heading] += 1
        return found

    def company(self, answers: Mapping[str, Any]) -> str:
        return str(answers.get(self._company.name, "")) if self._company else ""

    def create(self, answered: list[tuple[int, dict[str, Any]]]) -> None:
        """New profiles, by primary key of the user."""
        answered = [(user_id, answers) for user_id, answers in answered if answers]
        if not self._model or not answered:
            return
        codes = draw_codes(len(answered))
        profiles = [
            self._model(user_id=user_id, access_code=code, **answers)
            for (user_id, answers), code in zip(answered, codes, strict=True)
        ]
        if self._model._meta.parents:  # a model with a table of a parent's cannot be made in bulk
            for profile in profiles:
                profile.save()
        else:
            self._model._default_manager.bulk_create(profiles, batch_size=CHUNK)

    def update(self, pairs: list[tuple[RosterRow, Attendee]]) -> set[int]:
        """Primary keys of the seats whose holder's profile changed. Answers that the list does not give stay."""
        waiting = [
            (seat, answers) for row, seat in pairs if seat.user.is_placeholder and (answers := self.answers(row))
        ]
        profiles: dict[int, AttendeeProfileBase] = {}
        for chunk in chunks([seat.user_id for seat, _answers in waiting], CHUNK):
            profiles |= profiles_of(chunk)
        self.create([(seat.user_id, answers) for seat, answers in waiting if seat.user_id not in profiles])
        changed = {seat.pk for seat, _answers in waiting if seat.user_id not in profiles}
        for seat, answers in waiting:
            profile = profiles.get(seat.user_id)
            new = {name: value for name, value in answers.items() if profile and getattr(profile, name) != value}
            if profile and new:
                for name, value in new.items():
                    setattr(profile, name, value)
                profile.save(update_fields=[*new, "updated_at"])
                changed.add(seat.pk)
        return changed
