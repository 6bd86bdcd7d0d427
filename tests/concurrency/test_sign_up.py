"""Somebody presses twice: one account, and no error page."""

from __future__ import annotations

import pytest

from registration.account.models import User
from tests.server import together

pytestmark = pytest.mark.both_databases

# As many as one address gets in a minute (`confirm_email` in the settings).
PRESSED = 3


def test_sign_up_sent_several_times_at_once_makes_one_account(start_server):
    server = start_server(workers=2)
    addresses = [f"ada{number}@example.org" for number in range(6)]
    for address in addresses:
        form = {"name": "Ada", "email": address}
        clients = [server.client() for _ in range(PRESSED)]
        sent = together([lambda c=client, f=form: c.post("/accounts/signup/", f) for client in clients])
        assert [(answer.status, answer.headers["Location"]) for answer in sent] == [
            (302, "/accounts/confirm-email/")
        ] * PRESSED
    assert sorted(User.objects.filter(email__in=addresses).values_list("email", flat=True)) == addresses
