"""What the pages of orders ask: what was paid, why it is cancelled, which orders are looked for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.templatetags.lanyard import money
from registration.order.models import Order, OrderStatus
from registration.order.models_money import BY_HAND
from registration.order.vat_number import MAX_TYPED, tidy_vat_number

if TYPE_CHECKING:
    from django.http import QueryDict


class PaymentForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "autocomplete": "off"}),
    )  # fmt: skip
    method = forms.ChoiceField(label=_("How"), choices=[(each.value, each.label) for each in BY_HAND])
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Whose account, or what the receipt says."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    expected_owed = forms.DecimalField(widget=forms.HiddenInput, required=False)
    # What was asked about already because it is more than is owed.
    beyond = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency

    def clean(self) -> dict[str, Any]:
        """More than is owed may have come, and may be a slip of the keyboard, which nothing takes back: it is asked once."""
        cleaned = super().clean() or {}
        amount, owed, beyond = cleaned.get("amount"), cleaned.get("expected_owed"), cleaned.pop("beyond", None)
        if amount and owed is not None and amount > owed and amount != beyond:
            self.data = cast("QueryDict", self.data).copy()
            self.data["beyond"] = str(amount)
            amounts = {"amount": money(amount, self._currency), "owed": money(owed, self._currency)}
            text = _(
                "%(owed)s is owed, and %(amount)s is more. Nothing was recorded. If that much came, record it once more."
            )
            self.add_error("amount", text % amounts)
        return cleaned


class LatePaymentForm(PaymentForm):
    """For an order that was not waiting for money."""

    expected_owed = beyond = None
    expected_paid = forms.DecimalField(widget=forms.HiddenInput)


class AsCreditField(forms.TypedChoiceField):
    """How money goes back; True for as credit."""

    widget = forms.RadioSelect

    def __init__(self) -> None:
        choices = [("", _("The way it came")), ("credit", _("As credit for this conference"))]
        super().__init__(label=_("How"), choices=choices, coerce=bool, empty_value=False, required=False)


class CreditForm(forms.Form):
    request_id = forms.UUIDField(widget=forms.HiddenInput)


class CreditPayoutForm(forms.Form):
    amount = forms.DecimalField(max_digits=10, decimal_places=2, widget=forms.HiddenInput)
    note = forms.CharField(max_length=200, required=False)


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The person reads it in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


# No status of its own: a pending order that organisers have to look at.
WAITING = "waiting"


class BillingForm(forms.Form):
    """Who `order` is invoiced to."""

    billing_address = forms.CharField(
        label=_("Invoice to"), max_length=600, required=False,
        help_text=_("Company and address; a part a line. Empty: the name of who ordered."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )  # fmt: skip
    billing_vat_number = forms.CharField(
        label=_("VAT number"), max_length=MAX_TYPED, required=False,
        help_text=_("Of the company, where it has one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    billing_reference = forms.CharField(
        label=_("Reference on the invoice"), max_length=60, required=False,
        help_text=_("Purchase order or cost centre."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, initial={name: getattr(order, name) for name in self.base_fields})

    def clean_billing_vat_number(self) -> str:
        return tidy_vat_number(self.cleaned_data["billing_vat_number"])


class OrderFilterForm(forms.Form):
    q = forms.CharField(
        label=_("Reference, name or e-mail"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), (WAITING, _("To be approved")), *OrderStatus.choices],
    )
