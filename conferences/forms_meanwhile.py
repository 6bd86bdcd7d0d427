"""Two who change the same record at the same time."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import QueryDict

# Of a text, or a list of addresses: enough to know it again.
_LONGEST = 200


class MeanwhileForm(forms.ModelForm):
    """Whoever saves a page that was opened before somebody else changed the record is told what it says by now, instead of
    putting the old values back. What was written stays, and counts when it is sent once more. The page shows `seen`.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # Fields of the form, beside those of the model, that say something of the record.
    seen_too: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked for late, since a form may set its initial values after this.
        self.initial["seen"] = lambda: self._now

    @cached_property
    def _watched(self) -> list[str]:
        return [*(self._meta.fields or []), *self.seen_too]

    @cached_property
    def _now(self) -> str:
        shown = [(name, _plain(self.initial.get(name))) for name in self._watched] if self.instance.pk else []
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def clean(self) -> Any:
        cleaned = super().clean()
        seen = self.cleaned_data.get("seen")
        others = [name for name in self._watched if self._differs(name)]
        if seen and seen != self._now and others:
            data = cast("QueryDict", self.data).copy()
            data[self.add_prefix("seen")] = self._now
            self.data = data
            raise ValidationError(
                _(
                    "Nothing was saved. Somebody changed this after you opened the page, and it now says: %(values)s. What you"
                    " wrote is still here; save it again if it is to stand instead."
                )
                % {"values": "; ".join(f"{self.fields[name].label}: {self._said(name)}" for name in others)},
                code="changed_meanwhile",
            )
        return cleaned

    def _differs(self, name: str) -> bool:
        """What was written from what is stored."""
        if name not in self.cleaned_data:
            return True
        return _plain(self.cleaned_data[name]) != _plain(self.initial.get(name))

    def _said(self, name: str) -> str:
        """The value that is stored, for people."""
        value, field = self.initial.get(name), self.fields[name]
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.datetime):
            return date_format(timezone.localtime(value), "j M Y, H:i")
        if isinstance(value, dt.date):
            return date_format(value, "j M Y")
        names = dict(getattr(field, "choices", ()))
        if isinstance(value, list):
            return Truncator(", ".join(str(names.get(each, each)) for each in value)).chars(_LONGEST) or _("none")
        if value in {None, ""}:
            return _("nothing")
        return Truncator(str(names.get(value, value))).chars(_LONGEST)


def _plain(value: Any) -> Any:
    """Alike for what is stored and the same written in a form, which has no seconds, no order, and line ends of its own."""
    if isinstance(value, QuerySet | list):
        return sorted((_plain(each) for each in value), key=str)
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(second=0, microsecond=0)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
