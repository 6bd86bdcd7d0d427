"""Which voucher and which discounts somebody has: found by code, by date, by group and by confirmed address."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any, cast

from allauth.account.models import EmailAddress
from django.db import models
from django.utils.translation import gettext as _

from conferences.keys import keys_of, read_keys
from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.account.models import User
from registration.catalogue.models import Discount, Voucher, clean_voucher_code
from registration.catalogue.prices import Terms
from registration.errors import RegistrationError

_LONGEST_CODE = Voucher._meta.get_field("code").max_length or 0

_VOUCHERS = Prepared(
    lambda: Voucher.objects.filter(conference=Given("conference"), code=Given("code", models.CharField())).annotate(
        type_keys=keys_of(Voucher.ticket_types), add_on_keys=keys_of(Voucher.add_ons)
    )
)
_DISCOUNTS = Prepared(
    lambda: (
        Discount.objects.filter(conference=Given("conference"))
        .select_related("add_on")
        .annotate(type_keys=keys_of(Discount.ticket_types))
    )
)


@dataclass(frozen=True)
class Discounts:
    """`for_all` come to every seat; `personal` are one buyer's, and come to the seat they will sit in themselves."""

    for_all: tuple[Terms, ...] = ()
    personal: tuple[Terms, ...] = ()

    def of_seat(self, *, is_own: bool) -> tuple[Terms, ...]:
        return (*self.for_all, *self.personal) if is_own else self.for_all


class Reductions:
    """The discounts of a conference, and its voucher with a code where one is given. Each is read when it is first asked for,
    in one query, and then known, so that the steps of a request share it: as what it was, whatever the moment asked about.
    """

    def __init__(self, conference: Conference, code: str = "") -> None:
        self._conference, self._code = conference, code

    @functools.cached_property
    def _voucher(self) -> Terms | None:
        code = clean_voucher_code(self._code)
        if len(code) > _LONGEST_CODE or "\x00" in code:
            return None
        voucher: Any = _VOUCHERS.first(conference=self._conference.pk, code=code)
        return Terms(voucher, read_keys(voucher.type_keys), read_keys(voucher.add_on_keys)) if voucher else None

    @functools.cached_property
    def _discounts(self) -> list[Terms]:
        rows: list[Any] = _DISCOUNTS.all(conference=self._conference.pk)
        return [Terms(discount, read_keys(discount.type_keys)) for discount in rows]

    def voucher(self, *, now: dt.datetime) -> Terms:
        """Raises RegistrationError `voucher_unknown` or `voucher_not_valid`; that it has a use left is found out when that
        is taken.
        """
        terms = self._voucher
        if terms is None:
            raise RegistrationError(
                "voucher_unknown", _("There is no voucher “%(code)s” here.") % {"code": self._code.strip()[:40]}
            )
        voucher = terms.by
        if voucher.is_active and voucher.valid_from and now < voucher.valid_from:
            raise RegistrationError(
                "voucher_not_valid", _("The voucher %(code)s is not valid yet.") % {"code": voucher}
            )
        if not voucher.is_valid(now=now):
            raise RegistrationError(
                "voucher_not_valid", _("The voucher %(code)s is no longer valid.") % {"code": voucher}
            )
        return terms

    def voucher_or_problem(self, *, now: dt.datetime, held: str = "") -> tuple[Terms | None, str]:
        """For pages that show what the voucher would do: its terms, or in words why there are none. One that is used up does
        nothing, unless it is the code that its visitor has `held`.
        """
        if not self._code.strip():
            return None, ""
        try:
            terms = self.voucher(now=now)
        except RegistrationError as refusal:
            return None, refusal.message
        used_up = terms.used_up() if str(terms.by) != held else ""
        return (None, used_up) if used_up else (terms, "")

    def discounts(self, *, buyer: User | None, now: dt.datetime) -> Discounts:
        """Those valid at `now`. Two queries more, for a buyer's groups and confirmed addresses, where some are for certain
        people.
        """
        valid = [(terms, _discount(terms)) for terms in self._discounts if _discount(terms).is_valid(now=now)]
        for_all = tuple(terms for terms, discount in valid if discount.is_for_everybody)
        narrow = [(terms, discount) for terms, discount in valid if not discount.is_for_everybody]
        if not narrow or buyer is None:
            return Discounts(for_all)
        groups = set(buyer.groups.values_list("pk", flat=True))
        confirmed = EmailAddress.objects.filter(user=buyer, verified=True).values_list("email", flat=True)
        addresses = {address.casefold() for address in confirmed}
        personal = tuple(
            terms
            for terms, discount in narrow
            if discount.group_id in groups or not addresses.isdisjoint(discount.addresses)
        )
        return Discounts(for_all, personal)


def _discount(terms: Terms) -> Discount:
    return cast(Discount, terms.by)


def discounts_for_all(conference: Conference, *, now: dt.datetime) -> tuple[Terms, ...]:
    """Those valid now for everybody. No query where `discounts__ticket_types` was prefetched."""
    valid = (discount for discount in conference.discounts.all() if discount.is_valid(now=now))
    return tuple(
        Terms(discount, frozenset(row.pk for row in discount.ticket_types.all()))
        for discount in valid
        if discount.is_for_everybody
    )
