"""allauth's forms of the second step and of passkeys, in our words."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registration.account.forms import Plain
from registration.account.models import User


class CodeOfApp(Plain):
    """What an app shows is digits, and so are recovery codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        del field.widget.attrs["autocapitalize"]
        field.widget.attrs["inputmode"] = "numeric"


class CodeOfSomebody(CodeOfApp):
    """`has_app` is False for whoever has passkeys, and recovery codes for the day they are gone."""

    user: User
    has_app: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_app = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists()

    def clean_code(self) -> str:
        try:
            return super().clean_code()  # type: ignore[misc]
        except ValidationError as error:
            if self.has_app or error.code != "incorrect_code":
                raise
            raise ValidationError(_("This code is wrong, or was used already."), code=error.code) from error


class AuthenticateForm(CodeOfSomebody, base.AuthenticateForm):
    pass


class ReauthenticateForm(CodeOfSomebody, base.ReauthenticateForm):
    pass


class SetUpAppForm(CodeOfApp, ActivateTOTPForm):
    pass


class Readable(json.JSONDecoder):
    """Python refuses numbers of thousands of digits and what is nested too deep by errors that no field expects."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("unreadable", "", 0) from error


class Passkey:
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].decoder = Readable  # type: ignore[attr-defined]


class AddPasskeyForm(Passkey, Plain, webauthn.AddWebAuthnForm):
    """What people come for is to sign in by it; allauth would make a second step of it unless told otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passwordless"]
        field.initial = True
        field.label = _("Sign in by it alone")
        field.help_text = _("Without this, it is asked for after the password, as a second step.")


class PasskeyLoginForm(Passkey, webauthn.LoginWebAuthnForm):
    pass


class PasskeyStepForm(Passkey, webauthn.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(Passkey, webauthn.ReauthenticateWebAuthnForm):
    pass
