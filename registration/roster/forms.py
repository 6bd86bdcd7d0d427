from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conferences.addresses import MAX_ADDRESS
from conferences.models import Conference
from conferences.numbers import read_number
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.changes.forms import ExchangeForm, TransferForm
from registration.roster.people import AtTheDoor, Condition, Filters, Sorting

# About 25,000 people, within what the site takes in one request (`config.middleware.MAX_BODY`). More is read by the
# command, which holds up nobody's page.
MAX_UPLOAD = 4 * 1024 * 1024


class FilterForm(forms.Form):
    """Lenient: what is no choice, an old bookmark say, restricts nothing."""

    q = forms.CharField(label=_("Name, e-mail, order, company or code"), required=False, max_length=200,
                        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))  # fmt: skip
    ticket = forms.ModelChoiceField(
        label=_("Ticket"), queryset=TicketType.objects.none(), required=False, empty_label=_("All")
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *Condition.choices])
    door = forms.ChoiceField(label=_("At the door"), required=False, choices=[("", _("All")), *AtTheDoor.choices])
    sort = forms.ChoiceField(label=_("Order of the list"), required=False, choices=Sorting.choices)

    def __init__(self, conference: Conference, data: Any) -> None:
        super().__init__(data)
        self.fields["ticket"].queryset = TicketType.objects.filter(conference=conference)
        self.conference = conference

    def filters(self) -> Filters:
        self.is_valid()
        good = self.cleaned_data
        kind = good.get("ticket")
        chosen = self.data.getlist("pk") if hasattr(self.data, "getlist") else []
        return Filters(
            query=good.get("q") or "",
            ticket_type=kind.pk if kind else None,
            condition=good.get("state") or "",
            door=good.get("door") or "",
            sorting=good.get("sort") or Sorting.NAME,
            only=tuple(pk for sent in chosen[:500] if (pk := read_number(sent)) is not None),
        )

    def in_words(self, *, names_search: bool = True) -> str:
        """What `filters` restricts, for people; in which order does not matter. Without `names_search` it can be kept: who
        was searched for is personal.
        """
        filters, said = self.filters(), []
        if filters.only:
            said.append(ngettext("%(count)s chosen person", "%(count)s chosen people", len(filters.only)) % {
                "count": len(filters.only)})  # fmt: skip
        if words := filters.query.strip():
            said.append(_("found by “%(words)s”") % {"words": words} if names_search else str(_("found by a search")))
        said += [
            f"{self.fields[name].label}: {dict(self.fields[name].choices)[value]}"
            for name, value in (("state", filters.condition), ("door", filters.door))
            if value
        ]
        if filters.ticket_type:
            said.insert(0, f"{self.fields['ticket'].label}: {self.cleaned_data['ticket'].name}")
        return ", ".join(said) or str(_("Everybody"))


class OfTicketForm(forms.Form):
    """`code` is that of the ticket the page showed: what is written of one person must not be saved of the next."""

    code = forms.CharField(widget=forms.HiddenInput)

    def show_anew(self, seat: Attendee) -> None:
        """After a refusal: keep what was written, and let it be sent for the ticket as it is now."""
        self.data = self.data.copy()
        self.data[self.add_prefix("code")] = seat.access_code


class CorrectForm(forms.Form):
    """`was_name` and `was_email` are what the page showed."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=MAX_ADDRESS, widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("A new address gets the ticket at once, with a new code if another had it before."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why?"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    was_name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    was_email = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return given | {"was": (given.pop("was_name", ""), given.pop("was_email", ""))}

    def show_anew(self, seat: Attendee) -> None:
        """After a refusal: what was written stays, and what was left as it stood is what stands there now."""
        self.data = self.data.copy()
        for name, now in {"name": seat.name, "email": seat.email}.items():
            field, was = self.add_prefix(name), self.add_prefix(f"was_{name}")
            if self.data.get(field, "").strip() == self.data.get(was, "").strip():
                self.data[field] = now
            self.data[was] = now


class SpellingForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, error_messages={"required": _("Enter a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}),
    )  # fmt: skip


class NoteForm(OfTicketForm):
    """`was_note` and `was_attention` are what the page showed."""

    note = forms.CharField(
        label=_("Note for staff"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody at the door reads it."),
    )  # fmt: skip
    needs_attention = forms.BooleanField(label=_("Needs attention at the door"), required=False)
    was_note = forms.CharField(required=False, widget=forms.HiddenInput)
    was_attention = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @staticmethod
    def shown(seat: Attendee) -> dict[str, Any]:
        noted = {"note": seat.staff_note, "needs_attention": seat.needs_attention}
        return noted | {"was_note": seat.staff_note, "was_attention": seat.needs_attention}

    def show_anew(self, seat: Attendee) -> None:
        is_of_another = self.data.get(self.add_prefix("code")) != seat.access_code
        super().show_anew(seat)
        # Who was told of another ticket has not been told of its note yet.
        if not is_of_another:
            self.data[self.add_prefix("was_note")] = seat.staff_note
            self.data[self.add_prefix("was_attention")] = "on" if seat.needs_attention else ""


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why?"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class OfTicketReasonForm(OfTicketForm, ReasonForm):
    pass


class ReissueForm(ReasonForm):
    """`code` is that of the ticket the page showed, so that the form sent twice gives one new code."""

    code = forms.CharField(widget=forms.HiddenInput)


class StaffTransferForm(TransferForm):
    reason = forms.CharField(
        label=_("Why?"), max_length=200, help_text=_("Whoever had the ticket reads it in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class StaffExchangeForm(ExchangeForm):
    reason = forms.CharField(label=_("Why?"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    is_waived = forms.BooleanField(
        label=_("At no charge"), required=False,
        help_text=_("Neither is the difference asked for, nor is it given back."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        own = {name: self.cleaned_data.get(name) for name in ("reason", "is_waived")}
        return super().clean() | own


class ImportForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Import it with the command import_roster.")
                % {"limit": MAX_UPLOAD // 1024**2}
            )
        return file
