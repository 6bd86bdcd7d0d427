"""At which moments exactly a checkpoint opens and closes, and a rehearsal ends. No database."""

import datetime as dt

import pytest

from registration.checkin.models import Checkpoint

OPENS = dt.datetime(2027, 6, 9, 6, tzinfo=dt.UTC)
CLOSES = dt.datetime(2027, 6, 9, 16, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "has_opened", "has_closed"),
    [
        (OPENS - MOMENT, False, False), (OPENS, True, False), (OPENS + MOMENT, True, False),
        (CLOSES - MOMENT, True, False), (CLOSES, True, True), (CLOSES + MOMENT, True, True),
    ],
)  # fmt: skip
def test_checkpoint_is_open_from_its_first_moment_and_no_more_at_its_last(now, has_opened, has_closed):
    assert Checkpoint(opens_at=OPENS, closes_at=CLOSES).is_open(now=now) is (has_opened and not has_closed)
    assert Checkpoint(opens_at=OPENS).is_open(now=now) is has_opened
    assert Checkpoint(closes_at=CLOSES).is_open(now=now) is not has_closed
    assert Checkpoint(rehearsal=True, rehearsal_ends_at=CLOSES).is_rehearsing(now=now) is not has_closed
