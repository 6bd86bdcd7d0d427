"""Who may do what at which conference. Every staff view starts with `staff_access`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import BooleanField, Model
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from conferences.models import Conference, FormerStaff, Role, StaffRole
from conferences.prepared import Given, Prepared
from conferences.rows import ReadyMade

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser as User

M = TypeVar("M", bound=Model)

_RANK = {Role.DOOR: 1, Role.DESK: 2, Role.ORGANISER: 3}


@dataclass(frozen=True)
class Standing:
    """A role at a conference, whoever holds it."""

    conference: Conference
    role: Role

    def includes(self, role: Role) -> bool:
        return _RANK[self.role] >= _RANK[role]

    # For templates, which cannot pass arguments.
    @property
    def is_organiser(self) -> bool:
        return self.includes(Role.ORGANISER)

    @property
    def is_desk(self) -> bool:
        return self.includes(Role.DESK)


@dataclass(frozen=True)
class Access(Standing):
    """A signed-in member of staff at a conference they work for."""

    user: User


_CONFERENCE_WITH_ROLE = ReadyMade(
    Conference,
    "SELECT {columns}, r.role FROM {table} t"
    " LEFT JOIN conferences_staffrole r ON r.conference_id = t.id AND r.user_id = %s WHERE t.slug = %s",
    also=["held_role"],
)


_ROLES = Prepared(lambda: StaffRole.objects.filter(user=Given("user")).values_list("pk", flat=True)[:1])


def is_staff_anywhere(user: User) -> bool:
    """One query, or none for the user of a session, who was read with the answer."""
    has_role = getattr(user, "has_role", None)
    return user.is_superuser or bool(_ROLES.all(user=user.pk) if has_role is None else has_role)


def staff_access(request: HttpRequest, slug: str, at_least: Role) -> Access:
    """Fetch the conference and check the right to it in one query.

    Raises Http404 for a conference that is not there or that is somebody else's, FormerStaffError for one where this person
    had a role, PermissionDenied when the role is too small. A superuser is an organiser everywhere.
    """
    user = cast("User", request.user)
    conference = _CONFERENCE_WITH_ROLE.one([user.pk, slug])
    role = Role.ORGANISER if user.is_superuser else conference and conference.held_role  # type: ignore[attr-defined]
    if conference is None or not role:
        # Asked of both alike: how long the answer takes tells no stranger which of them it is.
        former = FormerStaff.objects.filter(user=user.pk, conference__slug=slug).select_related("conference").first()
        raise FormerStaffError(former.conference) if former else Http404("no such conference for this person")
    access = Access(conference, Role(role), user)
    if not access.includes(at_least):
        raise PermissionDenied
    return access


class FormerStaffError(Http404):
    """Whoever asks had a role at `conference` until somebody ended it, and so is no stranger: they are told
    (`config.errors.not_found`). Whatever does not tell them takes it for the 404 that all others get.
    """

    def __init__(self, conference: Conference) -> None:
        super().__init__("the role was ended")
        self.conference = conference


# --- What somebody else has deleted while a page of it was open ---
class DeletedError(Http404):
    """`back` is the address of the list it was in; `written` what was sent for it, each with its label."""

    def __init__(self, *, back: str = "", written: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__("deleted, or never there")
        self.back = back
        self.written = written


def find_or_deleted(
    request: HttpRequest, model: type[M], *, conference: Conference, pk: int | uuid.UUID, pages: str
) -> M:
    """The record of `conference`, of those that the page named `pages` lists. Raises DeletedError, which is answered by a
    page that says so (`config.errors.not_found`). One query.
    """
    gone = DeletedError(back=reverse(pages, args=[conference.slug]), written=_written(request, model))
    found = model._default_manager.filter(conference=conference, pk=pk).first()
    if found is None:
        raise gone
    request.if_deleted = model, gone  # type: ignore[attr-defined]
    return found


def deleted_meanwhile(request: HttpRequest, error: Exception) -> DeletedError | None:
    """What `error` comes down to where it says that a record was deleted after this request had fetched it."""
    model, gone = getattr(request, "if_deleted", (None, DeletedError()))
    # No kind of its own before Django 6, which calls it NotUpdated; what drivers raise says other things.
    is_not_there = isinstance(error, DatabaseError) and "did not affect any rows" in str(error)
    return gone if is_not_there or (model and isinstance(error, model.DoesNotExist)) else None


def _written(request: HttpRequest, model: type[Model]) -> list[tuple[str, str]]:
    """What was typed, so that it can be copied."""
    typed = [
        field
        for field in model._meta.fields
        if not (field.is_relation or field.choices or isinstance(field, BooleanField))
    ]
    sent = ((capfirst(str(field.verbose_name)), request.POST.get(field.name, "").strip()) for field in typed)
    return [(label, value) for label, value in sent if value]
