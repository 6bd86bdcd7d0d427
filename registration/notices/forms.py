from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.mail.filling import check_words
from registration.mail.wording import Words, words_of
from registration.notices.mailing import KIND
from registration.order.completion import address_of


class MailingForm(forms.Form):
    """A mail to a list of people; the preview shows it for one of `people`, who are some of them."""

    subject = forms.CharField(
        label=_("Subject"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        validators=[lambda words: check_words(words, KIND)],
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("An empty line begins a new paragraph; the first one is the heading. Addresses become links."),
        validators=[lambda words: check_words(words, KIND)],
    )  # fmt: skip
    # Lenient: whoever is not among them any more is shown as the first.
    person = forms.CharField(label=_("As it reaches"), required=False, widget=forms.Select)
    mailing_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, conference: Conference, people: Sequence[Attendee]) -> None:
        self.beginning, self.people = words_of(KIND, conference), people
        initial = {"subject": self.beginning.subject, "text": self.beginning.text, "mailing_id": uuid.uuid4()}
        super().__init__(data, initial=initial)
        self.fields["person"].widget.choices = [(seat.pk, seat.name or address_of(seat, seat.order)) for seat in people]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if text == self.beginning.text.strip():
            raise forms.ValidationError(_("Write what they should read."))
        return text

    @property
    def words(self) -> Words:
        """What was typed, right or wrong; the beginning where nothing was."""
        subject, text = (str(self[name].value() or "").replace("\r\n", "\n").strip() for name in ("subject", "text"))
        return Words(subject or self.beginning.subject, text or self.beginning.text)

    @property
    def reader(self) -> Attendee:
        """Whom the preview is for."""
        chosen = str(self["person"].value() or "")
        return next((seat for seat in self.people if str(seat.pk) == chosen), self.people[0])
