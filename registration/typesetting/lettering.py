"""How texts are to be set: what may stand in a line, where it may break, and in which direction.

With nothing of Django, because it runs in the process of a typesetter (a room's `press.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Text = dict[str, Any]

# A profile may hold a text of any length; more than this nobody reads on a badge. Names are never longer.
_LONGEST = 200
# More marks than this on one letter are no language's, and would cover the lines above.
_MARKS = 4
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co"})
# Controls that shape what stands beside them: joiners of Persian, of Indic scripts and of emoji.
_JOINERS = "\u200c\u200d"
_HAN = r"\u3005\u3007\u3400-\u9fff\uf900-\ufaff"
_KANA = r"\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_HANGUL = r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_EAST_ASIAN = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]")
# Thai, Lao, Tibetan, Burmese and Khmer put no space between the words of a phrase; a name is kept whole all the same.
_UNSPACED = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
# Scripts from Devanagari to Khmer stack marks above and below their letters.
_TALL = re.compile(r"[\u0900-\u109f\u1780-\u17ff]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
# The letters of our cut of Bricolage Grotesque (`fonts/README.md`). A text with any other is set in Noto alone.
_BRICOLAGE = re.compile(
    "[\x20-\x7e\xa0-\xa3\xa5-\xac\xae-\u0107\u010a-\u0113\u0116-\u011b\u011e-\u0123\u0126-\u012b\u012e-\u0133\u0136\u0137"
    "\u0139-\u013e\u0141-\u0148\u014a-\u014d\u0150-\u015b\u015e-\u0161\u0164\u0165\u0168-\u017e\u01a0\u01a1\u01af\u01b0"
    "\u0218-\u021b\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9\u2013\u2014\u2018-\u201a\u201c-\u201e\u2022\u2026]*"
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# A piece of a word after which a line may end: after a hyphen or a slash, as in Smith-Jones and she/her.
_PIECES = re.compile(r"[^-/‐–]+[-/‐–]*|[-/‐–]+")
_EAST_ASIAN_PIECES = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]|[^{_HAN}{_KANA}{_HANGUL}]+")
# How many East Asian characters stay together on a line: no family or given name is longer.
_WHOLE = 6
# No word as short as "von" need ever break: four of the widest letters fit the narrowest box at the largest size of `loose`.
_SHORT = 4
_TRADITIONAL = {"Asia/Taipei": "zh-hant", "Asia/Hong_Kong": "zh-hant", "Asia/Macau": "zh-hant"}
_LANGUAGE_AT = {"Asia/Tokyo": "ja", "Asia/Seoul": "ko"} | _TRADITIONAL


def text_of(raw: str, language: str = "en") -> Text | None:
    """How to set `raw`; None when there is nothing to set.

    `parts` must each fit on a line, `runs` are set one after another, `whole` ones without a break, and `loose` is the
    text with break points within its words, for when nothing else helps.
    """
    text = cleaned(raw)
    if not text:
        return None
    is_rtl = _is_rtl(text)
    words = text.split(" ")
    return {
        # A run of its own stands alone in a line of two directions, and words would change places.
        "runs": [{"text": text, "whole": False}] if is_rtl else list(_runs(words)),
        "parts": [part for word in words for part in _parts(word)],
        "loose": " ".join(word if len(word) <= _SHORT else _loosened(word) for word in words),
        "rtl": is_rtl,
        "lang": language,
        "latin": bool(_LATIN.search(text) and _BRICOLAGE.fullmatch(text)),
        "line": "tall" if _TALL.search(text) else "tight" if _PLAIN.fullmatch(text) else "normal",
    }


def cleaned(raw: str) -> str:
    """One line of what can be printed: no controls, no overrides of direction, no towers of marks."""
    kept, marks = [], 0
    for character in unicodedata.normalize("NFC", " ".join(raw.split())):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if (kind in _CONTROLS and character not in _JOINERS) or marks > _MARKS:
            continue
        kept.append(character)
    text = " ".join("".join(kept).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def language_of(text: str, timezone: str) -> str:
    """Of East Asian text, because Chinese and Japanese draw many characters differently: told by the syllables beside
    them, else by where the conference is. Of other scripts it changes nothing.
    """
    if re.search(f"[{_KANA}]", text):
        return "ja"
    if re.search(f"[{_HANGUL}]", text):
        return "ko"
    return _LANGUAGE_AT.get(timezone, "zh") if re.search(f"[{_HAN}]", text) else "en"


def _is_rtl(text: str) -> bool:
    """By the first letter that has a direction, as browsers do for `dir=auto`."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((kind in {"R", "AL"} for kind in directions if kind in {"L", "R", "AL"}), False)


def _runs(words: list[str]) -> Iterator[Text]:
    waiting = ""
    for number, word in enumerate(words):
        space = " " if number else ""
        if not _stays_whole(word):
            waiting += space + word
            continue
        if waiting + space:
            yield {"text": waiting + space, "whole": False}
        yield {"text": word, "whole": True}
        waiting = ""
    if waiting:
        yield {"text": waiting, "whole": False}


def _stays_whole(word: str) -> bool:
    return bool((_EAST_ASIAN.search(word) and len(word) <= _WHOLE) or _UNSPACED.search(word))


def _parts(word: str) -> list[str]:
    if _stays_whole(word):
        return [word]
    return (_EAST_ASIAN_PIECES if _EAST_ASIAN.search(word) else _PIECES).findall(word)


def _loosened(word: str) -> str:
    """With a soft hyphen between any two letters, and a break point without a hyphen between other signs."""
    clusters: list[str] = []
    for character in word:
        joins = unicodedata.category(character)[0] == "M" or character in _JOINERS
        if clusters and (joins or clusters[-1][-1] in _JOINERS):
            clusters[-1] += character
        else:
            clusters.append(character)
    pieces = clusters[:1]
    for before, after in pairwise(clusters):
        are_letters = before[0].isalpha() and after[0].isalpha() and not _EAST_ASIAN.match(before)
        pieces += ["\u00ad" if are_letters else "\u200b", after]
    return "".join(pieces)
