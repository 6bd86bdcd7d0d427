from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX, check_name
from registration.checkin.models import Checkpoint, Tablet, TabletRole


class TabletRules(forms.ModelForm):
    """What is refused in the settings and in admin alike."""

    def clean(self) -> None:
        super().clean()
        check_name(self, _("There is a tablet of this name already."))


class TabletForm(TabletRules):
    """The instance carries the conference."""

    class Meta:
        model = Tablet
        fields = ["name", "checkpoint", "role"]
        widgets = {"role": forms.RadioSelect(attrs=BOX)}
        labels = {"checkpoint": _("Stands at")}
        help_texts = {"name": _("What is written on its back, like “Tablet 2”.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = cast("forms.ModelChoiceField", self.fields["checkpoint"])
        places.queryset = Checkpoint.objects.filter(conference=self.instance.conference)
        places.required, places.empty_label = True, None

    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if self.instance.is_kiosk and role != TabletRole.DOOR:
            raise ValidationError(_("Self check-in needs the role Door. Turn it off first."))
        return role


class AliveForm(forms.Form):
    """What a stand for self check-in tells of itself."""

    now = forms.DateTimeField()
    battery = forms.IntegerField(min_value=0, max_value=100, required=False)
