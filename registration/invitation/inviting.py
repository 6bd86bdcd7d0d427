"""Invite people by mail, remind them, take an invitation back."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.access_code import ALPHABET
from registration.catalogue.models import Reduction, TicketType, Voucher
from registration.errors import RegistrationError
from registration.invitation.models import Invitation
from registration.mail.outbox import queue_mail

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Invitee:
    name: str
    email: str


@transaction.atomic
def invite(
    *,
    conference: Conference,
    ticket_type: TicketType,
    people: Sequence[Invitee],
    is_free: bool,
    expires_at: dt.datetime | None,
    by: User,
    now: dt.datetime,
) -> list[Invitation]:
    """Send each of `people` a link of their own. Who has an open invitation for this ticket already is left out. What is
    free, or hidden from the public, gets a voucher for just that, with a use for each. No place is kept: who comes when it
    is sold out is told so. Raises RegistrationError `too_many`. Locks nothing.
    """
    if len(people) > MOST_AT_ONCE:
        raise RegistrationError("too_many", _("Invite %(most)s people at most at once.") % {"most": MOST_AT_ONCE})
    known = {
        email.casefold()
        for email in Invitation.objects.open().filter(ticket_type=ticket_type).values_list("email", flat=True)
    }
    wanted: dict[str, Invitee] = {}
    for person in people:
        if person.email.casefold() not in known:
            wanted.setdefault(person.email.casefold(), person)
    if not wanted:
        return []
    voucher = _voucher_for(ticket_type, len(wanted), is_free=is_free, now=now)
    made = Invitation.objects.bulk_create(
        Invitation(
            conference=conference, ticket_type=ticket_type, voucher=voucher, name=person.name, email=person.email,
            expires_at=expires_at, created_by=by, created_at=now,
        )
        for person in wanted.values()
    )  # fmt: skip
    for invitation in made:
        _send(invitation)
    return made


def remind(*, invitation: Invitation, now: dt.datetime) -> None:
    """Send the link again. Raises RegistrationError `not_open`."""
    _refuse_closed(invitation, now)
    with transaction.atomic():
        _send(invitation)


def revoke(*, invitation: Invitation, now: dt.datetime) -> None:
    """Its link no longer registers anybody. Raises RegistrationError `not_open`, also when it has just been accepted."""
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=now):
        _refuse_closed(Invitation.objects.get(pk=invitation.pk), now)


def _refuse_closed(invitation: Invitation, now: dt.datetime) -> None:
    if not invitation.is_open(now=now):
        raise RegistrationError("not_open", _("This invitation is not open any more."))


def _voucher_for(ticket_type: TicketType, uses: int, *, is_free: bool, now: dt.datetime) -> Voucher | None:
    if not ticket_type.requires_voucher and (ticket_type.is_free or not is_free):
        return None
    voucher = Voucher.objects.create(
        conference=ticket_type.conference,
        code="INVITED-" + "".join(secrets.choice(ALPHABET) for _symbol in range(12)),
        reduction=Reduction.FREE if is_free else Reduction.NONE,
        max_uses=uses,
        unlocks_hidden=True,
        batch=_("Invitations of %(day)s") % {"day": f"{ticket_type.conference.local_date(now):%Y-%m-%d}"},
    )
    voucher.ticket_types.add(ticket_type)
    return voucher


def _send(invitation: Invitation) -> None:
    queue_mail(
        template="invitation",
        to=invitation.email,
        context={
            "conference": invitation.conference,
            "name": invitation.name,
            "offer": invitation.ticket_type.name,
            "link": invitation.link,
            "until": invitation.expires_at,
        },
    )
