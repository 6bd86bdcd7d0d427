"""What a kind of mail is made of, and what several say alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """`needs` are what its context holds besides `conference`: the contract of whoever queues it."""

    label: _Text
    subject: _Text
    text: _Text
    placeholders: tuple[str, ...]
    needs: tuple[str, ...]
    answer: _Text = ""  # the end of the text, where an answer reaches somebody


UNEXPECTED = gettext_lazy("If you did not expect this, answer this mail.")
QUESTION = gettext_lazy("If you have a question, answer this mail.")
EVERYWHERE = ("conference", "dates", "venue")
