"""One way of writing names for search, so that accents, case and width of characters do not matter in any script."""

from __future__ import annotations

import unicodedata

# Letters whose base form Unicode does not derive by decomposition.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def searchable(*parts: str) -> str:
    """`parts` joined by newlines: compatibility forms unified, case folded, accents and vowel signs dropped."""
    return "\n".join(filter(None, (_fold(part) for part in parts)))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(
        c
        for c in unicodedata.normalize("NFKD", decomposed)
        if not unicodedata.combining(c) and unicodedata.category(c) != "Cf"
    )
    # Hangul must be composed again, else a typed syllable would match in the middle of another.
    return " ".join(unicodedata.normalize("NFC", bare).translate(_LETTERS).split())
