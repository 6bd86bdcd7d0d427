from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX, check_name, check_order
from conferences.forms_dates import MomentField
from conferences.forms_meanwhile import MeanwhileForm
from registration.catalogue.models import AddOn, TicketType
from registration.checkin.models import Checkpoint


class CheckpointRules(forms.ModelForm):
    """What is refused in the settings and in admin alike."""

    def clean(self) -> None:
        super().clean()
        check_name(self, _("There is a checkpoint of this name already."))
        check_order(self, "opens_at", "closes_at")


class CheckpointForm(CheckpointRules, MeanwhileForm):
    """Its moments are those of the active time zone. The instance carries the conference."""

    class Meta:
        model = Checkpoint
        fields = ["name", "entry", "opens_at", "closes_at", "unpaid", "ticket_types", "add_ons"]
        field_classes = {"opens_at": MomentField, "closes_at": MomentField}
        widgets = {
            "entry": forms.RadioSelect(attrs=BOX),
            "unpaid": forms.RadioSelect(attrs=BOX),
            "ticket_types": forms.CheckboxSelectMultiple(attrs=BOX),
            "add_ons": forms.CheckboxSelectMultiple(attrs=BOX),
        }
        help_texts = {"opens_at": _("Empty: open from the start."), "closes_at": _("Empty: never closes.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("ticket_types", TicketType), ("add_ons", AddOn)):
            choice = cast("forms.ModelMultipleChoiceField", self.fields[name])
            choice.queryset = model.objects.filter(conference=self.instance.conference)

    @property
    def saved_fields(self) -> list[str]:
        return [name for name in self.Meta.fields if name not in {"ticket_types", "add_ons"}]
