"""Who may do what at which conference. Every staff view starts with `staff_access`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from conferences.models import Conference, Role, StaffRole

if TYPE_CHECKING:
    User = get_user_model()

_RANK = {Role.DOOR: 1, Role.DESK: 2, Role.ORGANISER: 3}


@dataclass(frozen=True)
class Access:
    """A signed-in member of staff at a conference they work for."""

    user: User
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


def staff_access(request: HttpRequest, slug: str, at_least: Role) -> Access:
    """Fetch the conference and check the right to it in one query.

    Raises Http404 for a conference that is not there or that is somebody else's, PermissionDenied when the role is too
    small. A superuser is an organiser everywhere.
    """
    user = cast("User", request.user)
    if user.is_superuser:
        conference = Conference.objects.filter(slug=slug).first()
        access = Access(user, conference, Role.ORGANISER) if conference else None
    else:
        held = StaffRole.objects.select_related("conference").filter(conference__slug=slug, user=user).first()
        access = Access(user, held.conference, Role(held.role)) if held else None
    if access is None:
        raise Http404("no such conference for this person")
    if not access.includes(at_least):
        raise PermissionDenied
    return access
