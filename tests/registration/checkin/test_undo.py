"""Who may take back what, that nothing is erased, and what the next scan then says."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin.admission import check_in, undo_check_in
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.sentences import clock_time
from registration.errors import RegistrationError
from tests import factories
from tests.registration.checkin.offline import Device

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def staff(conference):
    return {role: factories.staff(conference=conference, role=role).user for role in Role}


@pytest.fixture
def admitted(conference, staff):
    """The admission of a new seat, by the door."""

    def admitted(seat=None, place=None, by=None, now=NOW):
        return check_in(
            checkpoint=place or Checkpoint.objects.main(conference),
            code=(seat or factories.attendee(conference=conference)).access_code,
            scan_id=uuid.uuid4(),
            by=by or staff[Role.DOOR],
            now=now,
        ).scan

    return admitted


def undo(conference, scan_id, by, role, now=NOW, reason="Wrong person"):
    return undo_check_in(conference=conference, scan_id=scan_id, by=by, role=role, reason=reason, now=now)


def test_undo_keeps_the_scan_and_lets_the_ticket_in_again(conference, staff, admitted):
    scan = admitted()
    undone = undo(conference, scan.pk, staff[Role.DESK], Role.DESK)
    scan.attendee.refresh_from_db()
    assert (undone.verdict, undone.undone_by, undone.undo_reason) == (
        Verdict.ADMITTED,
        staff[Role.DESK],
        "Wrong person",
    )
    assert scan.attendee.checked_in_at is None
    assert admitted(scan.attendee).verdict == Verdict.ADMITTED
    assert Scan.objects.count() == 2


@pytest.mark.both_databases
def test_undo_goes_back_to_the_earliest_main_admission_left(conference, staff, admitted):
    main = Checkpoint.objects.main(conference)
    main.entry = "daily"
    main.save()
    first = admitted(now=NOW - dt.timedelta(days=2))
    second = admitted(first.attendee, now=NOW)
    undo(conference, first.pk, staff[Role.DESK], Role.DESK)
    first.attendee.refresh_from_db()
    assert first.attendee.checked_in_at == second.effective_at


@pytest.mark.parametrize(
    ("role", "whose", "after", "code"),
    [
        (Role.DOOR, Role.DOOR, dt.timedelta(minutes=10), None),
        (Role.DOOR, Role.DOOR, dt.timedelta(minutes=10, seconds=1), "not_allowed"),
        (Role.DOOR, Role.DESK, dt.timedelta(0), "not_allowed"),
        (Role.DESK, Role.DOOR, dt.timedelta(days=3), None),
        (Role.ORGANISER, Role.DESK, dt.timedelta(days=3), None),
    ],
)
def test_undo_is_allowed_by_role_time_and_whose_scan_it_is(conference, staff, admitted, role, whose, after, code):
    scan = admitted(by=staff[whose])
    if code is None:
        assert undo(conference, scan.pk, staff[role], role, now=NOW + after).undone_at == NOW + after
        return
    with pytest.raises(RegistrationError) as refused:
        undo(conference, scan.pk, staff[role], role, now=NOW + after)
    assert refused.value.code == code
    assert Scan.objects.live_admissions().count() == 1


@pytest.mark.both_databases
def test_undo_is_refused_without_reason_for_refusals_twice_and_elsewhere(conference, staff, admitted):
    scan = admitted()
    refused = admitted(scan.attendee)
    desk, other = staff[Role.DESK], factories.conference()
    undone = admitted()
    undo(conference, undone.pk, desk, Role.DESK)
    codes = []
    for where, scan_id, reason in (
        (conference, scan.pk, "  "),
        (conference, refused.pk, "x"),
        (conference, undone.pk, "x"),
        (other, scan.pk, "x"),
        (conference, uuid.uuid4(), "x"),
    ):
        with pytest.raises(RegistrationError) as error:
            undo(where, scan_id, desk, Role.DESK, reason=reason)
        codes.append(error.value.code)
    assert codes == ["reason_missing", "not_admitted", "already_undone", "unknown_scan", "unknown_scan"]
    assert Scan.objects.live_admissions().get() == scan


def test_undo_sent_again_is_answered_as_the_first_time_and_that_of_another_is_refused(conference, staff, admitted):
    """Its first answer was lost on the way: it is that very tap which took it back."""
    scan, desk = admitted(), staff[Role.DESK]
    first = undo(conference, scan.pk, desk, Role.DESK)
    again = undo(conference, scan.pk, desk, Role.DESK, now=NOW + dt.timedelta(seconds=20))
    assert (again.pk, again.undone_at, again.undone_by) == (scan.pk, first.undone_at, desk)
    with pytest.raises(RegistrationError) as refused:
        undo(conference, scan.pk, staff[Role.ORGANISER], Role.ORGANISER)
    assert refused.value.code == "already_undone"


def test_undo_view_answers_taken_back_and_marks_the_row(conference, client_as, admitted):
    desk = client_as(Role.DESK)
    scan = admitted()
    response = desk.post(
        reverse("checkin-undo", args=[conference.slug]),
        {"scan_id": scan.pk, "reason": "Did not go in"},
        headers={"HX-Request": "true"},
    )
    text = response.content.decode()
    assert response.status_code == 200
    assert f'data-verdict="undone" data-scan-id="{scan.pk}" data-undone' in text
    assert f'<li id="scan-{scan.pk}" data-swap="replace" class="undone">' in text
    assert "Did not go in" in text


def test_undo_view_refuses_in_words(conference, client_as, admitted):
    scan = admitted()
    response = client_as(Role.DOOR).post(
        reverse("checkin-undo", args=[conference.slug]), {"scan_id": scan.pk, "reason": "x"}
    )
    assert response.status_code == 422
    assert "Door staff can take back their own scans of the last 10 minutes." in response.content.decode()


# --- Where a tablet without the network had let the person in before the admission that counts ------------------------
def test_button_names_the_admission_that_is_taken_back(conference, client_as):
    seat = factories.attendee(conference=conference)
    counted, earlier = Device(conference, "Door B"), Device(conference, "Door A")
    counted.send(counted.scan(seat.access_code, ago=dt.timedelta(minutes=10)))
    earlier.send(earlier.scan(seat.access_code, ago=dt.timedelta(minutes=25)))
    admission = Scan.objects.get(tablet=counted.tablet)
    offline = Scan.objects.get(tablet=earlier.tablet)
    assert (offline.conflict, offline.effective_at < admission.effective_at) == (True, True)

    text = scan_at_desk(conference, client_as, seat)
    assert f">{local(offline)}</time><p>First admitted" in text
    assert f'name="scan_id" value="{admission.pk}"' in text
    assert "Undo the first" not in text
    assert f"Undo that of {local(admission)}" in text
    assert (
        "A tablet without the network let this ticket in first. "
        f"What counts: {local(admission)}, Main entrance, Door B, Kim."
    ) in text


def test_button_takes_back_the_first_where_the_one_without_the_network_came_later(conference, client_as):
    seat = factories.attendee(conference=conference)
    counted, later = Device(conference, "Door B"), Device(conference, "Door A")
    counted.send(counted.scan(seat.access_code, ago=dt.timedelta(minutes=10)))
    later.send(later.scan(seat.access_code, ago=dt.timedelta(minutes=5)))
    text = scan_at_desk(conference, client_as, seat)
    assert ("Undo the first" in text, "What counts" in text) == (True, False)


def scan_at_desk(conference, client_as, seat):
    response = client_as(Role.DESK).post(
        reverse("checkin-scan", args=[conference.slug]),
        {"code": seat.access_code, "scan_id": uuid.uuid4(), "checkpoint": Checkpoint.objects.main(conference).pk},
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 200
    return response.content.decode()


def local(scan):
    return clock_time(scan.effective_at, scan.checkpoint)
