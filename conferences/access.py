"""Who may do what at which conference. Every staff view starts with `staff_access`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from conferences.models import Conference, Role, StaffRole
from conferences.prepared import Given, Prepared
from conferences.rows import ReadyMade

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser as User

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

    Raises Http404 for a conference that is not there or that is somebody else's, PermissionDenied when the role is too
    small. A superuser is an organiser everywhere.
    """
    user = cast("User", request.user)
    conference = _CONFERENCE_WITH_ROLE.one([user.pk, slug])
    role = Role.ORGANISER if user.is_superuser else conference and conference.held_role  # type: ignore[attr-defined]
    if conference is None or not role:
        raise Http404("no such conference for this person")
    access = Access(conference, Role(role), user)
    if not access.includes(at_least):
        raise PermissionDenied
    return access
