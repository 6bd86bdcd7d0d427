from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from babel.numbers import list_currencies
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from conferences.addresses import MAX_ADDRESS, check_address
from conferences.forms_dates import DayField, MomentField
from conferences.forms_meanwhile import MeanwhileForm
from conferences.models import Conference, Role
from conferences.questions import questions
from conferences.zones import find_zone

# `/staff/new/` stands where a conference of that name would.
RESERVED_SLUGS = {"new"}
MAX_ORGANISERS = 20
_TRIES = 3
# Boxes that a template sets one by one, without the `control` filter.
BOX = {"class": "form-check-input"}


def check_order(form: forms.BaseForm, first: str, last: str) -> None:
    """An end that is not after its start is an error of the end."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start and end and end <= start:
        form.add_error(last, _("This must be later than “%(field)s”.") % {"field": form.fields[first].label})


def conference_of(form: forms.ModelForm) -> Conference | None:
    """Whose the record is, or will be where that is chosen in the form."""
    chosen = form.cleaned_data.get("conference")
    return chosen or (form.instance.conference if form.instance.conference_id else None)


def check_name(form: forms.ModelForm, message: str) -> None:
    """A name that another of the same conference has, in capitals or not, is an error."""
    conference, name = conference_of(form), form.cleaned_data.get("name")
    if conference and name:
        others = type(form.instance)._default_manager.filter(conference=conference).exclude(pk=form.instance.pk)
        # SQLite would tell É from é.
        if name.casefold() in {other.casefold() for other in others.values_list("name", flat=True)}:
            form.add_error("name", message)


def is_saved(form: forms.BaseForm, save: Callable[[], object]) -> bool:
    """Whether `save` wrote what `form`, a valid one, says, in a transaction. Where somebody was quicker, or the button was
    pressed twice, `form` is looked at once more and has an error now, or else it is tried again.
    """
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                save()
            return True
        except IntegrityError:
            form.full_clean()
            if form.errors:
                return False
            if not left:
                raise
    return False


class ConferenceRules(forms.ModelForm):
    """What is refused in the settings and in admin alike."""

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].strip().upper()
        if code not in list_currencies():
            raise ValidationError(_("No such currency. Three capitals, like EUR."))
        return code

    def clean_total_capacity(self) -> int:
        """What it says already may stay: imports and walk-ins go beyond."""
        total, taken = self.cleaned_data["total_capacity"], self.instance.places_taken
        if "total_capacity" in self.changed_data and 0 < total < taken:
            raise ValidationError(
                _("%(taken)s places are taken already. Put that number or more, or 0 for no limit.") % {"taken": taken}
            )
        return total

    def clean(self) -> None:
        super().clean()
        check_order(self, "registration_opens_at", "registration_closes_at")


class ConferenceForm(ConferenceRules, MeanwhileForm):
    """What organisers may change. Its moments are those of the active time zone."""

    website_url = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    asked = forms.MultipleChoiceField(
        label=_("What is asked"), required=False, widget=forms.CheckboxSelectMultiple(attrs=BOX)
    )

    for_desk = forms.MultipleChoiceField(
        label=_("What the desk sees at a scan"), required=False, widget=forms.CheckboxSelectMultiple(attrs=BOX)
    )

    seen_too = ("asked", "for_desk")

    class Meta:
        model = Conference
        fields = [
            "name",
            "tagline",
            "description",
            "start_date",
            "end_date",
            "timezone",
            "venue",
            "address",
            "directions",
            "website_url",
            "contact_email",
            "accent",
            "currency",
            "language",
            "total_capacity",
            "registration_opens_at",
            "registration_closes_at",
            "changes_close_at",
            "allows_transfers",
            "transfers_close_at",
            "offer_hours",
            "is_active",
        ]
        field_classes = {
            "start_date": DayField,
            "end_date": DayField,
            "registration_opens_at": MomentField,
            "registration_closes_at": MomentField,
            "changes_close_at": MomentField,
            "transfers_close_at": MomentField,
        }
        widgets = {
            "timezone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
            "accent": forms.TextInput(attrs={"type": "color"}),
            "currency": forms.TextInput(attrs={"list": "currencies", "autocomplete": "off", "maxlength": "3"}),
            "description": forms.Textarea(attrs={"rows": 5}),
            "directions": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "timezone": _("Type the city, like Berlin."),
            "contact_email": _("For all to see. Answers to mails go there; without one they reach nobody."),
            "total_capacity": _("Over all tickets together. 0 for no limit."),
            "registration_opens_at": _("Empty: open as soon as it is shown to the public."),
            "registration_closes_at": _("Empty: until the last day is over."),
            "changes_close_at": _("Empty: until the last day is over."),
            "transfers_close_at": _("Empty: until the last day is over. Single ticket types can be left out."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = questions()
        for name in ("asked", "for_desk"):
            cast("forms.MultipleChoiceField", self.fields[name]).choices = choices
        chosen = self.instance.profile_fields
        self.initial["asked"] = [name for name, _label in choices] if chosen is None else chosen
        self.initial["for_desk"] = self.instance.desk_fields
        self.fields["offer_hours"].required = self.fields["language"].required = False

    def clean_timezone(self) -> str:
        found = find_zone(self.cleaned_data["timezone"])
        if not found:
            raise ValidationError(_("No such time zone. Type the city, like Berlin, and choose."))
        return found

    def clean_language(self) -> str:
        """The one it was, where a form leaves it out."""
        return self.cleaned_data["language"] or self.instance.language

    def clean_offer_hours(self) -> int:
        """As long as it was, where the field is left empty."""
        return self.cleaned_data["offer_hours"] or self.instance.offer_hours

    def clean(self) -> None:
        super().clean()
        if (asked := self.cleaned_data.get("asked")) is not None:
            everything = [name for name, _label in questions()]
            self.instance.profile_fields = None if asked == everything else asked
        self.instance.desk_fields = self.cleaned_data.get("for_desk", [])

    @property
    def saved_fields(self) -> list[str]:
        return [*self.Meta.fields, "profile_fields", "desk_fields"]


class NewConferenceForm(ConferenceForm):
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=50,
        required=False,
        help_text=_("The part of the address that names the conference. It stays. Empty: made from the name."),
        error_messages={"invalid": _("Only Latin letters, digits, hyphens and underscores, like pycon-2027.")},
    )
    organisers = forms.CharField(
        label=_("Organisers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("E-mail addresses, one a line. Each gets a mail that says how to sign in."),
    )

    field_order = ["name", "slug"]

    class Meta(ConferenceForm.Meta):
        fields = ["name", "slug", *ConferenceForm.Meta.fields[1:]]

    def clean_organisers(self) -> list[str]:
        addresses = self.cleaned_data["organisers"].replace(",", " ").replace(";", " ").split()
        for address in addresses:
            try:
                check_address(address)
            except ValidationError as error:
                raise ValidationError(_("“%(address)s” is no e-mail address.") % {"address": address}) from error
        if len(addresses) > MAX_ORGANISERS:
            raise ValidationError(_("No more than %(count)s at once.") % {"count": MAX_ORGANISERS})
        return addresses

    def clean_slug(self) -> str:
        name = self.cleaned_data.get("name", "")
        slug = self.cleaned_data["slug"] or slugify(name)[:50]
        if name and not slug:
            raise ValidationError(_("The name has no Latin letters to make it from. Write a short name."))
        if slug in RESERVED_SLUGS or Conference.objects.filter(slug=slug).exists():
            raise ValidationError(_("“%(slug)s” is taken. Choose another, perhaps with the year.") % {"slug": slug})
        return slug


class StaffForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=MAX_ADDRESS)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.DOOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
