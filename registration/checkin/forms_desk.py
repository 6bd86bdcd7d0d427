"""What the desk writes on a tablet: what was paid, who walked in, how a name is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from conferences.addresses import MAX_ADDRESS
from registration.catalogue.models import TicketType
from registration.checkin.models import Checkpoint
from registration.order.forms import PaymentForm
from registration.order.models_money import BY_HAND


def payment_form(data: Mapping[str, str]) -> PaymentForm:
    """On a tablet the scan has a method too, so that of the payment is called `paid_by`; one id is that of both."""
    return PaymentForm(
        {
            "amount": data.get("amount", ""),
            "method": data.get("paid_by", ""),
            "note": data.get("note", ""),
            "request_id": data.get("scan_id", ""),
        }
    )


@dataclass(frozen=True)
class Offer:
    """A ticket as the form shows it. `value` holds the price too, so that nobody is sold another one than they were told."""

    ticket_type: TicketType
    left: int | None

    @property
    def value(self) -> str:
        return f"{self.ticket_type.pk}:{self.ticket_type.price}"


def offers_at(checkpoint: Checkpoint) -> list[Offer]:
    """What the desk may sell there: what is for sale and valid there, whenever it is on sale online, and neither kept for
    those with a voucher nor for organisers to approve. Two queries.
    """
    room = checkpoint.conference.places_left
    accepted = set(checkpoint.ticket_types.values_list("pk", flat=True))
    kinds = TicketType.objects.filter(
        conference=checkpoint.conference, is_active=True, requires_voucher=False, needs_approval=False
    )
    return [
        Offer(kind, min((left for left in (room, kind.places_left) if left is not None), default=None))
        for kind in kinds
        if not accepted or kind.pk in accepted
    ]


class WalkInForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, error_messages={"required": _("Enter a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), max_length=MAX_ADDRESS, required=False,
        error_messages={"invalid": _("Write it like name@example.org.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    ticket = forms.ChoiceField(
        label=_("Ticket"),
        error_messages={
            "required": _("Choose a ticket."),
            "invalid_choice": _("This ticket or its price has changed. Choose again; nothing was sold."),
        },
    )
    paid_by = forms.ChoiceField(label=_("How"), choices=[(each.value, each.label) for each in BY_HAND], required=False)
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    scan_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, offers: list[Offer], initial: dict[str, Any] | None = None):
        super().__init__(data, initial=initial)
        self.offers = offers
        self.fields["ticket"].choices = [(offer.value, offer.ticket_type.name) for offer in offers]

    def clean(self) -> None:
        super().clean()
        sold = self.sold()
        if sold and sold.price and not self.cleaned_data.get("paid_by") and "paid_by" not in self.errors:
            self.add_error("paid_by", _("Say how it was paid."))

    def sold(self) -> TicketType | None:
        value = self.cleaned_data.get("ticket")
        return next((offer.ticket_type for offer in self.offers if offer.value == value), None)

    @property
    def chosen(self) -> str:
        """The value of the ticket that is marked: what was sent, else the only one there is."""
        sent = self["ticket"].value()
        return sent or (self.offers[0].value if len(self.offers) == 1 else "")
