"""allauth's forms in our words: a label above each field and no placeholder that repeats it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from allauth.account import forms as base
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from registration.account.addresses import drop_unproved_password, lock_unconfirmed
from registration.account.codes import ASKS_ANYHOW, NAME_TYPED
from registration.account.models import User

NAME_HELP = _("As you write it yourself, in any script.")
_MISSING = {
    "name": _("Enter your name."),
    "email": _("Enter your e-mail address."),
    "login": _("Enter your e-mail address."),
    "password": _("Enter your password."),
    "oldpassword": _("Enter the password you have now."),
    "password1": _("Enter a new password."),
    "password2": _("Enter it once more."),
    "code": _("Enter the code."),
}
_LABELS = {
    "email": _("E-mail"),
    "login": _("E-mail"),
    "oldpassword": _("Current password"),
    "password2": _("The same once more"),
}


class Plain:
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in _MISSING:
                field.error_messages["required"] = _MISSING[name]
            field.label = _LABELS.get(name, field.label)
            if name == "code":
                field.widget.attrs |= {
                    "autocomplete": "one-time-code",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                }
            elif name in {"password1", "password2"}:
                field.help_text = _("Ten characters or more.") if name == "password1" else ""


class LoginForm(Plain, base.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        self.fields["password"].help_text = ""  # the template has the link beside the label
        self.fields["remember"].label = _("Stay signed in on this device")


class SignupForm(Plain, base.SignupForm):
    name = forms.CharField(
        label=_("Name"), help_text=NAME_HELP, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    field_order = ["name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _(
            "You need none: we can mail you a code whenever you sign in. If you want one, ten characters or more."
        )

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """A known address gets no account, but takes the time that an unknown one takes. Where nobody has confirmed it yet
        this is that sign-up once more, and the code that is mailed now is good on the page that this one leads to. The name
        is theirs who type that code there.
        """
        waiting = self._take_up_unconfirmed()
        if self.account_already_exists:
            self._work_as_for_a_new_account(request, will_confirm=waiting is not None)
        if waiting is None and not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:
                # The form was sent twice, and the other one was quicker.
                self.account_already_exists = True
                waiting = self._take_up_unconfirmed()
        if waiting is None:
            return super().try_save(request)
        state = {ASKS_ANYHOW: True, NAME_TYPED: self.cleaned_data["name"]}
        login = Login(user=waiting, email=waiting.email, signup=True, state=state)
        return None, perform_login(request, login)

    def _take_up_unconfirmed(self) -> User | None:
        """Looked for whether the address is known or not, as that takes its time. With a password known ones take that of
        looking at it, and unknown ones that of storing it.
        """
        email, password = self.cleaned_data["email"], self.cleaned_data.get("password1")
        stored = User.objects.filter(email=email).values_list("password", flat=True).first() or ""
        # Not below: it would keep the database's lock for a quarter of a second.
        is_same = bool(password and stored) and check_password(password, stored)
        with transaction.atomic():
            user = lock_unconfirmed(email=email)
            if user and not (is_same and user.password == stored):
                drop_unproved_password(user=user, email=email)
        return user

    def _work_as_for_a_new_account(self, request: HttpRequest, *, will_confirm: bool) -> None:
        """But for the time that a password takes, and for what the code does that is sent where they `will_confirm`."""
        cleaned = self.cleaned_data
        self.cleaned_data = cleaned | {"email": f"{uuid.uuid4().hex}@example.invalid", "password1": ""}
        self.account_already_exists = False
        with transaction.atomic():
            made = User.objects.get(pk=self.save(request).pk)
            if not will_confirm:
                address = made.emailaddress_set.get_primary(made)
                # Made and not asked: what is written below asks more of PostgreSQL than of SQLite.
                str(made.emailaddress_set.filter(email=address.email, verified=True).query)
            transaction.set_rollback(True)
        self.cleaned_data, self.account_already_exists = cleaned, True
        cache.set("no-sign-up", True, 1)  # what is committed takes the time of the disk


class NewPassword:
    """In place of one that there is."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")


class AddEmailForm(Plain, base.AddEmailForm):
    pass


class ChangePasswordForm(NewPassword, Plain, base.ChangePasswordForm):
    pass


class SetPasswordForm(Plain, base.SetPasswordForm):
    pass


class ResetPasswordForm(Plain, base.ResetPasswordForm):
    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """An unknown address gets no link, but takes the time that it takes to make one."""
        if not self.users:
            nobody = User(pk=0)
            base.default_token_generator.make_token(nobody)
        return super().save(request, **kwargs)


class ResetPasswordKeyForm(NewPassword, Plain, base.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(Plain, base.ReauthenticateForm):
    pass


class RequestLoginCodeForm(Plain, base.RequestLoginCodeForm):
    """Also what the sign-in page sends, with the address that was typed there; without one it is asked for."""

    def __init__(self, data: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        if data and "by_code" in data:
            email = data.get("login", "").strip()
            data = {"email": email} if email else None
            kwargs.pop("files", None)  # else it is a form that was sent
        super().__init__(data, **kwargs)
        self.fields["email"].widget.attrs["autofocus"] = True

    def clean_email(self) -> str:
        """allauth looks for an address that nobody has confirmed among all accounts too, which takes its time."""
        email: str = super().clean_email()
        if self._user:
            User.objects.filter(email=email).first()
        return email


class ConfirmLoginCodeForm(Plain, base.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(Plain, base.ConfirmEmailVerificationCodeForm):
    pass


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts = {"name": NAME_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].error_messages["required"] = _MISSING["name"]
