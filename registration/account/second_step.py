"""What follows from an app or a passkey that somebody has just added to their account."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added

from registration.account.models import User


def connect() -> None:
    """allauth tells of it by signal alone, of the app after the transaction."""
    authenticator_added.connect(_added, dispatch_uid="proved_by_adding")


def _added(sender: Any, request: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """It was used in that very request. Else who has no password would be asked to use it once more before they see their
    recovery codes: for a code of the app, where the one that it shows is used up.
    """
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        used = {"id": authenticator.pk, "type": authenticator.type}
        record_authentication(request, user, method="mfa", reauthenticated=True, **used)
