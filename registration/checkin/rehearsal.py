"""Rehearsals: people practise at a checkpoint, with their own tickets or with test codes, and no scan counts.

A rehearsal that is forgotten would let people in whom nobody counts, so each ends by itself, and says so on the tablets
and on the dashboard until it does.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from registration.attendee.access_code import clean_code, fold_code
from registration.checkin.models import Checkpoint, Verdict

# On the days of the conference: long enough to show the helpers of a shift how it goes.
ON_THE_DAY = dt.timedelta(hours=1)


@dataclass(frozen=True)
class PracticeCode:
    """`code` is printed; what is read of it may have lost its dash or its capitals."""

    code: str
    verdict: Verdict
    has_note: bool = False


# The numbers stand on sheets that were printed: new ones go to the end.
PRACTICE_CODES = (
    PracticeCode("TEST-01", Verdict.ADMITTED),
    PracticeCode("TEST-02", Verdict.ADMITTED, has_note=True),
    PracticeCode("TEST-03", Verdict.ALREADY_ADMITTED),
    PracticeCode("TEST-04", Verdict.UNPAID),
    PracticeCode("TEST-05", Verdict.WRONG_TICKET),
    PracticeCode("TEST-06", Verdict.NOT_OPEN),
    PracticeCode("TEST-07", Verdict.CANCELLED),
    PracticeCode("TEST-08", Verdict.REFUNDED),
    PracticeCode("TEST-09", Verdict.REPLACED),
    PracticeCode("TEST-10", Verdict.BLOCKED),
    PracticeCode("TEST-11", Verdict.INCOMPLETE),
    PracticeCode("TEST-12", Verdict.UNKNOWN),
)
_BY_CODE = {fold_code(one.code): one for one in PRACTICE_CODES}


def practice_code(read: str) -> PracticeCode | None:
    """What a code that is nobody's ticket stands for at a checkpoint in rehearsal."""
    return _BY_CODE.get(fold_code(clean_code(read)))


def end_of_rehearsal(*, checkpoint: Checkpoint, now: dt.datetime) -> dt.datetime:
    """When a rehearsal that begins now ends by itself: before the first day of the conference with the night before it,
    from then on after ON_THE_DAY, and in any case when the checkpoint opens.
    """
    conference = checkpoint.conference
    begins = dt.datetime.combine(conference.start_date, dt.time(), tzinfo=conference.tz).astimezone(dt.UTC)
    end = now + ON_THE_DAY if conference.has_begun(now=now) else begins
    opens = checkpoint.opens_at
    return min(end, opens) if opens and now < opens else end


def start_rehearsal(*, checkpoint: Checkpoint, now: dt.datetime) -> None:
    """Or go on with one, to a new end."""
    checkpoint.rehearsal = True
    checkpoint.rehearsal_ends_at = end_of_rehearsal(checkpoint=checkpoint, now=now)
    checkpoint.save(update_fields=["rehearsal", "rehearsal_ends_at"])


def end_rehearsal(*, checkpoint: Checkpoint) -> None:
    checkpoint.rehearsal = False
    checkpoint.rehearsal_ends_at = None
    checkpoint.save(update_fields=["rehearsal", "rehearsal_ends_at"])
