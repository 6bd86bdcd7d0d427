"""Which voucher and which discounts somebody has: found by code, by date, by group and by confirmed address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from allauth.account.models import EmailAddress
from django.db import models
from django.utils.translation import gettext as _

from conferences.keys import keys_of, read_keys
from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.together import Together
from registration.account.models import User
from registration.catalogue.models import Discount, Voucher, clean_voucher_code
from registration.catalogue.prices import Terms
from registration.errors import RegistrationError

_LONGEST_CODE = Voucher._meta.get_field("code").max_length or 0


def rows_of(conference: Any) -> dict[str, Prepared[Any]]:
    """The rows that `Reductions` is made of, to be read together with others. `conference` is an expression for its key; the
    `code` given is one of `code_to_look_for`.
    """
    return {
        "vouchers": Prepared(
            lambda: Voucher.objects.filter(conference=conference, code=Given("code", models.CharField())).annotate(
                type_keys=keys_of(Voucher.ticket_types), add_on_keys=keys_of(Voucher.add_ons)
            )
        ),
        "discounts": Prepared(
            lambda: (
                Discount.objects.filter(conference=conference)
                .select_related("add_on")
                .annotate(type_keys=keys_of(Discount.ticket_types))
            )
        ),
    }


_ROWS = Together(**rows_of(Given("conference")))


def code_to_look_for(typed: str) -> str:
    """Empty where no voucher can have such a code."""
    code = clean_voucher_code(typed)
    return "" if len(code) > _LONGEST_CODE or "\x00" in code else code


@dataclass(frozen=True)
class Discounts:
    """`for_all` come to every seat; `personal` are one buyer's, and come to the seat they will sit in themselves."""

    for_all: tuple[Terms, ...] = ()
    personal: tuple[Terms, ...] = ()

    def of_seat(self, *, is_own: bool) -> tuple[Terms, ...]:
        return (*self.for_all, *self.personal) if is_own else self.for_all


class Reductions:
    """The discounts of a conference, and its voucher with a code where one is given: the rows of `rows_of`, as they were when
    they were read, whatever the moment asked about.
    """

    def __init__(self, code: str, *, vouchers: Sequence[Any], discounts: Sequence[Any]) -> None:
        self._code = code
        found = [Terms(each, read_keys(each.type_keys), read_keys(each.add_on_keys)) for each in vouchers]
        self._voucher = found[0] if found else None
        self._discounts = [Terms(each, read_keys(each.type_keys)) for each in discounts]

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
        for_all, narrow = self._valid(now=now)
        if not narrow or buyer is None:
            return Discounts(for_all)
        groups = set(buyer.groups.values_list("pk", flat=True))
        confirmed = EmailAddress.objects.filter(user=buyer, verified=True).values_list("email", flat=True)
        addresses = {address.casefold() for address in confirmed}
        personal = tuple(
            terms
            for terms, discount in ((terms, _discount(terms)) for terms in narrow)
            if discount.group_id in groups or not addresses.isdisjoint(discount.addresses)
        )
        return Discounts(for_all, personal)

    def are_personal(self, *, now: dt.datetime) -> bool:
        """Whether some discounts are for certain people."""
        return bool(self._valid(now=now)[1])

    def _valid(self, *, now: dt.datetime) -> tuple[tuple[Terms, ...], tuple[Terms, ...]]:
        """For everybody, and for certain people."""
        valid = [terms for terms in self._discounts if _discount(terms).is_valid(now=now)]
        return (
            tuple(terms for terms in valid if _discount(terms).is_for_everybody),
            tuple(terms for terms in valid if not _discount(terms).is_for_everybody),
        )


def reductions_of(conference: Conference, code: str = "") -> Reductions:
    """One query."""
    return Reductions(code, **_ROWS.read(conference=conference.pk, code=code_to_look_for(code)))


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
