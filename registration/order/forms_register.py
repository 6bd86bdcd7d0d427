"""What the details page of a registration asks: who is coming, and what they get with their ticket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.attendee.forms import NameForm, profile_form
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.offers import Extra
from registration.order.choice import SeatRequest


class SeatForm(NameForm):
    """Who will sit in the seat. A guest may have no address, then the ticket stays with the buyer; or be named later."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def __init__(self, *args: Any, is_guest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_guest = is_guest
        self.fields["email"].required = not is_guest
        self.fields["email"].error_messages |= {
            "required": _("Enter the address that the ticket goes to."),
            "invalid": _("Write it like name@example.org."),
        }
        self.fields["name"].error_messages["required"] = _("Enter a name.")
        if is_guest:
            self.fields["later"] = forms.BooleanField(label=_("I will name this person later"), required=False)
            # Asked for, and so not called optional, unless the guest is to be named later.
            self.fields["name"].required = not self._is_named_later()
            self.fields["name"].error_messages["required"] = _("Enter a name, or name this person later.")
            self.fields["email"].help_text = _("The ticket goes there. Without one it goes to you.")
            for field in self.fields.values():
                field.widget.attrs["autocomplete"] = "off"

    def _is_named_later(self) -> bool:
        """Ticked, and there is no address that the ticket of somebody without a name would go to."""
        later, email = (
            self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name in ("later", "email")
        )
        return bool(later) and not (email or "").strip()


class ExtrasForm(forms.Form):
    """How many pieces of each add-on one person gets."""

    def __init__(self, *args: Any, extras: Sequence[Extra], held: Mapping[AddOn, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is sold out is still there for whoever holds it.
        self.extras = {e.add_on.slug: e.add_on for e in extras if e.is_on_sale or e.add_on in held}
        for extra in extras:
            if extra.add_on.slug in self.extras:
                self.fields[extra.add_on.slug] = _extra_field(extra)
                count = held.get(extra.add_on, 0)
                self.initial.setdefault(extra.add_on.slug, count if extra.add_on.limit_per_seat > 1 else bool(count))

    def pieces(self) -> dict[AddOn, int]:
        """Of a valid form."""
        counts = {self.extras[slug]: int(count or 0) for slug, count in self.cleaned_data.items()}
        return {add_on: count for add_on, count in counts.items() if count}


def _extra_field(extra: Extra) -> forms.Field:
    add_on, line = extra.add_on, extra.line
    price = _("free") if not line.price else money(line.price, add_on.conference.currency)
    label = f"{add_on.name} · {price}"
    if extra.is_few and extra.is_on_sale:
        label += f" · {_('%(left)s left') % {'left': extra.left}}"
    if add_on.limit_per_seat == 1:
        return forms.BooleanField(label=label, help_text=add_on.description, required=False)
    return forms.TypedChoiceField(
        label=label, help_text=add_on.description, choices=[(n, str(n)) for n in range(add_on.limit_per_seat + 1)],
        coerce=int, empty_value=0, required=False,
    )  # fmt: skip


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


class SeatDetails:
    """The forms of one seat. `number` counts from 1; the fields of the first are called as if it were alone."""

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
        key = "" if number == 1 else str(number)
        mine = {"name": buyer.name, "email": buyer.email}
        self.seat = SeatForm(data, prefix=f"seat{key}", initial={} if is_guest else mine, is_guest=is_guest)
        # What was answered before is asked for only where it is shown.
        whose = buyer if data is None and not is_guest else None
        self.profile = profile_form(
            conference=conference, user=whose, data=data, prefix=f"profile{key}", is_lenient=number > 1
        )
        self.extras = ExtrasForm(data, prefix=f"seat{key}-extra", extras=extras, held=held or {})
        check, hold = (reverse(name, args=[conference.slug]) for name in ("register-check", "register-hold"))
        for field in (*self.seat, *self.profile):
            if not isinstance(field.field.widget, forms.CheckboxInput):
                field.field.widget.attrs |= {
                    "hx-post": f"{check}?field={field.html_name}",
                    "hx-trigger": "change",
                    "hx-target": f"#{field.auto_id}_field",
                    "hx-swap": "outerHTML",
                    "hx-sync": "this:replace",
                }
        for field in self.extras:
            field.field.widget.attrs |= {
                "hx-post": hold,
                "hx-trigger": "change",
                "hx-target": "#sum",
                "hx-swap": "outerHTML",
                "hx-sync": "#sum:replace",
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
        held: Sequence[SeatRequest] = (),
    ) -> None:
        """`own` is the live seat that `buyer` has here already; then all of these are guests'. `held` are the seats as they
        are held, where they are.
        """
        self.buyer, self.has_own = buyer, own is not None
        self.data = data
        self.seats = [
            SeatDetails(
                data, number=number, ticket_type=ticket, conference=conference, buyer=buyer,
                is_guest=number > 1 or self.has_own, extras=[e for e in extras if e.goes_with(ticket)],
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

    def wrong_fields(self) -> list[BoundField]:
        return [field for seat in self.seats for field in seat.wrong_fields()]

    def unknown_extras(self) -> bool:
        """Whether the form asks for add-ons that it was not offered: tampered with, or taken off sale meanwhile."""
        known = {field.html_name for seat in self.seats for field in seat.extras}
        asked = {name for name in self.data or {} if "-extra-" in name and self.data[name] not in {"", "0"}}
        return not asked <= known

    def own_index(self) -> int | None:
        """The seat that the buyer will sit in, as far as the form tells."""
        if self.has_own:
            return None
        mine = (self.buyer.email or "").casefold()
        for index, seat in enumerate(self.seats):
            if str(seat.seat["email"].value() or "").strip().casefold() == mine:
                return index
        return None
