"""Which voucher and which discounts somebody has: found by code, by date, by group and by confirmed address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.models import Discount, Voucher, clean_voucher_code
from registration.catalogue.prices import Terms, terms_of
from registration.errors import RegistrationError

_LONGEST_CODE = Voucher._meta.get_field("code").max_length or 0


@dataclass(frozen=True)
class Discounts:
    """`for_all` come to every seat; `personal` are one buyer's, and come to the seat they will sit in themselves."""

    for_all: tuple[Terms, ...] = ()
    personal: tuple[Terms, ...] = ()

    def of_seat(self, *, is_own: bool) -> tuple[Terms, ...]:
        return (*self.for_all, *self.personal) if is_own else self.for_all


def find_voucher(*, conference: Conference, code: str, now: dt.datetime) -> Terms:
    """Three queries. Raises RegistrationError `voucher_unknown` or `voucher_not_valid`; that it has a use left is found
    out when that is taken.
    """
    cleaned = clean_voucher_code(code)
    voucher = (
        Voucher.objects.filter(conference=conference, code=cleaned).prefetch_related("ticket_types", "add_ons").first()
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
    return terms_of(voucher)


def discounts_for(*, conference: Conference, buyer: User | None, now: dt.datetime) -> Discounts:
    """Those valid now. One query where the conference has none; two more for its terms, and for a buyer's groups and
    confirmed addresses, where some are for certain people.
    """
    valid = [
        discount
        for discount in Discount.objects.filter(conference=conference).prefetch_related("ticket_types")
        if discount.is_valid(now=now)
    ]
    for_all = tuple(terms_of(discount) for discount in valid if discount.is_for_everybody)
    narrow = [discount for discount in valid if not discount.is_for_everybody]
    if not narrow or buyer is None:
        return Discounts(for_all)
    groups = set(buyer.groups.values_list("pk", flat=True))
    confirmed = EmailAddress.objects.filter(user=buyer, verified=True).values_list("email", flat=True)
    addresses = {address.casefold() for address in confirmed}
    personal = [
        discount for discount in narrow if discount.group_id in groups or not addresses.isdisjoint(discount.addresses)
    ]
    return Discounts(for_all, tuple(terms_of(discount) for discount in personal))
