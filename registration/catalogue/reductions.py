"""Which voucher and which discounts somebody has: found by code, by date, by group and by confirmed address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import models
from django.db.models import Value, prefetch_related_objects
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.account.models import User
from registration.catalogue.models import Discount, Voucher, clean_voucher_code
from registration.catalogue.prices import Terms
from registration.errors import RegistrationError

_LONGEST_CODE = Voucher._meta.get_field("code").max_length or 0

_VOUCHERS = Prepared(
    lambda: Voucher.objects.filter(conference=Given("conference"), code=Given("code", models.CharField()))
)
# What a voucher is for; by its two relations it would be two queries.
_VOUCHER_TERMS = Prepared(
    lambda: (
        Voucher.ticket_types.through.objects.filter(voucher=Given("voucher"))
        .values_list(Value("type"), "tickettype_id")
        .union(
            Voucher.add_ons.through.objects.filter(voucher=Given("voucher")).values_list(Value("add_on"), "addon_id"),
            all=True,
        )
    )
)
_DISCOUNTS = Prepared(lambda: Discount.objects.filter(conference=Given("conference")).select_related("add_on"))


@dataclass(frozen=True)
class Discounts:
    """`for_all` come to every seat; `personal` are one buyer's, and come to the seat they will sit in themselves."""

    for_all: tuple[Terms, ...] = ()
    personal: tuple[Terms, ...] = ()

    def of_seat(self, *, is_own: bool) -> tuple[Terms, ...]:
        return (*self.for_all, *self.personal) if is_own else self.for_all


def find_voucher(*, conference: Conference, code: str, now: dt.datetime) -> Terms:
    """Two queries. Raises RegistrationError `voucher_unknown` or `voucher_not_valid`; that it has a use left is found
    out when that is taken.
    """
    cleaned = clean_voucher_code(code)
    voucher = (
        _VOUCHERS.first(conference=conference.pk, code=cleaned)
        if len(cleaned) <= _LONGEST_CODE and "\x00" not in cleaned
        else None
    )
    if voucher is None:
        raise RegistrationError(
            "voucher_unknown", _("There is no voucher “%(code)s” here.") % {"code": code.strip()[:40]}
        )
    if voucher.is_active and voucher.valid_from and now < voucher.valid_from:
        raise RegistrationError("voucher_not_valid", _("The voucher %(code)s is not valid yet.") % {"code": voucher})
    if not voucher.is_valid(now=now):
        raise RegistrationError("voucher_not_valid", _("The voucher %(code)s is no longer valid.") % {"code": voucher})
    return _terms_of_voucher(voucher)


def _terms_of_voucher(voucher: Voucher) -> Terms:
    """One query."""
    named: dict[str, set[int]] = {"type": set(), "add_on": set()}
    for kind, pk in _VOUCHER_TERMS.all(voucher=voucher.pk):
        named[kind].add(pk)
    return Terms(voucher, frozenset(named["type"]), frozenset(named["add_on"]))


def voucher_or_problem(
    *, conference: Conference, code: str, now: dt.datetime, held: str = ""
) -> tuple[Terms | None, str]:
    """For pages that show what a voucher would do: its terms, or in words why there are none. One that is used up does
    nothing, unless it is the code that its visitor has `held`.
    """
    if not code.strip():
        return None, ""
    try:
        terms = find_voucher(conference=conference, code=code, now=now)
    except RegistrationError as refusal:
        return None, refusal.message
    used_up = terms.used_up() if str(terms.by) != held else ""
    return (None, used_up) if used_up else (terms, "")


def discounts_for_all(conference: Conference, *, now: dt.datetime) -> tuple[Terms, ...]:
    """Those valid now for everybody. No query where `discounts__ticket_types` was prefetched."""
    valid = (discount for discount in conference.discounts.all() if discount.is_valid(now=now))
    return tuple(_terms_of_discount(discount) for discount in valid if discount.is_for_everybody)


def discounts_for(*, conference: Conference, buyer: User | None, now: dt.datetime) -> Discounts:
    """Those valid now. One query where the conference has none; two more for its terms, and for a buyer's groups and
    confirmed addresses, where some are for certain people.
    """
    valid = [discount for discount in _DISCOUNTS.all(conference=conference.pk) if discount.is_valid(now=now)]
    prefetch_related_objects(valid, "ticket_types")
    for_all = tuple(_terms_of_discount(discount) for discount in valid if discount.is_for_everybody)
    narrow = [discount for discount in valid if not discount.is_for_everybody]
    if not narrow or buyer is None:
        return Discounts(for_all)
    groups = set(buyer.groups.values_list("pk", flat=True))
    confirmed = EmailAddress.objects.filter(user=buyer, verified=True).values_list("email", flat=True)
    addresses = {address.casefold() for address in confirmed}
    personal = [
        discount for discount in narrow if discount.group_id in groups or not addresses.isdisjoint(discount.addresses)
    ]
    return Discounts(for_all, tuple(_terms_of_discount(discount) for discount in personal))


def _terms_of_discount(discount: Discount) -> Terms:
    """No query where its ticket types were prefetched."""
    return Terms(discount, frozenset(row.pk for row in discount.ticket_types.all()))
