from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.checkin.models import Checkpoint
from registration.checkin.models_quarantine import HeldBatch
from registration.checkin.quarantine import without_checkpoint


class DiscardForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say why, so that others can follow it later.")},
    )


class AcceptForm(forms.Form):
    """Asks where scans are to be taken in whose checkpoint is no more, if there are any."""

    checkpoint = forms.ModelChoiceField(
        label=_("Where?"),
        queryset=Checkpoint.objects.none(),
        error_messages={"required": _("Choose where these scans are to be taken in.")},
    )

    def __init__(self, *args: Any, batch: HeldBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if without_checkpoint(batch).exists():
            self.fields["checkpoint"].queryset = batch.conference.checkpoints.all()
        else:
            del self.fields["checkpoint"]
