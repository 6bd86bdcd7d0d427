"""Logs that name no person: addresses hold access codes, references and what was searched for, so a line says which
page it was, not which ticket.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import Resolver404, resolve

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_paths": {"()": "config.logs.WithoutPaths"}},
    "formatters": {
        "line": {"()": "config.logs.OneLine", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_paths"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own handlers mail tracebacks with the whole request in them; ours says what failed.
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "fido2": {"level": "WARNING"},  # it names each passkey that is added
    },
}


def page_of(request: HttpRequest) -> str:
    """`t/<str:code>/` for the address of a ticket; the conference's short name is left in. "-" for no page of ours."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        try:
            match = resolve(request.path_info)
        except (Resolver404, ValueError):
            return "-"
    slug = match.kwargs.get("slug", "")
    return "/" + match.route.replace("<slug:slug>", str(slug)).removeprefix("^")


class WithoutPaths(logging.Filter):
    """Django names the path in its warnings and errors about a request; put the page in its place."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            page = page_of(request)
            record.msg, record.args = f"{record.getMessage().split(': ')[0]}: {request.method} {page}", ()
        return True


class WithoutRequests(logging.Filter):
    """gunicorn names the address, and what it could not read, in its errors; what kind of error it was is left."""

    def filter(self, record: logging.LogRecord) -> bool:
        for kind in ("Invalid request", "Error handling request"):
            if str(record.msg).startswith(kind):
                record.msg, record.args = kind, ()
        return True


class OneLine(logging.Formatter):
    """What a visitor sends cannot begin a line of its own. A traceback is ours and keeps its lines, but not the words of
    the errors: those of a database or a conversion quote what somebody typed.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- logging's name
        return "".join(_told(ei[1], ei[2])).rstrip() if ei[1] else ""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


def _told(error: BaseException, trace: TracebackType | None) -> Iterator[str]:
    """The lines it went through and its type, after those of the error that led to it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _told(before, before.__traceback__)
        yield "which led to\n"
    yield from traceback.format_tb(trace)
    # What is wrong with the settings is said, which nobody has typed into a page.
    words = f": {error}" if isinstance(error, ImproperlyConfigured) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{words}\n"
