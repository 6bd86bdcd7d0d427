"""Logs that name no person: addresses hold access codes, references and what was searched for, so a line says which
page it was, not which ticket.
"""

from __future__ import annotations

import logging
from typing import Any

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
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
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


class OneLine(logging.Formatter):
    """What a visitor sends cannot begin a line of its own; a traceback is ours and keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
