"""What can be asked of attendees. The profile model belongs to `registration`, which this app knows nothing of, so it
says at the start which fields there are (`registration.apps`).
"""

from __future__ import annotations

from collections.abc import Callable

Questions = list[tuple[str, str]]

_source: Callable[[], Questions] = list


def set_source(source: Callable[[], Questions]) -> None:
    global _source
    _source = source


def questions() -> Questions:
    """Name and label of each field of the configured profile, in its order; empty when there is no profile."""
    return _source()
