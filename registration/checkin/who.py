"""Who is at a tablet: a first name or initials, told by whoever takes it over and kept in a cookie of that device until
the conference's day ends. It goes with each scan. Nobody proves it; it answers "ask Kim at the door".
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from urllib.parse import quote, unquote

COOKIE = "who"
LONGEST = 100


def clean(name: str) -> str:
    """Without control characters, with single spaces, at most LONGEST long."""
    shown = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in name[: 4 * LONGEST])
    return " ".join(shown.split())[:LONGEST].strip()


def to_cookie(name: str, *, today: dt.date) -> str:
    """As `static/js/checkin/who.js` writes it too."""
    return quote(f"{today.isoformat()} {clean(name)}", safe="")


def of_cookie(value: str | None, *, today: dt.date) -> str:
    """Empty when the name was given on another day."""
    day, _, name = unquote(value or "", errors="ignore").partition(" ")
    return clean(name) if day == today.isoformat() else ""
