"""Register whoever follows their invitation, in one click."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from registration.account.addresses import drop_unproved_password
from registration.account.models import User
from registration.attendee.claim import claim_seats
from registration.errors import RegistrationError
from registration.invitation.models import RELATED, Invitation
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.models import Order


def accept_invitation(*, invitation: Invitation, now: dt.datetime) -> Order:
    """Make the order of `invitation`, for the account with its address, which is made when there is none; nobody is signed
    in by it. The link proves the address: it was sent there and nowhere else. Used twice it gives the same order.

    Raises RegistrationError `invitation_closed`, or as `place_order` does (sold out, registered already). Locks the
    invitation, and then as `place_order` does.
    """
    # In a transaction of its own: it locks other seats of this person, and those of the order would come out of turn.
    buyer = _account_of(invitation) if invitation.is_open(now=now) else None
    return _register(invitation, buyer, now)


@transaction.atomic
def _register(invitation: Invitation, buyer: User | None, now: dt.datetime) -> Order:
    """What has become of it meanwhile is read under its lock, which `revoke` waits for."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=invitation.pk)
    if invitation.order:
        return invitation.order
    if buyer is None or not invitation.is_open(now=now):
        raise RegistrationError("invitation_closed", _("This invitation is no longer open. Ask the organisers."))
    seat = SeatRequest(invitation.ticket_type, buyer.name or invitation.name, buyer.email or invitation.email)
    order = place_order(
        conference=invitation.conference,
        buyer=buyer,
        seats=[seat],
        checkout_id=invitation.checkout_id,
        voucher_code=invitation.voucher.code if invitation.voucher else "",
        now=now,
    )
    invitation.order, invitation.accepted_at = order, now
    invitation.save(update_fields=["order", "accepted_at"])
    return order


def _account_of(invitation: Invitation) -> User:
    """Two people who press at once make one account."""
    for _attempt in range(2):
        try:
            with transaction.atomic():
                return _find_or_make(invitation)
        except IntegrityError:
            continue
    raise RuntimeError("the account clashed twice")


def _find_or_make(invitation: Invitation) -> User:
    email = invitation.email
    proved = EmailAddress.objects.select_related("user").filter(email=email.lower(), verified=True).first()
    if proved:
        return proved.user
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email=email, name=invitation.name)
    else:
        # Made by somebody who never proved the address; what they set must open nothing.
        drop_unproved_password(user=user, email=email)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    claim_seats(user=user, email=email)
    return user
