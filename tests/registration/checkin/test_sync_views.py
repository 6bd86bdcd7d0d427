"""The tablets' addresses: batches that are none, items that are bad (O2), lists, tokens, and who is refused."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.checkin.models import Checkpoint, Scan, Tablet
from registration.checkin.tablets import COOKIE
from tests import factories
from tests.registration.checkin.offline import Device, iso

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(conference) -> Device:
    return Device(conference, "Tablet 1")


# --- O2: bad items ----------------------------------------------------------------------------------------------------
BAD: list[dict[str, Any]] = [
    {"id": "not a number"},
    {"id": None},
    {"checkpoint": 10**15},
    {"checkpoint": "1"},
    {"code": ""},
    {"code": ["list"]},
    {"code": "\x00\ud800"},
    {"at": "yesterday"},
    {"at": "2026-06-01T08:00:00"},
    {"at": "0001-01-01T00:00:00+14:00"},
    {"at": 5},
]


def test_bad_items_are_rejected_by_id_and_fail_no_other(conference, device):
    seats = [factories.attendee(conference=conference) for _ in range(3)]
    foreign = factories.checkpoint(conference=factories.conference())
    bad = [device.scan(seats[0].access_code) | wrong for wrong in [*BAD, {"checkpoint": foreign.pk}]]
    good = [device.scan(seat.access_code) for seat in seats]
    batch = [good[0], *bad, good[1], "not a scan", None, good[2]]
    results = device.send(*batch)
    assert [result["verdict"] for result in results] == (
        ["admitted", *["rejected"] * len(bad), "admitted", "rejected", "rejected", "admitted"]
    )
    sent = [scan["id"] if isinstance(scan, dict) else None for scan in batch]
    assert [result["id"] for result in results] == sent
    assert all(result["message"] for result in results if result["verdict"] == "rejected")
    assert Scan.objects.count() == 3


def test_full_batch_with_seven_bad_items_stores_the_others(conference, device):
    seats = [factories.attendee(conference=conference) for _ in range(20)]
    good = [device.scan(seats[number % len(seats)].access_code) for number in range(193)]
    bad = [device.scan(seats[0].access_code) | wrong for wrong in BAD[:7]]
    batch = [*good[:100], *bad, *good[100:]]
    results = device.send(*batch)
    assert [result["id"] for result in results] == [
        scan["id"] if isinstance(scan["id"], str) else None for scan in batch
    ]
    assert [result["id"] for result in results if result["verdict"] == "rejected"] == [scan["id"] for scan in bad]
    assert {str(pk) for pk in Scan.objects.values_list("pk", flat=True)} == {scan["id"] for scan in good}
    assert Scan.objects.live_admissions().count() == len(seats)


def test_fault_of_ours_leaves_the_scan_on_the_tablet(conference, device, monkeypatch):
    from registration.checkin import sync

    seats = [factories.attendee(conference=conference) for _ in range(2)]
    batch = [device.scan(seat.access_code) for seat in seats]
    check_in = sync.check_in

    def stumble(**fields: Any) -> Any:
        if fields["code"] == seats[0].access_code:
            raise ZeroDivisionError
        return check_in(**fields)

    monkeypatch.setattr(sync, "check_in", stumble)
    results = device.send(*batch, waiting=9)
    assert [result["id"] for result in results] == [batch[1]["id"]]
    device.tablet.refresh_from_db()
    assert device.tablet.waiting == 8


@pytest.mark.both_databases
@pytest.mark.parametrize(("told", "left"), [(5, 3), (1, 0), (None, 7)])
def test_what_was_answered_waits_no_more(conference, device, told, left):
    """The tablet tells how many wait before it knows that these are taken in, or kept for the organisers."""
    Tablet.objects.update(waiting=7)
    good = device.scan(factories.attendee(conference=conference).access_code)
    device.send(good, device.scan(""), waiting=told)
    device.tablet.refresh_from_db()
    assert device.tablet.waiting == left


@pytest.mark.parametrize(
    "fields",
    [
        {"by": "\x00\ud800 " + "x" * 500},
        {"method": "imported"},
        {"verdict": "\x00" * 90},
        {"by": 5, "verdict": 7, "method": []},
    ],
)
def test_odd_extras_do_not_cost_a_scan(conference, device, fields):
    (result,) = device.send(device.scan(factories.attendee(conference=conference).access_code) | fields)
    assert result["verdict"] == "admitted"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "unreadable"),
        (b"[]", 400, "unreadable"),
        (b"\xff\xfe\x00", 400, "unreadable"),
        (b"[" * 100_000, 400, "unreadable"),
        (b'{"now": "2026-06-01T08:00:00Z"}', 400, "unreadable"),
        (b'{"scans": []}', 400, "unreadable"),
        (b'{"now": "2026-06-01T08:00:00", "scans": []}', 400, "unreadable"),
        (b'{"now": "2026-06-01T08:00:00Z", "scans": [' + b"0," * 200 + b"0]}", 413, "too_many"),
        (b" " * 3_000_000, 413, "too_many"),
    ],
)
def test_batch_that_is_none_is_refused_whole(device, body, status, error):
    response = device.client.post(reverse("checkin-sync", args=[device.conference.slug]), body, "application/json")
    assert (response.status_code, response.json()) == (status, {"error": error})


# --- Addresses --------------------------------------------------------------------------------------------------------
def test_list_and_its_changes_come_with_the_answer_to_a_batch(conference, device):
    seat = factories.attendee(conference=conference)
    response = device.client.get(reverse("checkin-roster", args=[conference.slug]), {"checkpoint": device.main.pk})
    assert "no-store" in response["Cache-Control"]
    listed = response.json()
    assert listed["complete"] is True
    assert listed["checkpoint"] == {
        "id": device.main.pk, "name": "Main entrance", "is_main": True, "entry": "once", "hands_out": False,
        "opens_at": None,
        "closes_at": None, "unpaid": "refuse", "rehearsal": False, "rehearsal_ends_at": None, "timezone": "Europe/Berlin",
        "conference": conference.name,
    }  # fmt: skip
    body = device.post(device.scan(seat.access_code), cursor=listed["cursor"], checkpoint=device.main.pk).json()
    assert [row[:1] for row in body["roster"]["people"]] == [[seat.access_code]]
    assert (body["roster"]["complete"], body["roster"]["removed"]) == (False, [])
    assert device.post().json()["roster"] is None


def test_list_is_compressed_for_who_can_read_it(conference, device):
    factories.attendee(conference=conference)
    path = reverse("checkin-roster", args=[conference.slug])
    plain = device.client.get(path, {"checkpoint": device.main.pk}).json()
    packed = device.client.get(path, {"checkpoint": device.main.pk}, headers={"Accept-Encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content))["people"] == plain["people"]


def test_list_of_another_conference_is_not_there(conference, device):
    other = factories.conference()
    factories.attendee(conference=other, name="Secret Person")
    theirs = Checkpoint.objects.main(other)
    for slug, checkpoint, error in (
        (other.slug, theirs.pk, "unknown_conference"), (conference.slug, theirs.pk, "unknown_checkpoint"),
    ):  # fmt: skip
        response = device.client.get(reverse("checkin-roster", args=[slug]), {"checkpoint": checkpoint})
        assert (response.status_code, response.json()) == (404, {"error": error})


def test_token_is_one_that_a_batch_can_be_sent_with(conference, device):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[COOKIE] = device.client.cookies[COOKIE].value
    path = reverse("checkin-sync", args=[conference.slug])
    body = json.dumps({"now": iso(timezone.now()), "scans": []})
    refused = strict.post(path, body, "application/json")
    assert (refused.status_code, refused.json()) == (403, {"error": "csrf"})
    token = strict.get(reverse("checkin-token", args=[conference.slug]))
    assert (token.json()["signed_in"], "no-store" in token["Cache-Control"]) == (True, True)
    assert (
        strict.post(path, body, "application/json", headers={"X-CSRFToken": token.json()["token"]}).status_code == 200
    )


@pytest.mark.both_databases
def test_revoked_tablet_is_told_so(conference, device):
    Tablet.objects.update(revoked_at=timezone.now())
    for response in (
        device.post(),
        device.client.get(reverse("checkin-roster", args=[conference.slug])),
        device.client.get(reverse("checkin-token", args=[conference.slug])),
    ):
        assert (response.status_code, response.json()["error"]) == (403, "revoked")
