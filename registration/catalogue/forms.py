from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX, check_name, check_order, conference_of
from conferences.forms_dates import DayField, MomentField
from conferences.forms_meanwhile import MeanwhileForm
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.prices import refuse_parts_of_coins
from registration.errors import RegistrationError

_AMOUNT = {"min": "0", "step": "0.01", "inputmode": "decimal"}


class ForSaleRules(forms.ModelForm):
    """What is refused of ticket types and add-ons in the settings and in admin alike."""

    def clean_total_quantity(self) -> int:
        """What it says already may stay: imports and walk-ins go beyond."""
        total, taken = self.cleaned_data["total_quantity"], self.instance.taken
        if "total_quantity" in self.changed_data and 0 < total < taken:
            raise ValidationError(
                _("%(taken)s are taken already. Put that number or more, 0 for no limit, or take it off sale.")
                % {"taken": taken}
            )
        return total

    def clean(self) -> None:
        super().clean()
        check_order(self, "available_from", "available_until")
        check_name(self, _("There is one of this name already."))
        for name in ("price", "cancellation_fee"):
            self._refuse_parts_of_coins(name)

    def _refuse_parts_of_coins(self, name: str) -> None:
        conference, amount = conference_of(self), self.cleaned_data.get(name)
        if conference and amount:
            try:
                refuse_parts_of_coins(amount, currency=conference.currency)
            except RegistrationError as refusal:
                self.add_error(name, refusal.message)


class ForSaleForm(ForSaleRules, MeanwhileForm):
    """What forms of ticket types and add-ons have in common. Moments are those of the active time zone. The instance
    carries the conference.
    """

    class Meta:
        fields: list[str] = []
        field_classes: dict[str, type[forms.Field]] = {"available_from": MomentField, "available_until": MomentField}
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "price": forms.NumberInput(attrs=_AMOUNT),
            "tax_rate": forms.NumberInput(attrs=_AMOUNT),
            "ticket_types": forms.CheckboxSelectMultiple(attrs=BOX),
        }
        help_texts = {
            "available_from": _("Empty: as soon as registration opens."),
            "available_until": _("Empty: as long as registration is open."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_rate"].required = False
        self.fields["price"].label = _("Price in %(currency)s") % {"currency": self.instance.conference.currency}

    def clean_name(self) -> str:
        """And the short name of a new one. What is taken is read before `check_name` reads it: the name that somebody takes
        between the two is refused, and gets no second short name.
        """
        name = self.cleaned_data["name"]
        if self.instance.pk is None:
            others = type(self.instance)._default_manager.filter(conference=self.instance.conference)
            taken = set(others.values_list("slug", flat=True))
            base = slugify(name)[:40] or "ticket"
            candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
            self.instance.slug = next(slug for slug in candidates if slug not in taken)
        return name

    def clean_tax_rate(self) -> Decimal:
        return self.cleaned_data["tax_rate"] or Decimal("0.00")


class TicketTypeForm(ForSaleForm):
    class Meta(ForSaleForm.Meta):
        model = TicketType
        fields = [
            "name",
            "price",
            "tax_rate",
            "description",
            "total_quantity",
            "limit_per_user",
            "available_from",
            "available_until",
            "is_active",
            "requires_voucher",
            "needs_approval",
            "is_transferable",
            "is_cancellable",
            "cancellable_until",
            "cancellation_fee",
        ]
        field_classes = ForSaleForm.Meta.field_classes | {"cancellable_until": DayField}
        widgets = ForSaleForm.Meta.widgets | {
            "cancellation_fee": forms.NumberInput(attrs=_AMOUNT),
        }
        help_texts = ForSaleForm.Meta.help_texts | {
            "price": _("0 for a free ticket. What was sold keeps its price."),
            "limit_per_user": _("0 for no limit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cancellation_fee"].required = False

    def clean_cancellation_fee(self) -> Decimal:
        return self.cleaned_data["cancellation_fee"] or Decimal("0.00")


class AddOnForm(ForSaleForm):
    class Meta(ForSaleForm.Meta):
        model = AddOn
        fields = [
            "name", "price", "tax_rate", "description", "total_quantity", "limit_per_seat", "available_from",
            "available_until", "is_active", "requires_voucher", "ticket_types",
        ]  # fmt: skip
        help_texts = ForSaleForm.Meta.help_texts | {
            "price": _("0 for something free. What was sold keeps its price."),
            "total_quantity": _("0 for no limit."),
            "requires_voucher": _("Hidden until somebody brings a voucher that names it and unlocks."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ticket_types"].queryset = TicketType.objects.filter(conference=self.instance.conference)
