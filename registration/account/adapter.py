from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from registration.account.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth, with one name instead of two and a username that nobody sees."""

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """`User.save` fills it."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit=commit)
