"""What is asked when money goes back."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.forms import BOX
from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING
from registration.order.forms import AsCreditField
from registration.order.models import Order
from registration.order.refundable import Refundable


class RefundForm(forms.Form):
    seats = forms.ModelMultipleChoiceField(
        label=_("Tickets"), queryset=Attendee.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple(attrs=BOX),
    )  # fmt: skip
    keeps_places = forms.BooleanField(
        label=_("Keep their places off sale"), required=False,
        help_text=_("Nobody gets them: where the ticket or the venue has a limit, it falls by as many."),
        widget=forms.CheckboxInput(attrs=BOX),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2, required=False,
        help_text=_(
            "Empty: all that was paid for the chosen tickets; where none is chosen, what was paid for tickets that have "
            "ended, and too much."
        ),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The buyer reads it in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    as_credit = AsCreditField()
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    expected = forms.DecimalField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        order: Order,
        seats: list[Attendee],
        possible: Refundable,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *args, initial={"request_id": uuid.uuid4(), "expected": possible.total, **(initial or {})}, **kwargs
        )
        self.possible = possible
        if order.user.is_placeholder:
            del self.fields["as_credit"]
        self.prices = {seat.pk: sum(possible.of_seats([seat]).values(), NOTHING) for seat in seats}
        # Whatever has become of them, so that the same form sent again is answered as the first time.
        sold = order.attendees.order_by().values("pk").union(order.lines.order_by().values("attendee"))
        self.fields["seats"].queryset = Attendee.objects.filter(pk__in=sold)  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if self.errors or self.cleaned_data["amount"] is not None:
            return
        if chosen := self.cleaned_data["seats"]:
            whole = sum((self.prices.get(seat.pk, NOTHING) for seat in chosen), NOTHING)
        else:
            whole = sum(self.possible.of_ended().values(), self.possible.surplus)
            if not whole:
                self.add_error("amount", _("Choose tickets, or enter the amount to give back."))
        self.cleaned_data["amount"] = whole
