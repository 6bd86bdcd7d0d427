"""The language of a conference: that of its invoices, tickets and mails, whoever makes them and wherever."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.utils import translation

from conferences.models import Conference


def in_language_of(conference: Conference | None) -> AbstractContextManager[None]:
    """`with in_language_of(conference):` what is translated within is in its language; without a conference nothing
    changes.
    """
    return translation.override(conference.language) if conference else nullcontext()
