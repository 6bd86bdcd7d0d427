"""What the pages of orders ask: who is coming, what exactly is bought, what was paid, why it is cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.forms import NameForm, profile_form
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.catalogue.prices import as_text
from registration.order.choice import SeatRequest
from registration.order.models import OrderStatus
from registration.order.models_money import BY_HAND


class SeatForm(NameForm):
    """Who will sit in the seat. A guest may have no address; then the ticket stays with the buyer."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def __init__(self, *args: Any, is_guest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = not is_guest
        self.fields["email"].error_messages |= {
            "required": _("Enter the address that the ticket goes to."),
            "invalid": _("Write it like name@example.org."),
        }
        self.fields["name"].error_messages["required"] = _("Enter a name.")
        if is_guest:
            self.fields["email"].help_text = _("The ticket goes there. Without one it goes to you.")
            for field in self.fields.values():
                field.widget.attrs["autocomplete"] = "off"


class SaleForm(forms.Form):
    """What the page said is being bought. It is compared with what is sold, so that nobody pays, or gets away with, a
    price that changed between looking and pressing.
    """

    checkout_id = forms.UUIDField(widget=forms.HiddenInput)
    ticket = forms.CharField(widget=forms.HiddenInput)
    price = forms.DecimalField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, ticket_type: TicketType) -> None:
        self.ticket_type = ticket_type
        initial = {
            "checkout_id": uuid.uuid4(), "ticket": ticket_type.slug, "price": ticket_type.price, "quantity": 1,
        }  # fmt: skip
        super().__init__(data, initial=initial)

    def clean_ticket(self) -> str:
        if self.cleaned_data["ticket"] != self.ticket_type.slug:
            raise forms.ValidationError(_("The form names another ticket than the page. Nothing was booked."))
        return self.cleaned_data["ticket"]

    def clean_price(self) -> Decimal:
        if self.cleaned_data["price"] != self.ticket_type.price:
            raise forms.ValidationError(
                _("%(ticket)s costs %(price)s, which is not what the form says. Nothing was booked.")
                % {
                    "ticket": self.ticket_type,
                    "price": as_text(self.ticket_type.price, currency=self.ticket_type.conference.currency),
                }
            )
        return self.cleaned_data["price"]

    def clean_quantity(self) -> int:
        if self.cleaned_data["quantity"] != 1:
            raise forms.ValidationError(_("A form registers one person at a time. Nothing was booked."))
        return 1

    def problems(self) -> list[str]:
        """In words; what is not readable at all (no number, no id) is told as one sentence."""
        words = {
            "checkout_id": _("The form is incomplete. Load the page again. Nothing was booked."),
            "price": _("The price in the form cannot be read. Nothing was booked."),
            "quantity": _("The quantity in the form cannot be read. Nothing was booked."),
            "ticket": _("The form names no ticket. Nothing was booked."),
        }
        return [
            str(words[name]) if error.code in {"required", "invalid"} else str(message)
            for name, errors in self.errors.as_data().items()
            for error in errors
            for message in error.messages
        ]

    def renewed(self) -> SaleForm:
        """With what is sold now, for the page that says what was wrong; the same `checkout_id` where there was one."""
        fresh = SaleForm(ticket_type=self.ticket_type)
        if checkout_id := self.cleaned_data.get("checkout_id"):
            fresh.initial["checkout_id"] = checkout_id
        return fresh


class DetailsForm:
    """The one form of the details page: the seat, and the profile, whichever model is configured."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        conference: Conference,
        buyer: User,
        own: Attendee | None,
    ) -> None:
        """`own` is the live seat that `buyer` has here already; then this one is a guest's."""
        self.is_guest = own is not None
        mine = {"name": buyer.name, "email": buyer.email}
        self.seat = SeatForm(data, prefix="seat", initial={} if self.is_guest else mine, is_guest=self.is_guest)
        # What was answered before is asked for only where it is shown.
        whose = buyer if data is None and not self.is_guest else None
        self.profile = profile_form(conference=conference, user=whose, data=data)
        check = reverse("register-check", args=[conference.slug])
        for field in self.fields():
            if not isinstance(field.field.widget, forms.CheckboxInput):
                field.field.widget.attrs |= {
                    "hx-post": f"{check}?field={field.html_name}",
                    "hx-trigger": "change",
                    "hx-target": f"#{field.auto_id}_field",
                    "hx-swap": "outerHTML",
                    "hx-sync": "this:replace",
                }

    def fields(self) -> Iterator[BoundField]:
        yield from self.seat
        yield from self.profile

    def field(self, html_name: str) -> BoundField | None:
        return next((field for field in self.fields() if field.html_name == html_name), None)

    def is_valid(self) -> bool:
        return all([self.seat.is_valid(), self.profile.is_valid()])

    def wrong_fields(self) -> list[BoundField]:
        return [field for field in self.fields() if field.errors]

    def seat_request(self, ticket_type: TicketType) -> SeatRequest:
        return SeatRequest(
            ticket_type=ticket_type,
            name=self.seat.cleaned_data["name"],
            email=self.seat.cleaned_data["email"],
            profile=self.profile.cleaned_data,
        )


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


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The person reads it in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


# No status of its own: a pending order that organisers have to look at.
WAITING = "waiting"


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
