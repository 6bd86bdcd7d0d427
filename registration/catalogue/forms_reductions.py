"""What organisers are asked for vouchers and discounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX, check_order, conference_of
from conferences.forms_dates import MomentField
from conferences.forms_meanwhile import MeanwhileForm
from conferences.formulas import as_text
from registration.catalogue.models import MAX_SEATS, AddOn, Discount, Reduction, TicketType, Voucher, clean_voucher_code
from registration.catalogue.vouchers import MOST_AT_ONCE


class ReducesRules(forms.ModelForm):
    """What is refused of vouchers and discounts in the settings and in admin alike."""

    def clean(self) -> None:
        reduction, value = self.cleaned_data.get("reduction"), self.cleaned_data.get("value") or 0
        if reduction not in {Reduction.PERCENT, Reduction.AMOUNT}:
            value = 0
        elif value == 0 and "value" not in self.errors:
            self.add_error("value", _("Say how much."))
        elif reduction == Reduction.PERCENT and value > 100:
            self.add_error("value", _("100 percent at most."))
        self.cleaned_data["value"] = value
        # By the value that is going to be stored.
        super().clean()
        check_order(self, "valid_from", "valid_until")


class ReducesForm(ReducesRules, MeanwhileForm):
    """What both have in common. Moments are those of the active time zone. The instance carries the conference."""

    class Meta:
        field_classes = {"valid_from": MomentField, "valid_until": MomentField}
        widgets = {
            "value": forms.NumberInput(attrs={"min": "0", "step": "0.01", "inputmode": "decimal"}),
            "ticket_types": forms.CheckboxSelectMultiple(attrs=BOX),
            "add_ons": forms.CheckboxSelectMultiple(attrs=BOX),
            "emails": forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        }
        help_texts = {
            "value": _("Percent, or money off each ticket. Nothing to enter where it is free."),
            "valid_from": _("Empty: from now on."),
            "valid_until": _("Empty: without an end."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].required = False
        here = {"conference": self.instance.conference}
        self.fields["ticket_types"].queryset = TicketType.objects.filter(**here)
        if "add_ons" in self.fields:
            self.fields["add_ons"].queryset = AddOn.objects.filter(**here)


def refuse_formula(code: str) -> None:
    """People copy codes into sheets, where one that begins like a formula becomes one."""
    if as_text(code) != code:
        raise ValidationError(
            _("A code must not begin with “%(sign)s”: a spreadsheet would take it for a formula.") % {"sign": code[0]}
        )


class VoucherRules(ReducesRules):
    def clean_code(self) -> str:
        """As it is stored, so that one that is there already is found out. It may stay as it is, whatever it begins with."""
        code = clean_voucher_code(self.cleaned_data["code"])
        if code != self.instance.code:
            refuse_formula(code)
        return code

    def clean_max_uses(self) -> int:
        """By what is used now. Used meanwhile, the constraint refuses it, and the form is looked at anew (`is_saved`)."""
        most = self.cleaned_data["max_uses"]
        if self.instance.pk:
            self.instance.refresh_from_db(fields=["used"])
        if 0 < most < self.instance.used:
            raise ValidationError(
                _("It has been used %(used)s times. Put that number or more, or 0 for no limit.")
                % {"used": self.instance.used}
            )
        return most


class VoucherForm(VoucherRules, ReducesForm):
    class Meta(ReducesForm.Meta):
        model = Voucher
        fields = [
            "code", "reduction", "value", "max_uses", "valid_from", "valid_until", "ticket_types", "add_ons",
            "unlocks_hidden", "note", "is_active",
        ]  # fmt: skip

    def clean_code(self) -> str:
        code = super().clean_code()
        others = Voucher.objects.filter(conference=self.instance.conference, code=code).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("There is a voucher with this code already."))
        return code


class VouchersForm(ReducesForm):
    """Many at once, with codes of their own."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE, initial=20)
    prefix = forms.CharField(
        label=_("Codes begin with"), max_length=20, required=False, help_text=_("Eight random symbols follow.")
    )

    class Meta(ReducesForm.Meta):
        model = Voucher
        fields = [
            "batch", "reduction", "value", "max_uses", "valid_from", "valid_until", "ticket_types", "add_ons",
            "unlocks_hidden", "note",
        ]  # fmt: skip

    field_order = ["count", "prefix"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].required = True

    def clean_prefix(self) -> str:
        prefix = self.cleaned_data["prefix"]
        refuse_formula(clean_voucher_code(prefix))
        return prefix


class DiscountRules(ReducesRules):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reduction"].choices = [pair for pair in Reduction.choices if pair[0] != Reduction.NONE]

    def clean(self) -> None:
        super().clean()
        add_on, at_least = self.cleaned_data.get("add_on"), self.cleaned_data.get("at_least", 1)
        everything = TicketType.objects.filter(conference=conference_of(self))
        kinds = set(self.cleaned_data.get("ticket_types") or everything)
        if add_on and (only_with := set(add_on.ticket_types.all())) and kinds.isdisjoint(only_with):
            self.add_error("add_on", _("%(add_on)s is not sold with these tickets.") % {"add_on": add_on})
        most = sum(kind.limit_per_user or MAX_SEATS for kind in kinds)
        if kinds and at_least > most:
            self.add_error("at_least", _("Nobody may buy more than %(most)s of these tickets.") % {"most": most})

    def clean_at_least(self) -> int:
        given = self.cleaned_data["at_least"]
        return 1 if given is None else given

    def clean_emails(self) -> str:
        lines = self.cleaned_data["emails"].split()
        for line in lines:
            try:
                validate_email(line)
            except ValidationError as error:
                raise ValidationError(_("“%(line)s” is no address.") % {"line": line}) from error
        return "\n".join(lines)


class DiscountForm(DiscountRules, ReducesForm):
    class Meta(ReducesForm.Meta):
        model = Discount
        fields = [
            "name", "reduction", "value", "at_least", "add_on", "valid_from", "valid_until", "ticket_types", "group",
            "emails", "is_active",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].empty_label = _("Everybody, or the addresses below")
        self.fields["add_on"].queryset = AddOn.objects.filter(conference=self.instance.conference)
        self.fields["add_on"].empty_label = _("Nothing: the ticket is enough")
        self.fields["at_least"].required = False


def columns_of(form: forms.ModelForm) -> list[str]:
    """The fields of `form` that are columns; the others are relations, saved by `save_m2m`."""
    many = {field.name for field in form._meta.model._meta.many_to_many}
    return [name for name in form._meta.fields if name not in many]
