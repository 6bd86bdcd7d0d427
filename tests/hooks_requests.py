"""More of tests/hooks.py: functions a test server calls before it serves, about any request."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.core.handlers.base import BaseHandler


def read_whatever_comes() -> None:
    """No body is too large, and each is read before anything is looked at."""
    from config import middleware

    middleware.MAX_BODY = 10**12
    call = middleware.RefusedForms.__call__

    def read_and_call(self: Any, request: Any) -> Any:
        request.META["body"] = request.META["wsgi.input"].read()
        return call(self, request)

    middleware.RefusedForms.__call__ = read_and_call


def tell_cpu_time() -> None:
    """Every answer says how long its thread worked on it, which other programs on a busy machine hardly change."""
    get_response = BaseHandler.get_response

    def measured(self: Any, request: Any) -> Any:
        begun = time.thread_time()
        response = get_response(self, request)
        response["X-CPU"] = str(time.thread_time() - begun)
        return response

    BaseHandler.get_response = measured  # type: ignore[method-assign]


def break_on_request() -> None:
    """The home page breaks with the words that it is given, as an error of a database or a conversion quotes them."""
    from conferences.models import ConferenceQuerySet

    active = ConferenceQuerySet.active

    def active_or_not(self: Any) -> Any:
        if words := _asked_to_break():
            raise ValueError(f"no such person: {words}")
        return active(self)

    ConferenceQuerySet.active = active_or_not  # type: ignore[method-assign]
    get_response = BaseHandler.get_response

    def keep(self: Any, request: Any) -> Any:
        _words.text = request.GET.get("break", "")
        return get_response(self, request)

    BaseHandler.get_response = keep  # type: ignore[method-assign]


_words = threading.local()


def _asked_to_break() -> str:
    return getattr(_words, "text", "")


def hold_for_two_seconds() -> None:
    """Places are held for two seconds in place of fifteen minutes."""
    import datetime as dt

    from registration.order import holding

    holding.HOLD = dt.timedelta(seconds=2)


def break_on_ticket() -> None:
    """The address of a ticket breaks, with name and code in its words, in its variables and beside it in the log."""
    from registration.ticket import access, views

    def seat_by_code(code: str) -> Any:
        seat = access.seat_by_code(code)
        logging.getLogger("registration").error("looked for %s of %s", code, seat.name)
        raise ValueError(f"{seat.name} has {code}")

    views.seat_by_code = seat_by_code  # type: ignore[assignment]
