"""What one scan answers, and what it writes."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from conferences.models import Conference
from registration.attendee.models import AttendeeState
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Scan, Verdict
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def scan(conference: Conference, code: str, **fields):
    given = {
        "checkpoint": Checkpoint.objects.main(conference),
        "scan_id": uuid.uuid4(),
        "by": None,
        "now": timezone.now(),
    }
    return check_in(code=code, **given | fields)


def test_valid_ticket_is_admitted_and_marked(conference):
    seat = factories.attendee(conference=conference)
    answer = scan(conference, seat.access_code)
    seat.refresh_from_db()
    assert answer.verdict == Verdict.ADMITTED
    assert seat.checked_in_at == answer.scan.effective_at


def test_second_scan_names_the_first(conference):
    """Not somebody else's, who came earlier, nor the same person's elsewhere or on another day."""
    place, elsewhere = (factories.checkpoint(conference=conference, entry="daily") for _ in range(2))
    seat, other = factories.attendee(conference=conference), factories.attendee(conference=conference)
    now = timezone.now()
    scan(conference, seat.access_code, checkpoint=place, now=now - DAY)
    scan(conference, seat.access_code, checkpoint=elsewhere, now=now)
    scan(conference, other.access_code, checkpoint=place, now=now)
    first = scan(conference, seat.access_code, checkpoint=place, now=now)
    second = scan(conference, seat.access_code, checkpoint=place, now=now)
    assert (second.verdict, second.admission, second.first) == (Verdict.ALREADY_ADMITTED, first.scan, first.scan)
    assert Scan.objects.count() == 5


def test_same_scan_id_answers_as_the_first_time(conference):
    seat = factories.attendee(conference=conference)
    scan_id = uuid.uuid4()
    first, again = (scan(conference, seat.access_code, scan_id=scan_id) for _ in range(2))
    assert [first.is_replay, again.is_replay] == [False, True]
    assert again.verdict == Verdict.ADMITTED
    assert Scan.objects.count() == 1


def test_cancelled_ticket_is_refused(conference):
    seat = factories.attendee(conference=conference, state=AttendeeState.CANCELLED)
    assert scan(conference, seat.access_code).verdict == Verdict.CANCELLED


def test_code_of_another_conference_is_unknown(conference):
    other = factories.attendee(conference=factories.conference())
    answer = scan(conference, other.access_code)
    assert (answer.verdict, answer.attendee) == (Verdict.UNKNOWN, None)
