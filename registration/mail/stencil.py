"""One mail in the same words for very many people: rendered once, so that each of them costs microseconds."""

from __future__ import annotations

import secrets
from types import SimpleNamespace

from django.utils.html import escape

from conferences.languages import in_language_of
from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.mail.placeholders import PERSONAL, PLACEHOLDERS
from registration.mail.wording import Rendered, Words, render_mail


class Stencil:
    """`cut(seat)` is what `render_mail` makes of these words for that person. Only for kinds whose template shows nothing
    of the person but the words.
    """

    def __init__(self, kind: str, *, conference: Conference, words: Words) -> None:
        self._conference = conference
        # Drawn by lot, so that nobody's name and nothing that was written can be taken for one.
        self._gaps = {name: f"gap{secrets.token_hex(12)}" for name in PERSONAL}
        anybody = SimpleNamespace(name=self._gaps["name"], ticket_type=SimpleNamespace(name=self._gaps["ticket"]))
        with in_language_of(conference):
            self._mail = render_mail(kind, {"conference": conference, "attendee": anybody}, words)

    def cut(self, seat: Attendee) -> Rendered:
        with in_language_of(self._conference):
            values = {self._gaps[name]: str(PLACEHOLDERS[name]({"attendee": seat})) for name in PERSONAL}
        escaped = {gap: str(escape(value)) for gap, value in values.items()}
        return Rendered(
            _filled(self._mail.subject, values), _filled(self._mail.text, values), _filled(self._mail.html, escaped)
        )


def _filled(text: str, values: dict[str, str]) -> str:
    for gap, value in values.items():
        text = text.replace(gap, value)
    return text
