"""What is asked of who changes a ticket."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.addresses import MAX_ADDRESS
from registration.attendee.forms import NameForm
from registration.attendee.models import Attendee
from registration.order.exchange import Exchange
from registration.order.forms import AsCreditField


class PersonForm(NameForm):
    """Who comes. With `is_optional` an address may be missing: the ticket then stays with the buyer."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=MAX_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, is_optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["name"].error_messages["required"] = _("Enter the name of who comes.")
        self.fields["email"].required = not is_optional
        self.fields["email"].error_messages |= {
            "required": _("Enter the address that the ticket goes to."),
            "invalid": _("Write it like name@example.org."),
        }
        if is_optional:
            self.fields["email"].help_text = _("The ticket goes there at once. Without one it goes to you.")


class TransferForm(PersonForm):
    """`code` is that of the ticket the page showed, so that the form sent twice gives it away once."""

    code = forms.CharField(widget=forms.HiddenInput)


class ExchangeForm(forms.Form):
    """`expected` is the difference that the page showed for the chosen ticket, below zero what goes back."""

    ticket = forms.TypedChoiceField(
        label=_("Ticket"), coerce=int, widget=forms.RadioSelect, error_messages={"required": _("Choose a ticket.")}
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, options: list[Exchange], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = {option.ticket_type.pk: option for option in options}
        self.fields["ticket"].choices = [(pk, option.ticket_type.name) for pk, option in self.options.items()]
        for pk, option in self.options.items():
            self.fields[f"expected-{pk}"] = forms.DecimalField(
                widget=forms.HiddenInput, required=False, initial=option.due - option.back
            )

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data.get("ticket")
        return {
            "ticket_type": self.options[chosen].ticket_type if chosen else None,
            "expected": self.cleaned_data.get(f"expected-{chosen}"),
            "request_id": self.cleaned_data.get("request_id"),
        }


class OwnCancelForm(forms.Form):
    as_credit = AsCreditField()
    request_id = forms.UUIDField(widget=forms.HiddenInput)
    expected = forms.DecimalField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_take_credit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_take_credit:
            del self.fields["as_credit"]


class LostForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), max_length=MAX_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter the address that the ticket was sent to."),
            "invalid": _("Write it like name@example.org."),
        },
    )  # fmt: skip


def person_form(seat: Attendee, data: Any = None) -> PersonForm:
    """As it is now, for a guest whose details the buyer changes."""
    return PersonForm(data, is_optional=True, initial={"name": seat.name, "email": seat.email})
