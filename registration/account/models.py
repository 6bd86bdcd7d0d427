from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from conferences.prepared import PreparedSave, insert_all


def _new_username() -> str:
    return uuid.uuid4().hex


class UserQuerySet(models.QuerySet["User"]):
    def placeholders(self) -> UserQuerySet:
        """See also `User.is_placeholder`."""
        return self.filter(email=None)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str | None = None, password: str | None = None, **extra: Any) -> User:
        """`username` is filled by `save()`. An account without a password signs in by code."""
        user = self.model(email=email, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """The address counts as confirmed: whoever may run `createsuperuser` owns the site, and must get in."""
        with transaction.atomic(using=self._db):
            user = self.create_user(email, password, **extra | {"is_staff": True, "is_superuser": True})
            user.emailaddress_set.create(email=user.email, verified=True, primary=True)  # type: ignore[attr-defined]
        return user

    def create_placeholder(self, name: str = "") -> User:
        """A user who cannot sign in: holds the seat of a person who has no account here."""
        return self.create_placeholders([name])[0]

    def create_placeholders(self, names: Iterable[str]) -> list[User]:
        """In one query, or none for nobody."""
        users = [self.model(email=None, name=name, username=_new_username()) for name in names]
        for user in users:
            user.set_unusable_password()
        return insert_all(users)

    def get_by_natural_key(self, username: str) -> User:
        return self.get(email=username.lower())


class User(PreparedSave, AbstractUser):
    """The e-mail address is the login, unique ignoring case, and None for a placeholder."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(  # type: ignore[assignment]
        _("e-mail"),
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": _("This address has an account already.")},
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_ignoring_case",
                violation_error_message=_("This address has an account already."),
            ),
            models.CheckConstraint(condition=~models.Q(email=""), name="user_email_is_null_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = (self.email or "").strip().lower() or None
        if not self.username:
            self.username = _new_username()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Not AbstractUser's, which makes an empty string of a placeholder's address."""
        self.email = (self.email or "").strip().lower() or None

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def is_placeholder(self) -> bool:
        """See also `UserQuerySet.placeholders`."""
        return self.email is None
