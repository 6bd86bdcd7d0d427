"""Fill in the names in braces of a mail's words, and say which may stand there."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from registration.mail.kinds import KINDS
from registration.mail.placeholders import PERSONAL, PLACEHOLDERS, Context

_BRACES = re.compile(r"\{([^{}]*)\}")


def fill(words: str, kind: str, context: Context, escape: Callable[[str], str] = str) -> str:
    """`words` with the names in braces replaced, each value through `escape`. What is no name stays as it is."""
    known = KINDS[kind].placeholders

    def value(match: re.Match[str]) -> str:
        name = match.group(1).strip()
        return escape(str(PLACEHOLDERS[name](context))) if name in known else match.group()

    return _BRACES.sub(value, words)


def is_personal(words: str) -> bool:
    """Whether it reads differently from person to person."""
    return any(found.strip() in PERSONAL for found in _BRACES.findall(words))


def check_words(words: str, kind: str) -> None:
    """Raise ValidationError when something stands in braces that this kind does not know, or where a brace has no other:
    everybody would read it.
    """
    known = KINDS[kind].placeholders
    unknown = [found.strip() for found in _BRACES.findall(words) if found.strip() not in known]
    if unknown:
        raise ValidationError(
            _("{%(unknown)s} is not known here. This mail knows %(known)s."),
            code="unknown_placeholder",
            params={"unknown": unknown[0], "known": ", ".join(f"{{{name}}}" for name in known)},
        )
    # As long as it was, so that the place is that of the words, and no pair comes of what is around it.
    stray = re.search(r"[{}]", _BRACES.sub(lambda pair: "x" * len(pair.group()), words))
    if stray:
        raise ValidationError(
            _("There is a brace too many or too few at “%(there)s”. A name stands in one pair, like %(known)s."),
            code="stray_brace",
            params={"there": words[stray.start() :][:20], "known": f"{{{known[0]}}}"},
        )
