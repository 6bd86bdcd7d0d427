"""Vouchers by the dozen: made together, exported together."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from conferences.formulas import as_text
from conferences.models import Conference
from registration.catalogue.models import AddOn, TicketType, Voucher, clean_voucher_code
from registration.errors import RegistrationError

MOST_AT_ONCE = 2000
# Symbols nobody misreads; 10^11 of them for each prefix, so that nobody finds one by trying.
_SYMBOLS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_DRAWN = 8
_TRIES = 3


def make_vouchers(
    *, like: Voucher, count: int, prefix: str, ticket_types: Iterable[TicketType], add_ons: Iterable[AddOn]
) -> list[Voucher]:
    """`count` new vouchers with the terms of `like`, which is not saved, and codes of their own behind `prefix`. All or
    none, in a transaction of its own.
    """
    assert 0 < count <= MOST_AT_ONCE
    ticket_types, add_ons, start = list(ticket_types), list(add_ons), clean_voucher_code(prefix)
    names = [field.name for field in Voucher._meta.concrete_fields if field.name not in {"id", "code", "created_at"}]
    terms = {name: getattr(like, name) for name in names}
    for _try in range(_TRIES):
        codes = {start + "".join(secrets.choice(_SYMBOLS) for _ in range(_DRAWN)) for _ in range(count)}
        try:
            with transaction.atomic():
                made = Voucher.objects.bulk_create(Voucher(code=code, **terms) for code in sorted(codes))
                _name_items(made, ticket_types, add_ons)
        except IntegrityError:
            continue
        if len(made) == count:
            return made
    raise RuntimeError(f"no {count} free voucher codes in {_TRIES} tries")


def _name_items(made: Sequence[Voucher], ticket_types: list[TicketType], add_ons: list[AddOn]) -> None:
    for_types, for_add_ons = Voucher.ticket_types.through, Voucher.add_ons.through
    for_types.objects.bulk_create(for_types(voucher=each, tickettype=kind) for each in made for kind in ticket_types)
    for_add_ons.objects.bulk_create(for_add_ons(voucher=each, addon=add_on) for each in made for add_on in add_ons)


def link_of(voucher: Voucher, conference: Conference) -> str:
    """The address that applies it, to be passed on."""
    return f"{settings.SITE_URL}{reverse('conference', args=[conference.slug])}?voucher={quote(voucher.code, safe='')}"


def vouchers_csv(vouchers: QuerySet[Voucher], *, conference: Conference) -> str:
    """One line each, with its link; no cell is a formula. A byte order mark comes first, by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_("Code"), _("Link"), _("What it does"), _("Value"), _("Uses"), _("Used"), _("Batch"), _("Note")])
    for each in vouchers:
        cells = [
            each.code, link_of(each, conference), each.get_reduction_display(), str(each.value), str(each.max_uses),
            str(each.used), each.batch, each.note,
        ]  # fmt: skip
        writer.writerow([as_text(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def delete_voucher(*, voucher: Voucher) -> None:
    """Raises RegistrationError `used`: orders or invitations refer to it for good."""
    try:
        with transaction.atomic():
            voucher.delete()
    except (ProtectedError, IntegrityError) as error:
        message = _("Orders or invitations refer to “%(code)s”. Switch it off instead.") % {"code": voucher}
        raise RegistrationError("used", message) from error
