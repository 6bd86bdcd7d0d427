"""What is asked for one seat of an order, its profile apart: who will sit in it, and what they get with their ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.addresses import MAX_ADDRESS
from conferences.templatetags.lanyard import money
from registration.attendee.forms import NameForm
from registration.catalogue.models import AddOn
from registration.catalogue.offers import Extra


class SeatForm(NameForm):
    """Who will sit in the seat. A guest may have no address, then the ticket stays with the buyer; or be named later."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=MAX_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

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

    def refuse(self, name: str, reason: str, *, asked: ExtrasForm) -> forms.BoundField:
        """The field as it was `asked` for in vain. Of a form that is not bound: it shows what is held, and what is gone again."""
        self.fields.setdefault(name, asked.fields[name])
        self.initial.setdefault(name, False)
        self.full_clean()
        self.cleaned_data: dict[str, Any] = {}
        self.add_error(name, reason)
        return self[name]

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
