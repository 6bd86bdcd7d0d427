"""Errors told to a Sentry, of one's own or not, where SENTRY_DSN names one: what kind of error, on which page, by which lines
of the code. What people typed, and who they are, stays here; see `config.logs`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "transaction", "release", "environment", "sdk")
_OF_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")


def report_errors(dsn: str) -> None:
    """Once a process. Raises ImproperlyConfigured when `dsn` is none."""
    # Loaded where it is wanted: it is memory of every process.
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn=dsn,
            before_send=without_people,  # type: ignore[arg-type]
            integrations=[DjangoIntegration(transaction_style="url", middleware_spans=False, signals_spans=False)],
            auto_enabling_integrations=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            server_name="",
        )
    except BadDsn as error:
        raise ImproperlyConfigured("SENTRY_DSN is not the address of a project in Sentry.") from error


def without_people(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """What is known to name nobody is kept; everything else goes. The words of an error quote what somebody typed, those of
    a log the address of a ticket.
    """
    kept = {name: event[name] for name in _KEPT if name in event}
    if event.get("transaction_info", {}).get("source") != "route":
        kept.pop("transaction", None)  # of no page of ours it is the address
    if values := event.get("exception", {}).get("values"):
        kept["exception"] = {"values": [_bare(value) for value in values]}
    return kept


def _bare(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    kept = [{name: frame[name] for name in _OF_FRAME if name in frame} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": kept}}
