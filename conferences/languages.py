"""The language of a conference: that of its invoices, tickets and mails, whoever makes them and wherever."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.utils import translation
from django.utils.functional import Promise

from conferences.models import Conference


def in_language_of(conference: Conference | None) -> AbstractContextManager[None]:
    """`with in_language_of(conference):` what is translated within is in its language; without a conference nothing
    changes.
    """
    return translation.override(conference.language) if conference else nullcontext()


def say(text: str | Promise, *, to: Conference) -> str:
    """`text`, which is translated when it is read (`gettext_lazy`), in the language of the conference `to`: what is kept of
    it and mailed.
    """
    with in_language_of(to):
        return str(text)
