"""What is asked when money goes back."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX
from registration.attendee.models import Attendee
from registration.order.models import Order
from registration.order.refund import Refundable


class RefundForm(forms.Form):
    seats = forms.ModelMultipleChoiceField(
        label=_("Tickets that end"), queryset=Attendee.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple(attrs=BOX),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2, required=False,
        help_text=_("Empty: all that was paid for the chosen tickets, or for the whole order where none is chosen."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The buyer reads it in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, seats: list[Attendee], possible: Refundable, **kwargs: Any) -> None:
        super().__init__(*args, initial={"request_id": uuid.uuid4()}, **kwargs)
        self.possible = possible
        self.prices = {seat.pk: sum(possible.of_seats([seat]).values(), Decimal("0.00")) for seat in seats}
        # Ended ones too, so that the same form sent again is answered as the first time.
        self.fields["seats"].queryset = order.attendees.all()  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if not self.errors and self.cleaned_data["amount"] is None:
            chosen = [seat.pk for seat in self.cleaned_data["seats"]]
            whole = (
                sum((self.prices.get(pk, Decimal("0.00")) for pk in chosen), Decimal("0.00"))
                if chosen
                else self.possible.total
            )
            self.cleaned_data["amount"] = whole
