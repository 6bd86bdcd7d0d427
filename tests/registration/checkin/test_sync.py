"""What becomes of scans that a tablet made without a network: O1 to O3 of the hostile cases, one request after another.

At once and cut off they are in tests/hostile/test_offline_sync.py.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin.admission import undo_check_in
from registration.checkin.models import Checkpoint, Scan, Tablet
from registration.order.cancellation import cancel_seat
from tests import factories
from tests.registration.checkin.offline import Device, everybody, iso, scan_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(conference) -> Device:
    return Device(conference, "Tablet 1")


def test_offline_admission_becomes_a_scan_of_the_moment_it_was_made(conference, device):
    seat = factories.attendee(
        conference=conference, name="Ana", ticket_type=factories.ticket_type(conference=conference)
    )
    made = device.scan(seat.access_code.lower(), method="wedge")
    (result,) = device.send(made)

    assert result == {
        "id": made["id"], "verdict": "admitted", "conflict": False, "replay": False, "undone": False, "rehearsal": False,
        "attendee": {"code": seat.access_code, "name": "Ana", "ticket": seat.ticket_type.name},
        "first": None, "message": "",
    }  # fmt: skip
    scan = Scan.objects.get()
    assert (str(scan.pk), scan.tablet, scan.scanned_by, scan.scanned_by_name) == (
        made["id"],
        device.tablet,
        None,
        "Kim",
    )
    assert (scan.method, scan.device_verdict, scan.conflict) == ("wedge", "admitted", False)
    assert scan.scanned_at == dt.datetime.fromisoformat(made["at"])
    assert abs(scan.effective_at - scan.scanned_at) < dt.timedelta(seconds=5)
    assert scan.received_at - scan.effective_at > dt.timedelta(minutes=9)
    seat.refresh_from_db()
    assert seat.checked_in_at == scan.effective_at


@pytest.mark.parametrize("hours", [-3, 3])
def test_wrong_clock_is_corrected_and_what_it_said_is_kept(conference, hours):
    device = Device(conference, "Tablet 1", ahead=dt.timedelta(hours=hours))
    seat = factories.attendee(conference=conference)
    device.send(device.scan(seat.access_code))
    scan = Scan.objects.get()
    real = timezone.now() - dt.timedelta(minutes=10)
    assert abs(scan.effective_at - real) < dt.timedelta(seconds=5)
    assert abs(scan.scanned_at - real - dt.timedelta(hours=hours)) < dt.timedelta(seconds=5)
    assert abs(scan.clock_offset + hours * 3600) < 5
    device.tablet.refresh_from_db()
    assert device.tablet.clock_offset == scan.clock_offset


@pytest.mark.parametrize(
    ("offset", "known"), [(10_800_000, True), (0, True), (None, False), (True, False), ("3", False), (10**14, False)]
)
def test_clock_that_was_set_since_is_corrected_by_what_the_tablet_knew(conference, device, offset, known):
    """It was three hours behind when the scan was made, and is right when it sends."""
    seat = factories.attendee(conference=conference)
    device.send(device.scan(seat.access_code, ago=dt.timedelta(hours=3, minutes=10), offset=offset))
    scan = Scan.objects.get()
    hours = 3 if known and offset else 0
    assert abs(scan.effective_at - scan.scanned_at - dt.timedelta(hours=hours)) < dt.timedelta(seconds=5)
    assert abs(scan.clock_offset - hours * 3600) < 5


def test_no_scan_is_later_than_its_arrival(conference, device):
    seat = factories.attendee(conference=conference)
    device.send(device.scan(seat.access_code, ago=-dt.timedelta(hours=5)))
    scan = Scan.objects.get()
    assert scan.effective_at == scan.received_at


@pytest.mark.both_databases
def test_late_scan_makes_the_person_checked_in_earlier(conference, device):
    main = Checkpoint.objects.main(conference)
    Checkpoint.objects.update(entry="daily")
    main.refresh_from_db()
    seat = factories.attendee(conference=conference)
    now = timezone.now()
    scan_at(main, seat.access_code, now=now)
    (result,) = device.send(device.scan(seat.access_code, ago=dt.timedelta(days=1)))
    assert (result["verdict"], result["conflict"]) == ("admitted", False)
    seat.refresh_from_db()
    assert abs(seat.checked_in_at - now + dt.timedelta(days=1)) < dt.timedelta(seconds=5)
    scan_at(main, seat.access_code, now=now + dt.timedelta(days=1))
    before = seat.checked_in_at
    seat.refresh_from_db()
    assert seat.checked_in_at == before


# --- O1: the same batch again -----------------------------------------------------------------------------------------
def without_replay(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in result.items() if key != "replay"} for result in results]


@pytest.mark.both_databases
def test_same_batch_again_changes_nothing_and_answers_the_same(conference, device):
    seats = [factories.attendee(conference=conference) for _ in range(5)]
    seats += [factories.attendee(conference=conference, state="cancelled")]
    batch = [device.scan(seat.access_code) for seat in seats]
    batch += [device.scan(seats[0].access_code, verdict="already_admitted"), device.scan("nobody's", verdict="unknown")]
    first = device.send(*batch)
    stored = list(Scan.objects.order_by("pk").values())
    assert [result["verdict"] for result in first] == ["admitted"] * 5 + ["cancelled", "already_admitted", "unknown"]
    assert [result["conflict"] for result in first] == [False] * 5 + [True, False, False]
    for _time in range(2):
        again = device.send(*batch)
        assert without_replay(again) == without_replay(first)
        assert {result["replay"] for result in again} == {True}
        assert list(Scan.objects.order_by("pk").values()) == stored


def test_scan_whose_reply_was_lost_brings_what_the_tablet_decided_once(conference, device):
    main = device.main
    seat = factories.attendee(conference=conference)
    scan_at(main, seat.access_code)
    made = device.scan(seat.access_code)
    scan_at(main, seat.access_code, scan_id=uuid.UUID(made["id"]), tablet=device.tablet)
    (result,) = device.send(made)
    assert (result["verdict"], result["conflict"], result["replay"]) == ("already_admitted", True, True)
    assert Scan.objects.get(pk=made["id"]).device_verdict == "admitted"
    (result,) = device.send(made | {"verdict": "already_admitted"})
    assert (result["verdict"], result["conflict"], result["replay"]) == ("already_admitted", True, True)
    assert Scan.objects.get(pk=made["id"]).device_verdict == "admitted"


@pytest.mark.parametrize("said", ["unpaid", "already_admitted", "unknown"])
def test_whom_the_tablet_turned_away_is_not_in_and_may_come_again(conference, device, said):
    """Its list was old: meanwhile they have paid, or what was in the way was taken back."""
    seat = factories.attendee(conference=conference)
    (result,) = device.send(device.scan(seat.access_code, verdict=said))
    assert (result["verdict"], result["conflict"]) == (said, False)
    assert conference.attendees.checked_in().count() == 0
    assert scan_at(device.main, seat.access_code).verdict == "admitted"


@pytest.mark.both_databases
def test_whom_we_let_in_and_the_tablet_that_did_not_hear_it_turned_away_may_come_again(conference, device):
    seat = factories.attendee(conference=conference)
    made = device.scan(seat.access_code, verdict="unpaid")
    scan_at(device.main, seat.access_code, scan_id=uuid.UUID(made["id"]), tablet=device.tablet)
    for _time in range(2):
        (result,) = device.send(made)
        assert (result["verdict"], result["undone"], result["replay"]) == ("admitted", True, True)
    assert Scan.objects.get().undo_reason == "Turned away: the answer did not arrive in time."
    assert conference.attendees.checked_in().count() == 0
    assert scan_at(device.main, seat.access_code).verdict == "admitted"
    # Its list may have had that very admission from us.
    other = factories.attendee(conference=conference)
    made = device.scan(other.access_code, verdict="already_admitted")
    scan_at(device.main, other.access_code, scan_id=uuid.UUID(made["id"]), tablet=device.tablet)
    (result,) = device.send(made)
    assert (result["verdict"], result["undone"]) == ("admitted", False)


def test_id_of_another_scan_is_rejected(conference, device):
    made = device.scan(factories.attendee(conference=conference).access_code)
    device.send(made)
    (result,) = device.send(made | {"code": "another"})
    assert (result["verdict"], result["id"]) == ("rejected", made["id"])
    assert Scan.objects.count() == 1


def test_scan_that_was_taken_back_meanwhile_says_so(conference, device):
    seat = factories.attendee(conference=conference)
    made = device.scan(seat.access_code)
    device.send(made)
    undo_check_in(
        conference=conference, scan_id=uuid.UUID(made["id"]), by=None, role=Role.ORGANISER, reason="Wrong person", now=timezone.now()
    )  # fmt: skip
    (result,) = device.send(made)
    assert (result["verdict"], result["undone"], result["conflict"]) == ("admitted", True, False)
    assert "Wrong person" in result["message"]


# --- O3: conflicts ----------------------------------------------------------------------------------------------------
def test_two_offline_tablets_with_one_ticket_make_one_admission_and_one_conflict(conference, device):
    other = Device(conference, "Tablet 2")
    seat = factories.attendee(conference=conference)
    (first,) = other.send(other.scan(seat.access_code, ago=dt.timedelta(minutes=5), by="Jo"))
    earlier = device.scan(seat.access_code, ago=dt.timedelta(minutes=9))
    (second,) = device.send(earlier)

    assert (first["verdict"], first["conflict"]) == ("admitted", False)
    assert (second["verdict"], second["conflict"]) == ("already_admitted", True)
    assert {key: second["first"][key] for key in ("checkpoint", "tablet", "by")} == {
        "checkpoint": "Main entrance", "tablet": "Tablet 2", "by": "Jo",
    }  # fmt: skip
    assert (Scan.objects.count(), Scan.objects.live_admissions().count()) == (2, 1)
    assert conference.attendees.checked_in().count() == 1
    third = scan_at(device.main, seat.access_code)
    assert str(third.first.pk) == earlier["id"]
    assert str(third.admission.pk) == first["id"]
    assert everybody(device.main)[seat.access_code]["used_at"] == iso(third.first.effective_at.replace(microsecond=0))


def test_what_the_tablet_let_in_and_the_server_would_not_is_kept_as_a_conflict(conference, device):
    order = factories.order(conference=conference)
    seat = order.attendees.get()
    cancel_seat(attendee=seat, reason="ill", by=None, now=timezone.now())
    results = device.send(
        device.scan(seat.access_code), device.scan("nobody's"), device.scan("nobody's", verdict="unknown")
    )
    assert [(result["verdict"], result["conflict"]) for result in results] == [
        ("cancelled", True), ("unknown", True), ("unknown", False),
    ]  # fmt: skip
    assert Scan.objects.count() == 3
    assert conference.attendees.checked_in().count() == 0


@pytest.mark.both_databases
def test_rehearsal_makes_no_conflict(conference, device):
    Checkpoint.objects.update(rehearsal=True)
    seat = factories.attendee(conference=conference, state="cancelled")
    (result,) = device.send(device.scan(seat.access_code))
    assert (result["verdict"], result["conflict"]) == ("cancelled", False)


# --- Who, and what is told of the tablet ------------------------------------------------------------------------------
def test_signed_in_sender_is_the_scanner_only_of_what_bears_no_other_name(conference, client_as):
    client = client_as(Role.DOOR)
    main = Checkpoint.objects.main(conference)
    scans = [
        {"id": str(uuid.uuid4()), "checkpoint": main.pk, "code": factories.attendee(conference=conference).access_code,
         "verdict": "admitted", "at": iso(timezone.now()), "by": by}
        for by in (None, client.user.name, "Somebody before")
    ]  # fmt: skip
    body = json.dumps({"now": iso(timezone.now()), "scans": scans})
    client.post(reverse("checkin-sync", args=[conference.slug]), body, "application/json")
    stored = {str(scan.pk): (scan.scanned_by, scan.scanned_by_name) for scan in Scan.objects.all()}
    assert [stored[scan["id"]] for scan in scans] == [
        (client.user, client.user.name), (client.user, client.user.name), (None, "Somebody before"),
    ]  # fmt: skip


@pytest.mark.both_databases
def test_sync_notes_what_the_tablet_tells_of_itself(device):
    listed = timezone.now() - dt.timedelta(minutes=3)
    device.send(waiting=37, battery=81, by="Kim", list_from=iso(listed))
    tablet = Tablet.objects.get()
    assert (tablet.waiting, tablet.battery, tablet.last_person, tablet.list_from) == (37, 81, "Kim", listed)
    assert timezone.now() - tablet.last_seen_at < dt.timedelta(seconds=5)
    device.send(waiting=-1, battery=101, by=None, list_from="then")
    tablet.refresh_from_db()
    assert (tablet.waiting, tablet.battery, tablet.last_person, tablet.list_from) == (37, None, "Kim", listed)
