"""At which moment exactly an invitation is over. No database."""

import datetime as dt

import pytest

from registration.invitation.models import Invitation

UNTIL = dt.datetime(2027, 5, 1, 8, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(("now", "is_open"), [(UNTIL - MOMENT, True), (UNTIL, False), (UNTIL + MOMENT, False)])
def test_invitation_is_over_at_the_moment_it_is_valid_until(now, is_open):
    assert Invitation(expires_at=UNTIL).is_open(now=now) is is_open
