from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.addresses import check_address
from conferences.forms_dates import MomentField
from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.catalogue.offers import active_types
from registration.catalogue.venue import venue_left
from registration.invitation.inviting import Invitee


class InviteForm(forms.Form):
    """Its moment is one of the active time zone."""

    people = forms.CharField(
        label=_("Whom"),
        help_text=_("One a line: a name and an address, as in Ada Lovelace <ada@example.org>."),
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    ticket_type = forms.ModelChoiceField(label=_("Ticket"), queryset=TicketType.objects.none(), empty_label=None)
    is_free = forms.BooleanField(label=_("Free of charge"), required=False, initial=True)
    expires_at = MomentField(label=_("Valid until"), required=False)

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = TicketType.objects.filter(conference=conference, is_active=True)
        field: Any = self.fields["ticket_type"]
        field.queryset = types
        full = _sold_out(conference)
        field.label_from_instance = lambda kind: (
            _("%(ticket)s (sold out)") % {"ticket": kind} if kind.pk in full else str(kind)
        )
        # An invitation takes its place like anybody who comes now.
        self.is_any_sold_out = bool(full)

    def clean_people(self) -> list[Invitee]:
        """Every line that cannot be read is named."""
        lines = [(number, line.strip()) for number, line in enumerate(self.cleaned_data["people"].splitlines(), 1)]
        people, wrong = [], []
        for number, line in lines:
            if not line:
                continue
            try:
                people.append(_invitee(line))
            except ValidationError:
                wrong.append(_("Line %(number)s is no name with an address: %(line)s") % {
                    "number": number, "line": line[:80]})  # fmt: skip
        if wrong:
            raise ValidationError(wrong)
        return people


def _sold_out(conference: Conference) -> set[int]:
    """Keys of those of which nobody who comes now gets one, by their own places or those of the venue. One query."""
    types = active_types(conference)
    is_full = venue_left(conference, types, now=timezone.now()) == 0
    return {kind.pk for kind in types if is_full or kind.places_left == 0}


def _invitee(line: str) -> Invitee:
    """“Ada Lovelace <ada@example.org>”, “Ada Lovelace, ada@example.org” or with a tab, as a sheet is copied."""
    name, email = parseaddr(line) if "<" in line else ("", "")
    if not email:
        *words, email = line.replace(",", " ").replace(";", " ").split() or [""]
        name = " ".join(words)
    check_address(email)
    return Invitee(" ".join(name.split())[:200] or email.partition("@")[0], email)
