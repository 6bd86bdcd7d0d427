from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend

from registration.account.sessions import user_by_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registration.account.models import User

_AT_HAND: ContextVar[User | None] = ContextVar("user_at_hand", default=None)


class AccountBackend(AuthenticationBackend):
    """allauth's, with the user of the session read without building the query anew on every request, or not at all where
    they came with the session.
    """

    def get_user(self, user_id: int) -> User | None:
        user = _AT_HAND.get()
        if user is None or user.pk != user_id:
            user = user_by_key(user_id)
        return user if user and self.user_can_authenticate(user) else None


@contextmanager
def at_hand(user: User | None) -> Iterator[None]:
    """Inside, `user`, just read, need not be read again."""
    token = _AT_HAND.set(user)
    try:
        yield
    finally:
        _AT_HAND.reset(token)
