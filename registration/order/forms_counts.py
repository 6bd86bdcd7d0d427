"""What the first page of a registration asks: how many of each ticket."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe
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
        """One entry a seat, in the order of the page. Those too that were for sale when the page was made and are no longer:
        one entry each.
        """
        return [offer.ticket_type for offer in self.offers for _seat in range(self._count(offer))]

    def _count(self, offer: Offer) -> int:
        name = f"n-{offer.ticket_type.slug}"
        if offer.is_on_sale:
            return int(self.cleaned_data.get(name) or 0)
        return 1 if str(self.data.get(name, "")).strip("0 ") else 0


class _CountSelect(forms.Select):
    """0 to `most`. The options are the same for everybody, and as a list of choices took most of the time of the form."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return mark_safe(f"<select{attributes}>{_options(self.most, str(value or 0))}</select>")  # noqa: S308 -- `flatatt` escapes


@functools.lru_cache(maxsize=256)
def _options(most: int, chosen: str) -> str:
    counts = map(str, range(most + 1))
    return "".join(
        f'<option value="{count}"{" selected" if count == chosen else ""}>{count}</option>' for count in counts
    )


def _count_field(offer: Offer) -> forms.IntegerField:
    limits = [MAX_SEATS, offer.ticket_type.limit_per_user or MAX_SEATS, MAX_SEATS if offer.left is None else offer.left]
    too_many = _("So many cannot be had.")
    return forms.IntegerField(
        label=_("Number of %(ticket)s tickets") % {"ticket": offer.ticket_type},
        min_value=0, max_value=min(limits), required=False, widget=_CountSelect(min(limits)),
        error_messages={"invalid": too_many, "min_value": too_many, "max_value": too_many},
    )  # fmt: skip
