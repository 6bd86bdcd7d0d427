"""What is done to one tablet, or to one conflict, leaves the others as they are."""

import datetime as dt

import pytest

from registration.checkin.conflicts import count_open, find_conflict, reopen_conflict, settle_conflict
from registration.checkin.pairing import find_pairing, open_pairing
from registration.checkin.tablets import device_of, note_seen, revoke_tablet
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 8, tzinfo=dt.UTC)


def test_revoking_a_tablet_leaves_the_others(conference):
    lost, linked = (factories.paired_tablet(conference=conference)[0] for _ in range(2))
    working, secret = factories.paired_tablet(conference=conference)
    token = open_pairing(tablet=linked, now=NOW)
    revoke_tablet(tablet=lost, by=factories.user(), now=NOW)
    assert find_pairing(slug=conference.slug, token=token, now=NOW) == linked
    device = device_of(secret)
    assert (device.tablet, device.is_live) == (working, True)


def test_seeing_a_tablet_says_nothing_of_the_others(conference):
    here, away = (factories.tablet(conference=conference) for _ in range(2))
    note_seen(tablet=here, person="Kim", now=NOW)
    away.refresh_from_db()
    assert (away.last_seen_at, away.last_person) == (None, "")


@pytest.fixture
def conflicts(conference):
    return [factories.conflict(attendee=factories.attendee(conference=conference)) for _ in range(2)]


def settle(conference, scan):
    settle_conflict(
        conflict=find_conflict(conference, scan.pk), note=f"Of {scan.attendee}.", by=None, by_name="Kim", now=NOW
    )


def test_conflict_is_found_and_settled_by_itself(conference, conflicts):
    for number, scan in enumerate(conflicts, start=1):
        found = find_conflict(conference, scan.pk)
        assert (found.scan, list(found.entries), found.settlement) == (scan, [scan], None)
        settle(conference, scan)
        assert count_open(conference) == len(conflicts) - number


def test_conflict_is_opened_again_by_itself(conference, conflicts):
    for scan in conflicts:
        settle(conference, scan)
    opened, other = conflicts
    reopen_conflict(conflict=find_conflict(conference, opened.pk), by=None, by_name="Kim", now=NOW)
    assert find_conflict(conference, opened.pk).settlement is None
    assert find_conflict(conference, other.pk).settlement is not None
