"""Forms about a seat: the name on it, and the profile, whichever model a team has configured."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.profile import asked_fields, get_attendee_profile_model, profile_of

# By the name of a field, what a browser may fill in by itself (HTML's autofill names). Needs that are private stay out.
_AUTOCOMPLETE = {
    "name": "name",
    "badge_name": "nickname",
    "nickname": "nickname",
    "affiliation": "organization",
    "company": "organization",
    "organisation": "organization",
    "organization": "organization",
    "employer": "organization",
    "job_title": "organization-title",
    "phone": "tel",
    "phone_number": "tel",
    "mobile": "tel",
    "website": "url",
    "city": "address-level2",
    "postcode": "postal-code",
    "country": "country-name",
    "birthday": "bday",
    "date_of_birth": "bday",
}


# What is said where nothing was given, of a field of any profile model; its label stands beside it.
_MISSING: tuple[tuple[type[forms.Field], Any], ...] = (
    (forms.BooleanField, _("Tick this box.")),
    (forms.ChoiceField, _("Choose an answer.")),
    (forms.DateField, _("Enter a date.")),
    (forms.DateTimeField, _("Enter a date and a time.")),
    (forms.IntegerField, _("Enter a number.")),
    (forms.EmailField, _("Enter an e-mail address.")),
    (forms.FileField, _("Choose a file.")),
)


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def clean_name(self) -> str:
        """On one line, as it goes on a badge and into the header of a mail."""
        return " ".join(self.cleaned_data["name"].split())


def profile_form(
    *,
    conference: Conference,
    user: User | None = None,
    data: Mapping[str, Any] | None = None,
    prefix: str = "profile",
    is_lenient: bool = False,
) -> forms.Form:
    """A form that asks what `conference` asks of the configured profile model; without fields when there is none.

    `user` is whose answers it starts from (one query). `is_lenient` is for staff: an answer that people must give may
    be left out where the database can store that. `cleaned_data` is what `save_profile` takes; the form itself saves
    nothing.
    """
    model = get_attendee_profile_model()
    if model is None:
        return forms.Form(data, prefix=prefix)
    fields = asked_fields(model, conference)
    made = _form_class(model, tuple(field.name for field in fields))
    instance = profile_of(user.pk) if user else None
    form: forms.Form = made(data, instance=instance, prefix=prefix)
    if is_lenient:
        for field in fields:
            if field.null or field.empty_strings_allowed:
                form.fields[field.name].required = False
    return form


class _ProfileForm(forms.ModelForm):
    def save(self, commit: bool = True) -> Any:
        raise NotImplementedError("save_profile decides whose answers may be written")


@functools.lru_cache(maxsize=64)
def _form_class(model: type[models.Model], names: tuple[str, ...]) -> Any:
    return forms.modelform_factory(model, form=_ProfileForm, fields=names, formfield_callback=form_field)


def form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """How a field of any profile model is asked."""
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    made = field.formfield(**kwargs)
    if made is not None:
        made.label = capfirst(field.verbose_name)
        if made.error_messages["required"] == forms.Field.default_error_messages["required"]:
            words = next((words for kind, words in _MISSING if isinstance(made, kind)), _("Write an answer."))
            made.error_messages["required"] = words
        # "off" keeps browsers from offering some other form's words for needs and preferences.
        made.widget.attrs.setdefault("autocomplete", _autocomplete(field))
        if isinstance(made.widget, forms.Textarea):
            made.widget.attrs["rows"] = 3
        if isinstance(made.widget, forms.CheckboxInput | forms.RadioSelect):
            del made.widget.attrs["autocomplete"]
    return made


def _autocomplete(field: models.Field) -> str:
    if isinstance(field, models.EmailField):
        return "email"
    if isinstance(field, models.URLField):
        return "url"
    return _AUTOCOMPLETE.get(field.name, "off")
