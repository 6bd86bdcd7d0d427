"""Codes that are mailed, on the page that waits for one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

ASKS_FOR_CODE = {"account_email_verification_sent", "account_confirm_login_code"}
# In the state of a login.
ASKS_ANYHOW = "asks_for_code_anyhow"
NAME_TYPED = "name_typed"
_ENTRANCES = ["account_login", "account_request_login_code"]


def say_why_code_is_over(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Middleware: once no code is waited for, since it ran out, say, allauth leads to the entrance without a word. Whether
    the address is known makes no difference.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if (
            match
            and match.url_name in ASKS_FOR_CODE
            and isinstance(response, HttpResponseRedirect)
            and response.url in map(reverse, _ENTRANCES)
            and request.user.is_anonymous
            and not getattr(request, "is_code_over_told", False)
        ):
            said = _(
                "This code is no longer good: each is for a quarter of an hour. Have a new one sent to your address."
            )
            messages.error(request, said)
        return response

    return middleware
