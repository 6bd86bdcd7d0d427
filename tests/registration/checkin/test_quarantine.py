"""O4: scans of whoever is no longer here admit nobody, are kept, and taken in or discarded by an organiser."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import FormerStaff, Role
from conferences.staffing import remove_staff
from registration.checkin import quarantine
from registration.checkin.conflicts import count_open
from registration.checkin.models import RetiredSecret, Scan, Tablet
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.quarantine import accept_batch, batches_of, discard_batch
from registration.checkin.tablets import digest
from registration.errors import RegistrationError
from tests import factories
from tests.registration.checkin.offline import Device, scan_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(conference) -> Device:
    """Revoked."""
    return Device(conference, "Tablet 1", revoked_at=timezone.now())


def send(device: Device, *scans, **fields) -> list[tuple[str, str]]:
    response = device.post(*scans, **fields)
    assert (response.status_code, response.json()["error"]) == (403, "revoked")
    return [(result["id"], result["verdict"]) for result in response.json()["results"]]


def seats(conference, number: int = 3):
    return [factories.attendee(conference=conference) for _ in range(number)]


def accept(device: Device, **fields) -> None:
    fields = {"by": factories.user(name="Oğuz"), "now": timezone.now()} | fields
    accept_batch(batch=HeldBatch.objects.get(), **fields)


# --- Kept -------------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_scans_of_a_revoked_tablet_admit_nobody_and_are_kept_once(conference, device):
    scans = [device.scan(seat.access_code) for seat in seats(conference)]
    kept = [(scan["id"], "held") for scan in scans]
    assert send(device, *scans[:2]) == kept[:2]
    assert send(device, *scans) == send(device, *scans) == kept
    assert (Scan.objects.count(), conference.attendees.checked_in().count()) == (0, 0)
    batch = batches_of(conference, is_open=True).get()
    assert (batch.sender, batch.number, batch.green) == ("Tablet 1", 3, 3)
    assert sorted(str(held.pk) for held in batch.scans.all()) == sorted(scan["id"] for scan in scans)


@pytest.mark.both_databases
def test_bad_ones_are_kept_too_and_what_is_no_batch_is_only_refused(conference, device):
    (seat,) = seats(conference, 1)
    good, bad = device.scan(seat.access_code), device.scan("")
    assert send(device, good, bad) == [(good["id"], "held"), (bad["id"], "rejected")]
    assert send(device, good | {"code": "XX4Q0000"}, good) == [(good["id"], "rejected"), (good["id"], "held")]
    path = reverse("checkin-sync", args=[conference.slug])
    for body in (b"", b"[]", b" " * 3_000_000):
        response = device.client.post(path, body, "application/json")
        assert (response.status_code, response.json()) == (403, {"error": "revoked"})
    assert sorted(HeldScan.objects.values_list("code", flat=True)) == sorted(["", "XX4Q0000", seat.access_code])


@pytest.mark.both_databases
def test_device_whose_place_was_taken_by_another_is_told_from_that_one(conference):
    """The tablet itself goes on; only what the old device sends is held."""
    device = Device(conference, "Tablet 1")
    held = device.tablet.secret_digest
    RetiredSecret.objects.create(tablet=device.tablet, digest=held, retired_at=timezone.now())
    Tablet.objects.update(secret_digest=digest("another"))
    scan = device.scan(seats(conference)[0].access_code)
    assert send(device, scan) == [(scan["id"], "held")]


@pytest.mark.both_databases
def test_tablet_in_self_check_in_is_forbidden_and_its_scans_are_kept(conference):
    device = Device(conference, "Tablet 1")
    scan = device.scan(seats(conference)[0].access_code)
    Tablet.objects.update(is_kiosk=True, kiosk_pin="x")
    response = device.post(scan)
    assert (response.status_code, response.json()["error"]) == (403, "forbidden")
    assert [result["verdict"] for result in response.json()["results"]] == ["held"]
    assert Scan.objects.count() == 0


def test_scans_of_who_lost_their_role_are_kept_and_a_strangers_are_not(client_as, conference):
    device, staff, stranger = Device(conference, "Tablet 1"), client_as(Role.DESK), client_as()
    scan = device.scan(seats(conference)[0].access_code)
    remove_staff(held=staff.user.staff_roles.get())
    device.client = stranger
    assert (device.post(scan).status_code, HeldScan.objects.count()) == (404, 0)
    device.client = staff
    assert send(device, scan) == [(scan["id"], "held")]
    assert batches_of(conference, is_open=True).get().sender == staff.user.name
    page = staff.get(reverse("checkin", args=[conference.slug]))
    assert (page.status_code, "No longer on the staff" in page.content.decode()) == (403, True)
    other = factories.conference()
    assert staff.get(reverse("checkin", args=[other.slug])).status_code == 404
    factories.staff(conference=conference, role=Role.DOOR, user=staff.user)
    assert device.post(scan).status_code == 200


@pytest.mark.both_databases
def test_role_that_the_admin_took_is_remembered(admin_client, conference):
    first, second = (factories.staff(conference=conference, role=Role.DOOR) for _ in range(2))
    many = {"action": "delete_selected", "_selected_action": [first.pk, second.pk], "post": "yes"}
    admin_client.post(reverse("admin:conferences_staffrole_changelist"), many)
    assert set(FormerStaff.objects.values_list("user", flat=True)) == {first.user_id, second.user_id}


@pytest.mark.both_databases
def test_nobody_fills_the_disk(conference, device, monkeypatch):
    """What there is no room for is not answered, so it stays on the device, and comes when there is."""
    monkeypatch.setattr(quarantine, "MAX_HELD", 3)
    scans = [device.scan(f"XX4Q{number:04}") for number in range(5)]
    assert send(device, *scans) == [(scan["id"], "held") for scan in scans[:3]]
    assert send(device, *scans[3:]) == []
    assert send(device, scans[0] | {"code": "y" * 100_000}) == []
    long = device.scan("y" * 100_000)
    discard_batch(batch=HeldBatch.objects.get(), reason="a joke", by=factories.user(), now=timezone.now())
    assert send(device, *scans[3:], long) == [(scan["id"], "held") for scan in [*scans[3:], long]]
    assert (HeldBatch.objects.count(), len(HeldScan.objects.get(pk=long["id"]).code)) == (2, 2000)


# --- Taken in or discarded ----------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_accepted_scans_are_late_scans_like_any_other(conference, device):
    """One admitted for the moment it was made, one let in twice, one cancelled meanwhile; the order of arrival decides."""
    fresh, twice, cancelled = seats(conference)
    scan_at(device.main, twice.access_code)
    made = [device.scan(seat.access_code, by="Kim") for seat in (fresh, twice, cancelled)]
    send(device, *made, device.scan("XX4Q0000", verdict="unknown"))
    factories.end(cancelled)
    accept(device)
    scans = {str(scan.pk): scan for scan in Scan.objects.filter(tablet=device.tablet)}
    assert [(scans[one["id"]].verdict, scans[one["id"]].conflict) for one in made] == [
        ("admitted", False), ("already_admitted", True), ("cancelled", True),
    ]  # fmt: skip
    assert (len(scans), scans[made[0]["id"]].scanned_by_name, count_open(conference)) == (4, "Kim", 2)
    first = scans[made[0]["id"]]
    assert abs(timezone.now() - dt.timedelta(minutes=10) - first.effective_at) < dt.timedelta(minutes=1)
    fresh.refresh_from_db()
    assert fresh.checked_in_at == first.effective_at
    assert batches_of(conference, is_open=True).count() == 0
    accept(device)
    assert (Scan.objects.count(), send(device, made[0])) == (5, [(made[0]["id"], "held")])


@pytest.mark.both_databases
def test_wrong_clock_of_a_held_scan_is_corrected_and_nothing_is_later_than_its_arrival(conference):
    device = Device(conference, "Tablet 1", ahead=dt.timedelta(hours=3), revoked_at=timezone.now())
    first, second = seats(conference, 2)
    send(device, device.scan(first.access_code), device.scan(second.access_code, ago=-dt.timedelta(hours=5)))
    arrived = timezone.now()
    accept(device, now=arrived + dt.timedelta(hours=9))
    late = Scan.objects.get(attendee=first)
    assert abs(arrived - dt.timedelta(minutes=10) - late.effective_at) < dt.timedelta(minutes=1)
    assert Scan.objects.get(attendee=second).effective_at <= arrived


@pytest.mark.both_databases
def test_accepting_goes_on_where_it_stumbled(conference, device, monkeypatch):
    from registration.checkin import sync

    made = [device.scan(seat.access_code) for seat in seats(conference)]
    send(device, *made)
    check_in = sync.check_in

    def stumble(**fields):
        if str(fields["scan_id"]) == made[1]["id"]:
            raise ZeroDivisionError
        return check_in(**fields)

    monkeypatch.setattr(sync, "check_in", stumble)
    accept(device)
    assert (Scan.objects.count(), batches_of(conference, is_open=True).count()) == (2, 1)
    late = device.scan(seats(conference, 1)[0].access_code)
    send(device, late)  # after the decision: another batch
    assert HeldBatch.objects.count() == 2
    monkeypatch.undo()
    accept_batch(batch=HeldBatch.objects.get(decision="accepted"), by=factories.user(), now=timezone.now())
    assert (Scan.objects.count(), batches_of(conference, is_open=True).get().number) == (3, 1)


@pytest.mark.both_databases
def test_scan_that_cannot_be_recorded_says_why(conference, device):
    seat, other = seats(conference, 2)
    scan = device.scan(seat.access_code)
    scan_at(device.main, other.access_code, scan_id=scan["id"])
    send(device, scan)
    accept(device)
    assert "recorded before with another code" in HeldScan.objects.get().problem
    assert batches_of(conference, is_open=True).count() == 0


@pytest.mark.both_databases
def test_discarding_needs_a_reason_loses_nothing_and_can_be_taken_back(conference, device):
    scan = device.scan(seats(conference)[0].access_code)
    send(device, scan)
    discard = {"batch": HeldBatch.objects.get(), "by": factories.user(), "now": timezone.now()}
    with pytest.raises(RegistrationError) as refused:
        discard_batch(reason=" ", **discard)
    assert refused.value.code == "reason_missing"
    discard_batch(reason="stolen", **discard)
    assert (Scan.objects.count(), HeldScan.objects.count(), batches_of(conference, is_open=True).count()) == (0, 1, 0)
    assert send(device, scan) == [(scan["id"], "held")]
    accept(device)
    batch = batches_of(conference, is_open=False).get()
    assert (Scan.objects.count(), batch.decision, batch.reason) == (1, "accepted", "stolen")
    with pytest.raises(RegistrationError) as refused:
        discard_batch(reason="too late", **discard)
    assert refused.value.code == "accepted"


# --- The pages --------------------------------------------------------------------------------------------------------
def url(conference) -> str:
    return reverse("checkin-held", args=[conference.slug, HeldBatch.objects.get().pk])


@pytest.mark.both_databases
def test_desk_sees_what_is_held_and_an_organiser_decides(client_as, conference, device):
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li"))
    send(device, device.scan(seat.access_code.lower(), by="Kim"), device.scan("XX4Q0000", verdict="unknown"))
    desk, organiser = client_as(Role.DESK), client_as(Role.ORGANISER)
    worklist = desk.get(reverse("checkin-conflicts", args=[conference.slug])).content.decode()
    assert ("Tablet 1" in worklist, "2 scans, 1 let in" in worklist, url(conference) in worklist) == (True, True, True)
    assert "Scans of 1 device are held back." in desk.get(f"/staff/{conference.slug}/").content.decode()
    page = desk.get(url(conference)).content.decode()
    assert ("Bo Li" in page, "Kim" in page, "An organiser decides" in page) == (True, True, True)
    assert 'name="accept"' not in page
    assert desk.post(url(conference), {"accept": "1"}).status_code == 403

    refused = organiser.post(url(conference), {"reason": ""})
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    assert organiser.post(url(conference), {"reason": "a game"}).status_code == 302
    assert "Take them in after all" in organiser.get(url(conference)).content.decode()
    settled = reverse("checkin-conflicts", args=[conference.slug]) + "?show=settled"
    assert "a game" in organiser.get(settled).content.decode()
    assert organiser.post(url(conference), {"accept": "1"}).status_code == 302
    page = organiser.get(url(conference)).content.decode()
    assert ('name="accept"' in page, page.count("Admitted</span>"), Scan.objects.count()) == (False, 2, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_scans(client_as, conference, device, django_assert_num_queries, number):
    send(device, *[device.scan(seat.access_code) for seat in seats(conference, number)])
    organiser, page = client_as(Role.ORGANISER), url(conference)
    # Session, user, role; batch, scans, seats, what they became, whether a checkpoint is missing; and the head’s own.
    with django_assert_num_queries(7):
        organiser.get(page)
