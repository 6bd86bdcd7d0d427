"""allauth's forms in our words: a label above each field and no placeholder that repeats it."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as base
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from registration.account.models import User

NAME_HELP = _("As you write it yourself, in any script.")


class Plain:
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in {"email", "login"}:
                field.label = _("E-mail")
            elif name == "code":
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
        """A known address gets no account, but costs the same time as an unknown one: hashing is the slow part."""
        if self.account_already_exists and self.cleaned_data.get("password1"):
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(Plain, base.AddEmailForm):
    pass


class ChangePasswordForm(Plain, base.ChangePasswordForm):
    pass


class SetPasswordForm(Plain, base.SetPasswordForm):
    pass


class ResetPasswordForm(Plain, base.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Plain, base.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(Plain, base.ReauthenticateForm):
    pass


class RequestLoginCodeForm(Plain, base.RequestLoginCodeForm):
    pass


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
