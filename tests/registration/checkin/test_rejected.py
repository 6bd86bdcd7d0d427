"""Scans of a tablet in use that cannot be recorded as they came: answered `rejected`, kept, and decided by an organiser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin import quarantine, views_sync
from registration.checkin.checkpoints import delete_checkpoint
from registration.checkin.conflicts import conflicts_of, count_open
from registration.checkin.models import Checkpoint, Scan
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.quarantine import accept_batch, batches_of, count_open_batches
from registration.checkin.sync import take_scans
from registration.errors import RegistrationError
from tests import factories
from tests.registration.checkin.offline import Device

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(conference) -> Device:
    return Device(conference, "Tablet 1")


@pytest.fixture
def lost(conference, device):
    """What the tablet scanned at a checkpoint that was deleted before it was sent, and whose ticket that was."""
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li"))
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    scan = device.scan(seat.access_code, checkpoint=lunch.pk, place="Lunch")
    delete_checkpoint(checkpoint=lunch)
    return scan, seat


def accept(**fields) -> None:
    accept_batch(**{"batch": HeldBatch.objects.get(), "by": factories.user(), "now": timezone.now()} | fields)


def url(conference) -> str:
    return reverse("checkin-held", args=[conference.slug, HeldBatch.objects.get().pk])


@pytest.mark.both_databases
def test_scan_of_a_deleted_checkpoint_is_kept_once_with_what_the_tablet_said(conference, device, lost):
    scan, seat = lost
    (result,) = device.send(scan)
    assert (result["id"], result["verdict"], result["kept"]) == (scan["id"], "rejected", True)
    assert "does not exist" in result["message"]
    assert device.send(scan) == [result]
    held = HeldScan.objects.get()
    assert (held.checkpoint, held.place, held.code, held.device_verdict, held.scanned_by_name, held.method) == (
        None, "Lunch", seat.access_code, "admitted", "Kim", "camera",
    )  # fmt: skip
    assert abs(timezone.now() - held.scanned_at).total_seconds() > 500
    assert (count_open_batches(conference), Scan.objects.count(), held.batch.sender) == (1, 0, "Tablet 1")


@pytest.mark.django_db(transaction=True)
def test_checkpoint_that_is_deleted_while_a_batch_is_taken_in_fails_nothing(conference, device, monkeypatch):
    lunch = factories.checkpoint(conference=conference, name="Lunch")

    def take_late(**given):
        delete_checkpoint(checkpoint=lunch)
        return take_scans(**given)

    monkeypatch.setattr(views_sync, "take_scans", take_late)
    (result,) = device.send(device.scan("X", checkpoint=lunch.pk, place="Lunch"))
    assert (result["verdict"], result["kept"], "does not exist" in result["message"]) == ("rejected", True, True)
    assert (HeldScan.objects.get().checkpoint, HeldScan.objects.get().place) == (None, "Lunch")


def test_it_is_taken_in_at_another_checkpoint_for_the_moment_it_was_made(conference, device, lost):
    scan, seat = lost
    device.send(scan)
    with pytest.raises(RegistrationError) as refused:
        accept()
    assert (refused.value.code, HeldBatch.objects.get().decision) == ("checkpoint_missing", "")
    accept(checkpoint=device.main)
    taken = Scan.objects.get()
    assert (taken.verdict, taken.attendee, taken.tablet, taken.scanned_by_name) == (
        "admitted",
        seat,
        device.tablet,
        "Kim",
    )
    seat.refresh_from_db()
    assert (
        seat.checked_in_at
        == taken.effective_at
        == HeldScan.objects.get().scanned_at + (taken.effective_at - taken.scanned_at)
    )
    assert count_open_batches(conference) == 0
    (again,) = device.send(scan)  # the reply was lost until now
    assert (again["kept"], Scan.objects.count(), HeldScan.objects.count()) == (True, 1, 1)


@pytest.mark.both_databases
def test_everything_that_only_the_server_finds_wrong_is_kept_and_can_be_taken_in(conference, device):
    """A code that cannot be read is nobody's: it was let in, and stands among the conflicts."""
    first, second = (factories.attendee(conference=conference) for _ in range(2))
    good = device.scan(first.access_code)
    reused = good | {"code": second.access_code}
    bad = [
        reused, device.scan("\x00"), device.scan("A\x00B", checkpoint=0), device.scan(second.access_code, at="noon"), "junk", None,
    ]  # fmt: skip
    results = device.send(good, *bad)
    assert [(one["verdict"], one.get("kept")) for one in results] == [("admitted", None), *[("rejected", True)] * 6]
    assert [one["verdict"] for one in device.send(*bad)] == ["rejected"] * 6
    assert (HeldScan.objects.count(), batches_of(conference, is_open=True).get().refused) == (6, 6)
    accept(checkpoint=device.main)
    assert sorted(Scan.objects.values_list("verdict", flat=True)) == [
        "admitted", "admitted", "already_admitted", *["unknown"] * 4,
    ]  # fmt: skip
    # Of the four that are nobody's, two say that somebody was let in.
    assert (count_open(conference), conflicts_of(conference).filter(verdict="unknown").count()) == (3, 2)


def test_where_there_is_no_room_the_tablet_keeps_it(device, lost, monkeypatch):
    monkeypatch.setattr(quarantine, "MAX_HELD", 0)
    (result,) = device.send(lost[0])
    assert (result["verdict"], result["kept"], HeldScan.objects.count()) == ("rejected", False, 0)


def test_same_words_at_two_conferences_are_two_scans(conference, device):
    other = Device(factories.conference(), "Tablet 1")
    for each in (device, other):
        assert each.send("junk")[0]["kept"]
    assert HeldScan.objects.count() == 2


@pytest.mark.both_databases
def test_scan_of_a_person_is_kept_under_their_name(conference, client_as, lost):
    device, scan = Device(conference, "Tablet 2"), lost[0]
    device.client = client_as(Role.DOOR)
    device.send(scan)
    assert HeldBatch.objects.get().sender == device.client.user.name


@pytest.mark.both_databases
def test_organiser_chooses_where_or_discards_and_the_dashboard_counts(client_as, conference, device, lost):
    device.send(lost[0], device.scan(lost[1].access_code, checkpoint=0) | {"code": 5})
    organiser = client_as(Role.ORGANISER)
    dashboard = organiser.get(f"/staff/{conference.slug}/").content.decode()
    assert "Scans of 1 device are held back." in dashboard
    assert "or could not be recorded as they came" in dashboard
    worklist = organiser.get(reverse("checkin-conflicts", args=[conference.slug])).content.decode()
    assert "could not record these scans as they came" in worklist
    page = organiser.get(url(conference)).content.decode()
    for said in (
        "Bo Li",
        "Lunch",
        "(deleted)",
        "This checkpoint does not exist here.",
        "&quot;code&quot;: 5",
        "Not known",
    ):
        assert said in page
    refused = organiser.post(url(conference), {"accept": "1"})
    assert (refused.status_code, "Choose where" in refused.content.decode()) == (422, True)
    foreign = factories.checkpoint(conference=factories.conference())
    assert organiser.post(url(conference), {"accept": "1", "checkpoint": foreign.pk}).status_code == 422
    assert organiser.post(url(conference), {"reason": "not ours"}).status_code == 302
    assert (count_open_batches(conference), Scan.objects.count()) == (0, 0)
    assert organiser.post(url(conference), {"accept": "1", "checkpoint": device.main.pk}).status_code == 302
    assert Scan.objects.filter(checkpoint=Checkpoint.objects.main(conference)).count() == 2
    page = organiser.get(url(conference)).content.decode()
    assert ("(deleted)" in page, 'name="accept"' in page) == (False, False)
