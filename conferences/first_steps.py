"""What a site needs before its first conference; the home page of a fresh site says it."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from conferences.models import Conference


def first_step() -> str:
    """`superuser` when nobody could set up a conference, `conference` when nobody has yet, else empty.

    One query on a site with conferences. The template is `conferences/_first_steps.html`, with this as `first_step`.
    """
    if Conference.objects.exists():
        return ""
    return "conference" if get_user_model().objects.filter(is_superuser=True, is_active=True).exists() else "superuser"
