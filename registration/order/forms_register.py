"""What the details page of a registration asks: who is coming, and what they get with their ticket."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.forms import profile_form
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.offers import Extra
from registration.order.choice import SeatRequest
from registration.order.forms_seat import ExtrasForm, SeatForm


class _Several(forms.Field):
    widget = forms.MultipleHiddenInput


class SaleForm(forms.Form):
    """What the page said is being bought. It is compared with what is sold, so that nobody pays, or gets away with, a
    price that changed between looking and pressing.
    """

    checkout_id = forms.UUIDField(widget=forms.HiddenInput)
    ticket = _Several()
    price = forms.DecimalField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        tickets: Sequence[TicketType],
        total: Decimal | None = None,
        checkout_id: uuid.UUID | None = None,
    ) -> None:
        initial = {
            "checkout_id": checkout_id or uuid.uuid4(), "ticket": [ticket.slug for ticket in tickets], "price": total,
            "quantity": len(tickets),
        }  # fmt: skip
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        named, quantity = len(given.get("ticket", [])), given.get("quantity")
        if named and quantity is not None and named != quantity:
            self.add_error(
                "quantity",
                _("The form names %(named)s tickets and says %(quantity)s. Nothing was booked.")
                % {"named": named, "quantity": quantity},
            )
        return given

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


@functools.lru_cache(maxsize=256)
def _address(page: str, slug: str) -> str:
    """Of a page of a conference: kept, since each form of each seat names it."""
    return reverse(page, args=[slug])


class SeatDetails:
    """The forms of one seat, each made when it is asked for: to hold places nobody needs the questions about a person.
    `number` counts from 1; the fields of the first are called as if it were alone.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        number: int,
        ticket_type: TicketType,
        conference: Conference,
        buyer: User,
        is_guest: bool,
        extras: Sequence[Extra] = (),
        held: Mapping[AddOn, int] | None = None,
    ) -> None:
        self.number, self.ticket_type, self.is_guest = number, ticket_type, is_guest
        self._data, self._conference, self._buyer = data, conference, buyer
        self._key = "" if number == 1 else str(number)
        self._extras, self._held = extras, held or {}

    @functools.cached_property
    def seat(self) -> SeatForm:
        mine = {} if self.is_guest else {"name": self._buyer.name, "email": self._buyer.email}
        form = SeatForm(self._data, prefix=f"seat{self._key}", initial=mine, is_guest=self.is_guest)
        self._check_as_they_go(form)
        return form

    @functools.cached_property
    def profile(self) -> forms.Form:
        # What was answered before is asked for only where it is shown.
        whose = self._buyer if self._data is None and not self.is_guest else None
        form = profile_form(
            conference=self._conference, user=whose, data=self._data, prefix=f"profile{self._key}",
            is_lenient=self.number > 1,
        )  # fmt: skip
        self._check_as_they_go(form)
        return form

    @functools.cached_property
    def extras(self) -> ExtrasForm:
        form = ExtrasForm(self._data, prefix=f"seat{self._key}-extra", extras=self._extras, held=self._held)
        hold = _address("register-hold", self._conference.slug)
        for field in form.fields.values():
            field.widget.attrs |= {
                "hx-post": hold,
                "hx-trigger": "change",
                "hx-target": "#sum",
                "hx-swap": "outerHTML",
                "hx-sync": "#sum:replace",
            }
        return form

    def _check_as_they_go(self, form: forms.Form) -> None:
        check = _address("register-check", self._conference.slug)
        for field in form:
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
        yield from self.extras

    def is_valid(self) -> bool:
        return all([self.seat.is_valid(), self.extras.is_valid(), self.is_named_later or self.profile.is_valid()])

    def wrong_fields(self) -> Iterator[BoundField]:
        for form in (self.seat, self.extras, self.profile):
            if form is not self.profile or not self.is_named_later:
                yield from (field for field in form if field.errors)

    @property
    def is_named_later(self) -> bool:
        """Of a bound one. Nothing else is asked then."""
        return self.is_guest and self.seat.is_valid() and not self.seat.cleaned_data["name"]

    def request(self) -> SeatRequest:
        given = self.seat.cleaned_data
        return SeatRequest(
            ticket_type=self.ticket_type,
            name=given["name"],
            email=given["email"],
            profile={} if self.is_named_later else self.profile.cleaned_data,
            add_ons=self.extras.pieces(),
        )

    def request_to_hold(self) -> SeatRequest:
        """Without the person, who may not be filled in yet."""
        return SeatRequest(self.ticket_type, add_ons=self.extras.pieces() if self.extras.is_valid() else {})

    def keep(self, typed: QueryDict) -> None:
        """Of one that is not bound: show what was typed, and find no fault with it yet."""
        for field in self.fields():
            value = field.field.widget.value_from_datadict(typed, {}, field.html_name)
            if value is not None:
                field.form.initial[field.name] = value


class DetailsForm:
    """The forms of all seats, and what they are together."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        conference: Conference,
        buyer: User,
        own: Attendee | None,
        tickets: Sequence[TicketType],
        extras: Sequence[Extra] = (),
        reduced: Collection[TicketType] = (),
        held: Sequence[SeatRequest] = (),
    ) -> None:
        """`own` is the live seat that `buyer` has here already; then all of these are guests'. `extras` cost in full but with
        tickets that are `reduced`. `held` are the seats as they are held, where they are.
        """
        self.buyer, self.has_own = buyer, own is not None
        self.refused: BoundField | None = None
        self.data = data
        self.seats = [
            SeatDetails(
                data, number=number, ticket_type=ticket, conference=conference, buyer=buyer,
                is_guest=number > 1 or self.has_own,
                extras=[e if ticket in reduced else e.in_full() for e in extras if e.goes_with(ticket)],
                held=held[number - 1].add_ons if number <= len(held) else {},
            )
            for number, ticket in enumerate(tickets, start=1)
        ]  # fmt: skip

    @property
    def is_bound(self) -> bool:
        return self.data is not None

    def fields(self) -> Iterator[BoundField]:
        for seat in self.seats:
            yield from seat.fields()

    def is_valid(self) -> bool:
        return all([seat.is_valid() for seat in self.seats])  # noqa: C419 -- each is to find its own faults

    def wrong_fields(self) -> list[tuple[int | None, BoundField]]:
        """Each with the number of its seat, where there are several."""
        if not self.is_bound:
            return []
        is_one = len(self.seats) == 1
        return [(None if is_one else seat.number, field) for seat in self.seats for field in seat.wrong_fields()]

    def unknown_extras(self) -> bool:
        """Whether the form asks for add-ons that it was not offered: tampered with, or taken off sale meanwhile."""
        known = {seat.extras.add_prefix(name) for seat in self.seats for name in seat.extras.fields}
        asked = {name for name in self.data or {} if "-extra-" in name and self.data[name] not in {"", "0"}}
        return not asked <= known

    def refuse(self, asked: DetailsForm, control: str | None, reason: str) -> bool:
        """Keep as `refused` the add-on whose control has this id in the form that was `asked`: as it is held, and why it is not
        as asked. False where that was no add-on.
        """
        for mine, theirs in zip(self.seats, asked.seats, strict=True):
            for field in theirs.extras:
                if field.id_for_label == control:
                    self.refused = mine.extras.refuse(field.name, reason, asked=theirs.extras)
        return self.refused is not None

    def own_index(self) -> int | None:
        """The seat that the buyer will sit in, as far as the form tells."""
        if self.has_own:
            return None
        mine = (self.buyer.email or "").casefold()
        for index, seat in enumerate(self.seats):
            if str(seat.seat["email"].value() or "").strip().casefold() == mine:
                return index
        return None
