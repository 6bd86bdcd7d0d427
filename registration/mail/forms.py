from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.mail.kinds import KINDS
from registration.mail.models import MailText


def _kinds() -> list[tuple[str, Any]]:
    return [(name, kind.label) for name, kind in KINDS.items()]


class MailTextForm(forms.ModelForm):
    """The words of one mail. What stands in braces is checked by the model."""

    kind = forms.ChoiceField(label=_("Mail"), choices=_kinds)

    class Meta:
        model = MailText
        fields = ["conference", "kind", "subject", "text"]
        widgets = {
            "subject": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "text": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 10}),
        }
        help_texts = {
            "text": _("An empty line begins a new paragraph; the first one is the heading. Addresses become links."),
        }


class PreviewForm(forms.Form):
    """What the page of a mail text holds at the moment, finished or not."""

    conference = forms.ModelChoiceField(Conference.objects.all())
    kind = forms.ChoiceField(choices=_kinds)
    subject = forms.CharField(required=False, max_length=200)
    text = forms.CharField(required=False, max_length=10_000)
