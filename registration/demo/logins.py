"""A login of each role, at the demo's first conference."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.demo.people import DOMAIN

# With the name of who has it.
ROLES = {
    "admin": "Ada Admin", "organiser": "Oğuz Organiser", "desk": "Désirée Desk", "door": "Dora Door",
    "attendee": "Amélie Attendee",
}  # fmt: skip


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    password: str


def address_of(role: str) -> str:
    return f"{role}@{DOMAIN}"


def make_logins(conference: Conference) -> list[Login]:
    """With new random passwords."""
    logins = []
    for role, name in ROLES.items():
        password = "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in "abc")
        user = User.objects.create_user(
            address_of(role), password, name=name, is_staff=role == "admin", is_superuser=role == "admin"
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        if role in Role.values:
            StaffRole.objects.create(user=user, conference=conference, role=role)
        logins.append(Login(role, address_of(role), password))
    return logins
