"""How a verdict looks, wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from registration.checkin.models import Verdict


@dataclass(frozen=True)
class Sign:
    """An icon, and the tone of its pill."""

    icon: str
    tone: str


_SIGNS = {
    Verdict.ADMITTED: Sign("circle-check", "ok"),
    Verdict.ALREADY_ADMITTED: Sign("history", "warn"),
    Verdict.UNPAID: Sign("hand-coins", "warn"),
    Verdict.WRONG_TICKET: Sign("ticket-x", "bad"),
    Verdict.INCOMPLETE: Sign("circle-alert", "bad"),
    Verdict.NOT_OPEN: Sign("calendar-clock", "bad"),
    Verdict.UNKNOWN: Sign("circle-question-mark", "bad"),
}
_OTHER = Sign("octagon-x", "bad")


def sign_of(verdict: Verdict) -> Sign:
    return _SIGNS.get(verdict, _OTHER)
