"""The code on a ticket: 8 of Crockford's 32 symbols, and how what people type or scan is read back as one.

Crockford's Base32 leaves out I, L, O and U, so that a typed O, I or L can be folded to 0 and 1 and never mean
somebody else's ticket. 32^8 is 10^12, so a clash among a million tickets is a matter of one try more.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection

from django.db import connection

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
# Longer than any code: imported ones end at 512. What is longer is not looked up.
MAX_READ = 600

_TAKEN = """
SELECT access_code FROM registration_attendee WHERE access_code IN ({codes})
UNION ALL SELECT imported_code FROM registration_attendee WHERE imported_code IN ({codes})
UNION ALL SELECT code FROM registration_retiredcode WHERE code IN ({codes})
"""
_FOLD = str.maketrans("OIL", "011")
_TICKET_PATH = re.compile(r"^[a-z][a-z0-9+.-]*://[^/]+/t/([^/?#]+)/?(?:[?#].*)?$", re.IGNORECASE)


def draw_code() -> str:
    """Whether somebody has it is the unique constraint's to say."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def generate_access_code(*, max_retries: int = 10) -> str:
    """A code that no attendee, retired code or imported barcode has.

    The check is a courtesy, the unique constraint decides; `Attendee.save` draws again when it says no. Raises
    RuntimeError when `max_retries` draws in a row were taken. One query a draw.
    """
    for _attempt in range(max_retries):
        code = draw_code()
        if not is_taken(code):
            return code
    raise RuntimeError(f"no free access code in {max_retries} draws")


def is_taken(code: str) -> bool:
    return bool(_taken({code}))


def draw_codes(count: int, *, avoid: Collection[str] = ()) -> list[str]:
    """`count` different codes at once: none of those in `avoid`, and none that an attendee, retired code or imported barcode
    has. One query a thousand. The unique constraint decides here too.
    """
    drawn: set[str] = set()
    while len(drawn) < count:
        fresh = {draw_code() for _ in range(min(count - len(drawn), 1000))}
        fresh.difference_update(avoid, drawn)
        fresh -= _taken(fresh)
        drawn |= fresh
    return list(drawn)


def _taken(codes: set[str]) -> set[str]:
    """Those of `codes` that somebody has. One query of three index look-ups a code; with OR instead, a database reads every
    attendee.
    """
    if not codes:
        return set()
    placeholders = ", ".join(["%s"] * len(codes))
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN.format(codes=placeholders), [*codes] * 3)
        return {code for (code,) in cursor.fetchall()}


def clean_code(read: str) -> str:
    """What was typed or scanned, without what keyboards, phones and copying add: full-width forms, invisible and
    control characters, spaces around it; a ticket's address on any host becomes the code in it.
    """
    text = read[: MAX_READ * 2]
    if not (text.isascii() and text.isprintable()):  # most are, and then nothing below changes them
        text = unicodedata.normalize("NFKC", text)
        text = "".join(
            " " if unicodedata.category(c) == "Zs" else c
            for c in text
            if unicodedata.category(c) not in {"Cf", "Cc", "Cs"}
        )
    text = text.strip()
    if found := _TICKET_PATH.match(text):
        text = found.group(1)
    return text[:MAX_READ]


def fold_code(code: str) -> str:
    """The access code that a cleaned `code` most likely means: capitals, no spaces or dashes, O as 0, I and L as 1.

    Letters of another alphabet stay what they are: as capitals, ß would become the SS and ı the I of somebody else.
    """
    bare = re.sub(r"[\s\-\u2010-\u2015\u2212_.]", "", code)
    return bare.upper().translate(_FOLD) if bare.isascii() else bare
