"""What organisers do with ticket types, beside selling them (`places`)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError


def add_ticket_type(*, ticket_type: TicketType) -> TicketType:
    """Save a new type, at the end of the list."""
    last = TicketType.objects.filter(conference=ticket_type.conference).aggregate(last=Max("position"))["last"]
    ticket_type.position = 0 if last is None else last + 1
    ticket_type.save()
    return ticket_type


def change_ticket_type(*, ticket_type: TicketType, fields: Iterable[str]) -> None:
    """Save these fields alone: `taken` moves meanwhile. What was sold keeps its text and price."""
    ticket_type.save(update_fields=list(fields))


def move_ticket_type(*, ticket_type: TicketType, up: bool) -> None:
    """Swap it with its neighbour; nothing at the end of the list. Locks the conference, so that moves do not mix."""
    with transaction.atomic():
        Conference.objects.select_for_update().only("pk").get(pk=ticket_type.conference_id)
        types = list(TicketType.objects.filter(conference=ticket_type.conference_id).only("position"))
        here = types.index(ticket_type)
        there = here - 1 if up else here + 1
        if 0 <= there < len(types):
            types[here], types[there] = types[there], types[here]
        for position, each in enumerate(types):
            if each.position != position:
                each.position = position
                each.save(update_fields=["position"])


def set_for_sale(*, ticket_type: TicketType, is_active: bool) -> None:
    ticket_type.is_active = is_active
    ticket_type.save(update_fields=["is_active"])


def delete_ticket_type(*, ticket_type: TicketType) -> None:
    """Raises RegistrationError `sold` when anything of it was ever sold; orders refer to it for good."""
    try:
        with transaction.atomic():
            ticket_type.delete()
    except (ProtectedError, IntegrityError) as error:
        raise RegistrationError(
            "sold",
            _("“%(ticket)s” has been sold, and orders refer to it. Take it off sale instead.")
            % {"ticket": ticket_type},
        ) from error
