"""A rehearsal: scans that count for nothing, codes for every verdict, and an end that comes by itself."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.checkin import kiosk_panel
from registration.checkin import panel as panels
from registration.checkin.access import DoorAccess
from registration.checkin.admission import undo_check_in
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.rehearsal import (
    PRACTICE_CODES,
    end_of_rehearsal,
    end_rehearsal,
    practice_code,
    start_rehearsal,
)
from registration.dashboard.panels import panels as dashboard_panels
from registration.errors import RegistrationError
from tests import factories
from tests.registration.checkin.offline import Device, scan_at

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
FIRST_DAY = dt.date(2027, 6, 9)
MIDNIGHT = dt.datetime(2027, 6, 8, 22, tzinfo=dt.UTC)  # in Berlin, where the conference begins


@pytest.fixture
def later(conference):
    """The conference, on days to come."""
    conference.start_date, conference.end_date, conference.timezone = FIRST_DAY, FIRST_DAY, "Europe/Berlin"
    conference.save()
    return conference


@pytest.fixture
def stage(conference):
    """A checkpoint in rehearsal, which is not the main entrance."""
    place = factories.checkpoint(conference=conference)
    start_rehearsal(checkpoint=place, now=timezone.now())
    return place


# --- It ends by itself ------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("now", "opens_at", "end"),
    [
        (MIDNIGHT - 30 * HOUR, None, MIDNIGHT),
        (MIDNIGHT - HOUR / 60, None, MIDNIGHT),
        (MIDNIGHT, None, MIDNIGHT + HOUR),
        (MIDNIGHT + 9 * HOUR, None, MIDNIGHT + 10 * HOUR),
        (MIDNIGHT + 9 * HOUR, MIDNIGHT + 9.5 * HOUR, MIDNIGHT + 9.5 * HOUR),
        (MIDNIGHT - 30 * HOUR, MIDNIGHT - 20 * HOUR, MIDNIGHT - 20 * HOUR),
        (MIDNIGHT - 30 * HOUR, MIDNIGHT + 9 * HOUR, MIDNIGHT),
        (MIDNIGHT + 9 * HOUR, MIDNIGHT + 8 * HOUR, MIDNIGHT + 10 * HOUR),
    ],
    ids=[
        "days before",
        "the minute before",
        "first minute",
        "on the day",
        "opens soon",
        "opens before",
        "opens then",
        "open",
    ],
)
def test_rehearsal_ends_before_anybody_comes(later, now, opens_at, end):
    place = factories.checkpoint(conference=later, opens_at=opens_at)
    assert end_of_rehearsal(checkpoint=place, now=now) == end
    start_rehearsal(checkpoint=place, now=now)
    place.refresh_from_db()
    assert [place.is_rehearsing(now=moment) for moment in (now, end - HOUR / 60, end, end + HOUR)] == [
        True, now <= end - HOUR / 60, False, False,
    ]  # fmt: skip
    for moment, expected in ((end - HOUR / 3600, {place}), (end, set())):
        assert set(Checkpoint.objects.rehearsing(now=moment)) == expected


def test_forgotten_rehearsal_counts_people_on_the_day(later):
    main = Checkpoint.objects.main(later)
    start_rehearsal(checkpoint=main, now=MIDNIGHT - 5 * HOUR)
    seat = factories.attendee(conference=later)
    assert scan_at(main, seat.access_code, now=MIDNIGHT - HOUR).scan.rehearsal
    assert scan_at(main, seat.access_code, now=MIDNIGHT + 9 * HOUR).verdict == Verdict.ADMITTED
    seat.refresh_from_db()
    assert seat.checked_in_at == MIDNIGHT + 9 * HOUR
    assert scan_at(main, seat.access_code, now=MIDNIGHT + 10 * HOUR).verdict == Verdict.ALREADY_ADMITTED


def test_on_the_day_it_goes_on_only_when_somebody_says_so_anew(later):
    place = factories.checkpoint(conference=later)
    now = MIDNIGHT + 9 * HOUR
    start_rehearsal(checkpoint=place, now=now)
    start_rehearsal(checkpoint=place, now=now + HOUR / 2)
    assert place.rehearsal_ends_at == now + 1.5 * HOUR
    end_rehearsal(checkpoint=place)
    place.refresh_from_db()
    assert (place.rehearsal, place.rehearsal_ends_at) == (False, None)


@pytest.mark.both_databases
def test_organiser_starts_and_ends_it_and_everybody_is_told(client_as, conference, rf):
    main = Checkpoint.objects.main(conference)
    organiser = client_as(Role.ORGANISER)
    settings = f"/staff/{conference.slug}/settings/checkpoints/"
    pages = [settings, f"/staff/{conference.slug}/", f"/staff/{conference.slug}/checkin/"]
    banners = ["Rehearsal: scans do not count", "Rehearsal at Main entrance", 'data-strip="rehearsal">']
    for fields, is_told in (({"start": "1"}, True), ({}, False)):
        response = organiser.post(f"{settings}{main.pk}/rehearsal/", fields)
        assert (response.status_code, response.url) == (302, settings)
        organiser.get(settings)  # shows the message of the button, once
        told = [banner in organiser.get(page).content.decode() for page, banner in zip(pages, banners, strict=True)]
        assert told == [is_told] * 3
    assert not Checkpoint.objects.rehearsing(now=timezone.now()).exists()


def test_settings_form_cannot_start_one(client_as, conference):
    fields = {"name": "Lunch", "entry": "daily", "unpaid": "refuse", "rehearsal": "on"}
    client_as(Role.ORGANISER).post(f"/staff/{conference.slug}/settings/checkpoints/new/", fields)
    assert Checkpoint.objects.get(name="Lunch").rehearsal is False


# --- Its scans never count --------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_scans_of_a_rehearsal_leave_no_trace(conference):
    main = Checkpoint.objects.main(conference)
    start_rehearsal(checkpoint=main, now=timezone.now())
    seat = factories.attendee(conference=conference)
    device = Device(conference, "Door 1")
    [offline] = device.send(device.scan(seat.access_code, rehearsal=True))
    scans = [scan_at(main, seat.access_code).scan for _number in range(2)]
    assert [scan.verdict for scan in scans] == ["admitted"] * 2
    undo_check_in(
        conference=conference, scan_id=scans[0].pk, by=None, role=Role.DESK, reason="wrong", now=timezone.now()
    )
    [cancelled] = device.send(device.scan(factories.attendee(conference=conference, state="cancelled").access_code))
    assert (offline["verdict"], offline["rehearsal"], cancelled["conflict"]) == ("admitted", True, False)
    seat.refresh_from_db()
    assert seat.checked_in_at is None
    assert not Scan.objects.let_in().exists()
    shown = dashboard_panels(conference, now=timezone.now())
    assert (shown["tally"]["heads"].checked_in, shown["desks"]["scans"].total) == (0, 0)
    end_rehearsal(checkpoint=main)
    assert scan_at(main, seat.access_code).verdict == Verdict.ADMITTED


@pytest.mark.parametrize(
    ("told", "is_on", "is_rehearsal"),
    [(True, False, True), (False, True, False), (None, True, True), (None, False, False)],
    ids=["ended meanwhile", "began meanwhile", "untold, on", "untold, off"],
)
def test_what_the_tablet_showed_decides_of_a_scan_without_the_network(conference, told, is_on, is_rehearsal):
    device = Device(conference, "Door 1")
    if is_on:
        device.main.rehearsal = True  # without an end: also at the time of the scan, ten minutes ago
        device.main.save()
    seat = factories.attendee(conference=conference)
    [result] = device.send(device.scan(seat.access_code, rehearsal=told))
    assert (result["verdict"], result["rehearsal"]) == ("admitted", is_rehearsal)
    seat.refresh_from_db()
    assert (seat.checked_in_at is None) is is_rehearsal


def test_scan_that_the_tablet_had_not_decided_says_nothing_of_a_rehearsal(conference):
    device = Device(conference, "Door 1")
    seat = factories.attendee(conference=conference)
    [result] = device.send(device.scan(seat.access_code, verdict=None, rehearsal=True))
    assert (result["verdict"], result["rehearsal"]) == ("admitted", False)


# --- Practice codes ---------------------------------------------------------------------------------------------------
def test_there_is_a_code_for_every_verdict():
    assert {one.verdict for one in PRACTICE_CODES} == set(Verdict)
    assert len({one.code for one in PRACTICE_CODES}) == len(PRACTICE_CODES)


@pytest.mark.parametrize("read", ["TEST-05", "test-05", "test 05", "TESTO5", "HTTPS://TICKETS.EXAMPLE.ORG/T/TEST-05"])
def test_code_is_read_as_people_and_cameras_read_it(read):
    assert practice_code(read).verdict == Verdict.WRONG_TICKET


@pytest.mark.both_databases
def test_every_code_answers_its_verdict_in_a_rehearsal_and_is_unknown_elsewhere(conference, stage):
    elsewhere = Checkpoint.objects.main(conference)
    for one in PRACTICE_CODES:
        answer = scan_at(stage, one.code)
        assert (answer.verdict, answer.scan.rehearsal, answer.attendee) == (one.verdict, True, None)
        again = scan_at(stage, one.code, scan_id=answer.scan.pk)
        assert (again.verdict, again.is_replay) == (one.verdict, True)
        assert scan_at(elsewhere, one.code).verdict == Verdict.UNKNOWN
    assert not Attendee.objects.exists()


def test_real_ticket_goes_before_a_practice_code(conference, stage):
    seat = factories.attendee(conference=conference, imported_code="TEST-07")
    assert scan_at(stage, "TEST-07").attendee == seat


@pytest.mark.both_databases
def test_admission_of_nobody_is_refused_by_the_database_outside_of_a_rehearsal(conference, stage):
    now = timezone.now()
    fields = {"checkpoint": stage, "code": "X", "verdict": Verdict.ADMITTED, "scanned_at": now, "effective_at": now}
    Scan.objects.create(**fields, rehearsal=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Scan.objects.create(**fields)


SAID = {
    "TEST-01": {"name": "Test person", "message": "", "note": ""},
    "TEST-02": {"note": "This is what a note looks like. Read it before the person walks on.", "needs_attention": True},
    "TEST-03": {"name": "Test person", "say": "Ask for the badge. If this is another person, send both to the desk."},
    "TEST-04": {"owed": 79, "say": "Do not admit. Send to the desk to pay.", "is_refusal": True},
    "TEST-05": {"message": "Not valid at Lunch.", "say": "Send to the desk to change the ticket."},
    "TEST-06": {"say": "Ask to come back then."},
    "TEST-07": {"message": "This ticket was cancelled."},
    "TEST-08": {"message": "The money for this ticket was returned."},
    "TEST-09": {"name": "", "message": "This code was replaced by a new one, which alone is valid."},
    "TEST-10": {"message": "The reason that was noted stands here."},
    "TEST-11": {"message": "This registration was not finished."},
    "TEST-12": {"name": "", "message": "No ticket of this conference has this code."},
}


@pytest.mark.parametrize("code", SAID)
def test_panel_of_a_practice_code_says_what_a_real_one_does(conference, stage, code):
    stage.name = "Lunch"
    stage.ticket_types.add(factories.ticket_type(conference=conference))
    access = DoorAccess(conference, Role.DESK, factories.staff(conference=conference, role=Role.DESK).user, None)
    answer = scan_at(stage, code, by=access.user)
    panel = panels.of_check_in(answer, access=access, now=timezone.now())
    assert {name: getattr(panel, name) for name in SAID[code]} == SAID[code]
    assert (panel.is_rehearsal, panel.undo_scan_id, panel.person_url) == (True, "", "")
    assert (panel.first is None) is (code != "TEST-03")
    assert ("opens at" in panel.message) is (code == "TEST-06")
    stage.refresh_from_db()
    assert stage.opens_at is None


def test_practice_admission_cannot_be_taken_back(conference, stage):
    scan = scan_at(stage, "TEST-01").scan
    with pytest.raises(RegistrationError) as refusal:
        undo_check_in(
            conference=conference, scan_id=scan.pk, by=None, role=Role.DESK, reason="wrong", now=timezone.now()
        )
    assert refusal.value.code == "not_admitted"


def test_stand_for_self_check_in_does_not_say_that_somebody_is_in(conference, stage):
    for code in ("TEST-01", factories.attendee(conference=conference).access_code):
        panel = kiosk_panel.of_check_in(scan_at(stage, code))
        assert (panel.verdict, panel.say, panel.is_rehearsal) == ("admitted", "Rehearsal: this does not count.", True)


def test_sheet_has_a_qr_code_for_each(client_as, conference, settings):
    page = client_as(Role.ORGANISER).get(f"/staff/{conference.slug}/settings/checkpoints/test-codes/").content.decode()
    assert page.count('class="qr"') == len(PRACTICE_CODES)
    for one in PRACTICE_CODES:
        assert f"QR code of {one.code}" in page
        assert str(one.verdict.label) in page


def test_scan_in_a_rehearsal_by_its_id_is_no_other(stage):
    scan_id = uuid.uuid4()
    scan_at(stage, "TEST-01", scan_id=scan_id)
    with pytest.raises(RegistrationError) as refusal:
        scan_at(stage, "TEST-02", scan_id=scan_id)
    assert refusal.value.code == "scan_id_reused"
