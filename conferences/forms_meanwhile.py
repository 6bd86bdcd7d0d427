"""Two who change the same record at the same time."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import QueryDict


class MeanwhileForm(forms.ModelForm):
    """Whoever saves a page that was opened before somebody else changed the record is told what it says by now, instead of
    putting the old values back. What was written stays, and counts when it is sent once more. The page shows `seen`.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(name, self.initial.get(name)) for name in self._meta.fields or []] if self.instance.pk else []
        self._now = hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
        self.initial["seen"] = self._now

    def clean(self) -> Any:
        cleaned = super().clean()
        seen = self.cleaned_data.get("seen")
        others = [name for name in self._meta.fields or [] if self._differs(name)]
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
        written, stored = self.cleaned_data[name], self.initial.get(name)
        return set(written) != set(stored or []) if isinstance(written, QuerySet) else written != stored

    def _said(self, name: str) -> str:
        """The value that is stored, for people."""
        value, field = self.initial.get(name), self.fields[name]
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.datetime):
            return date_format(timezone.localtime(value), "j M Y, H:i")
        if isinstance(value, dt.date):
            return date_format(value, "j M Y")
        if isinstance(value, list):
            return ", ".join(str(each) for each in value) or _("none")
        if value in {None, ""}:
            return _("nothing")
        return str(dict(getattr(field, "choices", ())).get(value, value))
