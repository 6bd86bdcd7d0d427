"""One person of an imported list, the same whichever program exported it."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class LeftOut(enum.Enum):
    """Why a row of the list gets no seat; one that it had is cancelled."""

    UNASSIGNED = "unassigned"
    VOID = "void"
    DELETED = "deleted"
    NOT_ATTENDING = "not_attending"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"

    @property
    def label(self) -> str | Promise:
        return _LABELS[self]


_LABELS = {
    LeftOut.UNASSIGNED: _("nobody assigned yet"),
    LeftOut.VOID: _("void"),
    LeftOut.DELETED: _("deleted"),
    LeftOut.NOT_ATTENDING: _("not attending"),
    LeftOut.CANCELLED: _("cancelled"),
    LeftOut.REFUNDED: _("refunded"),
}


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """`barcode` is what the ticket shows now; `access_code` is set in our own export alone, and is the `barcode`
    where there is no imported one. Rows that are left out may have no barcode.
    `checked_in_at` is None with `is_checked_in` when the list does not say when. `answers` are the columns that
    are not otherwise known, by their heading, for the profile.
    """

    line: int
    name: str
    email: str
    ticket: str
    price: Decimal
    barcode: str
    order_reference: str
    is_paid: bool = True
    access_code: str = ""
    buyer_name: str = ""
    buyer_email: str = ""
    currency: str = ""
    ordered_at: dt.datetime | None = None
    needs_attention: bool = False
    note: str = ""
    blocked_reason: str | None = None
    is_checked_in: bool = False
    checked_in_at: dt.datetime | None = None
    left_out: LeftOut | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> set[str]:
        return {self.barcode, self.access_code} - {""}

    @functools.cached_property
    def digest(self) -> str:
        """The same for a row that says the same, wherever in the file it stands."""
        told = [str(getattr(self, item.name)) for item in fields(self) if item.name not in {"line", "answers"}]
        told += [f"{heading}={answer}" for heading, answer in sorted(self.answers.items()) if answer]
        return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()
