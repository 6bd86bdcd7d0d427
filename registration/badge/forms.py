from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.models import Conference
from conferences.numbers import read_number
from registration.badge.choosing import Choice
from registration.badge.formats import LABELS
from registration.badge.models import BadgeFormat
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError

_BOX = {"class": "form-check-input"}
# Those selected on a page of the people list, and some more.
_MOST_PICKED = 500


class ChooseForm(forms.Form):
    """Lenient: what is no choice, an old bookmark say, restricts nothing."""

    who = forms.ChoiceField(
        label=gettext_lazy("Whose badges"), required=False, widget=forms.RadioSelect,
        choices=[("new", gettext_lazy("Not yet printed")), ("changed", gettext_lazy("Changed since")), ("all", gettext_lazy("Everybody"))],
    )  # fmt: skip
    ticket = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Tickets"), queryset=TicketType.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_BOX),
    )  # fmt: skip
    format = forms.ChoiceField(
        label=gettext_lazy("Paper"), required=False, widget=forms.RadioSelect, choices=BadgeFormat.choices
    )
    part = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def __init__(self, conference: Conference, data: Any) -> None:
        super().__init__(data)
        self.fields["ticket"].queryset = TicketType.objects.filter(conference=conference)
        self.is_valid()
        self.good = self.cleaned_data
        self.whose = self.good.get("who") or "new"
        picked = data.getlist("pk")[:_MOST_PICKED]
        self.choice = Choice(
            ticket_types=tuple(kind.pk for kind in self.good.get("ticket") or []),
            is_new_only=self.whose == "new",
            is_changed_only=self.whose == "changed",
            only=tuple(pk for sent in picked if (pk := read_number(sent)) is not None),
        )
        self.badge_format = BadgeFormat(self.good.get("format") or BadgeFormat.A4)
        self.part = self.good.get("part") or 1


def read_uuid(data: Mapping[str, str], name: str) -> uuid.UUID:
    """Raises RegistrationError `request_invalid`."""
    try:
        return uuid.UUID(data.get(name) or "")
    except ValueError as error:
        raise RegistrationError("request_invalid", _("The request came without its number. Try again.")) from error


def read_label_format(data: Mapping[str, str]) -> BadgeFormat:
    """Raises RegistrationError `format_invalid` for what no label printer takes."""
    asked = data.get("format")
    found = next((known for known in LABELS if known == asked), None)
    if found is None:
        raise RegistrationError("format_invalid", _("There is no such label. Choose one again."))
    return found
