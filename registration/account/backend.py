from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from registration.account.models import User


class AccountBackend(AuthenticationBackend):
    """allauth's, with the user of the session read without building the query anew on every request."""

    def get_user(self, user_id: int) -> User | None:
        user = next(iter(User.objects.raw("SELECT * FROM registration_user WHERE id = %s", [user_id])), None)
        return user if user and self.user_can_authenticate(user) else None
