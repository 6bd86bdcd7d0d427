"""What organisers do with ticket types and add-ons, beside selling them (`places`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.catalogue.models import AddOn, TicketType
from registration.errors import RegistrationError

Item = TypeVar("Item", TicketType, AddOn)


def add_item(*, item: Item) -> Item:
    """Save a new one, at the end of its list."""
    rows = type(item)._default_manager.filter(conference=item.conference)
    last = rows.aggregate(last=Max("position"))["last"]
    item.position = 0 if last is None else last + 1
    item.save()
    return item


def change_item(*, item: TicketType | AddOn, fields: Iterable[str]) -> None:
    """Save these columns alone: `taken` moves meanwhile. What was sold keeps its text and price."""
    item.save(update_fields=list(fields))


def move_item(*, item: TicketType | AddOn, up: bool) -> None:
    """Swap it with its neighbour; nothing at the end of the list. Locks the conference, so that moves do not mix. Raises
    DoesNotExist for one that was deleted meanwhile.
    """
    with transaction.atomic():
        Conference.objects.select_for_update().only("pk").get(pk=item.conference_id)
        items = list(type(item)._default_manager.filter(conference=item.conference_id).only("position"))
        if item not in items:
            raise type(item).DoesNotExist
        here = items.index(item)
        there = here - 1 if up else here + 1
        if 0 <= there < len(items):
            items[here], items[there] = items[there], items[here]
        for position, each in enumerate(items):
            if each.position != position:
                each.position = position
                each.save(update_fields=["position"])


def set_for_sale(*, item: TicketType | AddOn, is_active: bool) -> None:
    item.is_active = is_active
    item.save(update_fields=["is_active"])


def delete_item(*, item: TicketType | AddOn) -> None:
    """Raises RegistrationError `sold` when anything of it was ever sold; orders refer to it for good; `in_discount` when a
    discount asks for it.
    """
    if isinstance(item, AddOn) and (discount := item.discounts.first()):
        message = _("The discount “%(discount)s” comes with it. Change that first.")
        raise RegistrationError("in_discount", message % {"discount": discount})
    try:
        with transaction.atomic():
            item.delete()
    except (ProtectedError, RestrictedError, IntegrityError) as error:
        raise RegistrationError(
            "sold",
            _("“%(ticket)s” has been sold, and orders refer to it. Take it off sale instead.") % {"ticket": item},
        ) from error
