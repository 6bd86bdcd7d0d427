"""An invitation is taken back while somebody registers by it: one of both wins, and the other is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from registration.errors import RegistrationError
from registration.invitation import accepting
from registration.invitation.accepting import accept_invitation
from registration.invitation.inviting import Invitee, invite, revoke
from tests import factories

pytestmark = pytest.mark.both_databases

NOW = timezone.now()


def send():
    kind = factories.ticket_type(conference=factories.conference())
    [invitation] = invite(
        conference=kind.conference, ticket_type=kind, people=[Invitee("Ada", "ada@example.org")], is_free=True,
        expires_at=None, by=factories.superuser(), now=NOW,
    )  # fmt: skip
    return invitation


def take_back(invitation):
    """By somebody else, who does not wait long."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                connection.cursor().execute("SET LOCAL lock_timeout = '300ms'")
            revoke(invitation=invitation, now=NOW)
    except OperationalError:
        return "waits"
    except RegistrationError as refusal:
        return refusal.code
    finally:
        connection.close()
    return "revoked"


def take_back_while_it_is_accepted(monkeypatch, *, before):
    """What becomes of taking it back just `before` that function of accepting is called; and what of accepting, and of the
    invitation.
    """
    invitation, call, told = send(), getattr(accepting, before), []

    def interrupted(*args, **arguments):
        with ThreadPoolExecutor() as other:
            told.append(other.submit(take_back, invitation).result())
        return call(*args, **arguments)

    monkeypatch.setattr(accepting, before, interrupted)
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.3)
    try:
        accept_invitation(invitation=invitation, now=NOW)
        told.append("accepted")
    except RegistrationError as refusal:
        told.append(refusal.code)
    told.append(take_back(invitation))
    invitation.refresh_from_db()
    return told, bool(invitation.accepted_at), bool(invitation.revoked_at)


def test_invitation_that_is_being_accepted_is_not_taken_back(own_database, monkeypatch):
    outcome = take_back_while_it_is_accepted(monkeypatch, before="place_order")
    assert outcome == (["waits", "accepted", "not_open"], True, False)


def test_invitation_that_was_taken_back_since_the_page_was_read_registers_nobody(own_database, monkeypatch):
    outcome = take_back_while_it_is_accepted(monkeypatch, before="_account_of")
    assert outcome == (["revoked", "invitation_closed", "not_open"], False, True)


def test_control_without_lock_it_is_accepted_and_taken_back(own_database, monkeypatch):
    monkeypatch.setattr(accepting, "_register", accepting._register.__wrapped__)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
    told, is_accepted, is_revoked = take_back_while_it_is_accepted(monkeypatch, before="place_order")
    assert (told[:2], is_accepted, is_revoked) == (["revoked", "accepted"], True, True)
