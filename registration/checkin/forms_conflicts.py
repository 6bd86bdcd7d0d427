from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SettleForm(forms.Form):
    """Several stand on one page, told apart by `auto_id`."""

    note = forms.CharField(
        label=_("What was done?"),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say what was done, so that nobody looks into it again.")},
    )
