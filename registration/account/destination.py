"""What somebody came for when they were asked to sign up or in, kept in the session until they are in: allauth forgets it
with the third wrong code, a code that ran out, and an address that has an account already.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase

# Later on somebody else may sit there, or nobody remembers.
KEPT_SECONDS = 2 * 60 * 60
_DESTINATION = "destination"
_ENTRANCES = {"account_login", "account_signup", "account_request_login_code", "account_reset_password"}


def remember_destination(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Middleware: a form of the entrance that was sent, and has let nobody in yet."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name in _ENTRANCES and request.user.is_anonymous:
            given = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME)
            if given and get_adapter().is_safe_url(given):
                request.session[_DESTINATION] = [given, time.time()]
        return response

    return middleware


def destination_of(request: HttpRequest) -> str | None:
    kept, at = request.session.get(_DESTINATION, (None, 0))
    return kept if time.time() - at < KEPT_SECONDS else None


def take_destination(request: HttpRequest) -> str | None:
    """For whoever is in now; it is not kept any longer."""
    destination = destination_of(request)
    request.session.pop(_DESTINATION, None)
    return destination
