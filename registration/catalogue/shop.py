"""All that is for sale at a conference and what makes it cheaper, read in one statement for the pages that sell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Subquery

from conferences.keys import keys_of
from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.together import Together
from registration.catalogue import reductions
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.reductions import Reductions, code_to_look_for


@dataclass(frozen=True)
class Shop:
    """`types` and `add_ons` are those that are active, in their order, what asks for a voucher included; the add-ons know
    the types they come with (`offers.only_with`).
    """

    conference: Conference
    types: list[TicketType]
    add_ons: list[AddOn]
    reductions: Reductions


def _conferences() -> models.QuerySet[Conference]:
    return Conference.objects.active().filter(slug=Given("slug", models.SlugField()))


def the_conference() -> Subquery:
    """The key of the one that is given by its `slug`, where the public may see it."""
    return Subquery(_conferences().order_by().values("pk"))


# What `shop_from` makes a shop of.
SHOP: dict[str, Prepared[Any]] = {
    "conferences": Prepared(_conferences),
    "types": Prepared(lambda: TicketType.objects.filter(conference=the_conference(), is_active=True)),
    "add_ons": Prepared(
        lambda: AddOn.objects.filter(conference=the_conference(), is_active=True).annotate(
            type_keys=keys_of(AddOn.ticket_types)
        )
    ),
    **reductions.rows_of(the_conference()),
}
_SHOP = Together(**SHOP)


def shop_of(slug: str, *, code: str = "") -> Shop:
    """For public pages, with the voucher of `code` as it was typed. Raises Conference.DoesNotExist. One query."""
    return shop_from(_SHOP.read(slug=slug, code=code_to_look_for(code)), code=code)


def shop_from(rows: Mapping[str, list[Any]], *, code: str) -> Shop:
    """Of rows that were read with those of `SHOP`, and `code_to_look_for(code)` as `code`."""
    if not rows["conferences"]:
        raise Conference.DoesNotExist
    conference = rows["conferences"][0]
    for item in (*rows["types"], *rows["add_ons"]):
        item.conference = conference
    found = Reductions(code, vouchers=rows["vouchers"], discounts=rows["discounts"])
    return Shop(conference, rows["types"], rows["add_ons"], found)
