from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from conferences.rows import ReadyMade
from registration.account.models import User

# With what nearly every page asks of whoever looks at it (`conferences.access.is_staff_anywhere`).
_BY_ID = ReadyMade(
    User,
    "SELECT {columns}, EXISTS (SELECT 1 FROM conferences_staffrole r WHERE r.user_id = t.id) FROM {table} t WHERE id = %s",
    also=["has_role"],
)


class AccountBackend(AuthenticationBackend):
    """allauth's, with the user of the session read without building the query anew on every request."""

    def get_user(self, user_id: int) -> User | None:
        user = _BY_ID.one([user_id])
        return user if user and self.user_can_authenticate(user) else None
