from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth import middleware as django_middleware
from django.utils.functional import SimpleLazyObject

from registration.account.backend import at_hand
from registration.account.sessions import SessionStore

if TYPE_CHECKING:
    from django.http import HttpRequest


class AuthenticationMiddleware(django_middleware.AuthenticationMiddleware):
    """Django's, which asks the backend for a user whom the session has brought along (`sessions.SessionStore.owner`)."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def _user_of(request: HttpRequest) -> Any:
    session = cast(SessionStore, request.session)
    session.get(SESSION_KEY)  # reads it
    with at_hand(session.owner):
        return django_middleware.get_user(request)
