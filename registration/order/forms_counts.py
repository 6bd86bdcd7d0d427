"""What the first page of a registration asks: how many of each ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from registration.catalogue.models import MAX_SEATS, TicketType
from registration.catalogue.offers import Offer


class CountsForm(forms.Form):
    """How many of each ticket, and a voucher."""

    voucher = forms.CharField(
        label=_("Voucher"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        for offer in offers:
            if offer.is_on_sale:
                self.fields[f"n-{offer.ticket_type.slug}"] = _count_field(offer)

    def rows(self) -> Iterator[tuple[Offer, BoundField | None]]:
        for offer in self.offers:
            yield offer, self[f"n-{offer.ticket_type.slug}"] if offer.is_on_sale else None

    def tickets(self) -> list[TicketType]:
        """One entry a seat, in the order of the page."""
        counts = ((offer.ticket_type, self.cleaned_data.get(f"n-{offer.ticket_type.slug}")) for offer in self.offers)
        return [ticket_type for ticket_type, count in counts for _seat in range(int(count or 0))]


def _count_field(offer: Offer) -> forms.TypedChoiceField:
    limits = [MAX_SEATS, offer.ticket_type.limit_per_user or MAX_SEATS, MAX_SEATS if offer.left is None else offer.left]
    return forms.TypedChoiceField(
        label=_("Number of %(ticket)s tickets") % {"ticket": offer.ticket_type},
        choices=[(count, str(count)) for count in range(min(limits) + 1)],
        coerce=int, empty_value=0, required=False,
        error_messages={"invalid_choice": _("So many cannot be had.")},
    )  # fmt: skip
