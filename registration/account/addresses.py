"""What follows from a confirmed address for the password of its account."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import connection

from registration.account.models import User


def drop_unproved_password(*, user: User, email: str) -> None:
    """`user` has just proved `email` by a sign-in code, or signs up with it once more. If it is the account's first proved
    address, a password that is set was set by somebody who never proved anything: perhaps a stranger who signed up with
    this address and waits for its owner to confirm it. It is made unusable.
    """
    proved_before = EmailAddress.objects.filter(user=user, verified=True).exclude(email__iexact=email)
    if user.has_usable_password() and not proved_before.exists():
        user.set_unusable_password()
        user.save(update_fields=["password"])


def lock_unconfirmed(*, email: str) -> User | None:
    """The account that was made by a sign-up with `email`, which nobody has confirmed, nor will before the transaction ends."""
    assert connection.in_atomic_block
    made = EmailAddress.objects.select_for_update(of=("self",)).select_related("user")
    waiting = made.filter(email=email, verified=False, user__email=email, user__last_login=None, user__is_active=True)
    found = waiting.exclude(user__is_superuser=True).exclude(user__emailaddress__verified=True).first()
    return found.user if found else None


def connect() -> None:
    """allauth tells of a confirmed address by signal alone, whichever of its flows it was confirmed in."""
    email_confirmed.connect(_confirmed, dispatch_uid="drop_unproved_password")


def _confirmed(sender: Any, request: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    methods = [record["method"] for record in get_authentication_records(request, email_address.user)]
    if methods == ["code"]:
        drop_unproved_password(user=email_address.user, email=email_address.email)
