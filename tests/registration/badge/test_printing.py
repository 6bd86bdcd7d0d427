from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState
from registration.badge.choosing import Choice, chosen, one_part
from registration.badge.models import BadgeFormat, BadgePrint
from registration.badge.printing import (
    Printer,
    admitted_by,
    print_label,
    print_on_admission,
    record_prints,
)
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Tablet
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def seat(conference):
    kind = factories.ticket_type(conference=conference, name="Regular")
    return factories.attendee(conference=conference, user=factories.user(name="Ada Lovelace"), ticket_type=kind)


@pytest.fixture
def desk(conference):
    return Printer(factories.user(name="Dora Desk"))


def label(seat, by, **given):
    given = {"badge_format": BadgeFormat.LABEL, "request_id": uuid.uuid4(), "now": NOW} | given
    return print_label(attendee=seat, by=by, **given)


def admit(seat, **given):
    place = given.pop("checkpoint", None) or Checkpoint.objects.main(seat.conference)
    scan_id = uuid.uuid4()
    check_in(checkpoint=place, code=seat.access_code, scan_id=scan_id, by=None, now=NOW, **given)
    return scan_id


def code_of(refused) -> str:
    return refused.value.code


@pytest.mark.both_databases
def test_print_is_recorded_with_what_who_and_when(conference, seat, desk):
    request_id = uuid.uuid4()
    label(seat, desk, request_id=request_id, reason=" The first one got wet ")
    printed = BadgePrint.objects.get()
    told = {
        "attendee": seat, "conference": conference, "request_id": request_id, "format": "62x100", "name": "Ada Lovelace",
        "code": seat.access_code, "printed_at": NOW, "printed_by": desk.user, "printed_by_name": "Dora Desk",
        "tablet": None, "reason": "The first one got wet",
    }  # fmt: skip
    assert {name: getattr(printed, name) for name in told} == told


def test_tablet_prints_in_the_name_of_who_is_at_it(conference, seat):
    tablet = Tablet.objects.create(conference=conference, name="Left door")
    printed = label(seat, Printer(None, tablet, "Zoë"))
    assert (printed.printed_by, printed.tablet, printed.printed_by_name) == (None, tablet, "Zoë")


def test_same_request_is_one_print_and_answers_as_the_first_time(seat, desk):
    request_id = uuid.uuid4()
    first = label(seat, desk, request_id=request_id)
    again = label(seat, desk, request_id=request_id, now=NOW + dt.timedelta(minutes=1))
    assert (again.pk, again.printed_at) == (first.pk, NOW)
    assert BadgePrint.objects.count() == 1


def test_request_of_one_badge_cannot_become_another(conference, seat, desk):
    request_id = uuid.uuid4()
    label(seat, desk, request_id=request_id)
    with pytest.raises(RegistrationError) as refused:
        label(factories.attendee(conference=conference), desk, request_id=request_id)
    assert (code_of(refused), BadgePrint.objects.count()) == ("request_reused", 1)


@pytest.mark.both_databases
def test_database_keeps_a_request_from_counting_twice(seat):
    printed = factories.badge_print(attendee=seat)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.badge_print(attendee=seat, request_id=printed.request_id)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"state": AttendeeState.CANCELLED}, "not_live"), ({"blocked_reason": "Talk to us"}, "blocked")],
)
def test_no_badge_for_who_may_not_come(conference, desk, fields, code):
    with pytest.raises(RegistrationError) as refused:
        label(factories.attendee(conference=conference, **fields), desk)
    assert (code_of(refused), BadgePrint.objects.count()) == (code, 0)


@pytest.mark.both_databases
def test_sheet_is_recorded_badge_by_badge_and_once(conference, desk):
    seats = [factories.attendee(conference=conference) for _number in range(3)]
    given = {
        "conference": conference, "badge_format": BadgeFormat.A4, "request_id": uuid.uuid4(), "by": desk, "now": NOW,
    }  # fmt: skip
    assert record_prints(attendees=seats[:2], **given) == 2
    assert record_prints(attendees=seats, **given) == 1
    jobs = list(BadgePrint.objects.jobs(conference))
    assert [(job["badges"], job["format"], job["printed_by_name"]) for job in jobs] == [(3, "a4", "Dora Desk")]


@pytest.mark.both_databases
def test_name_on_the_badge_is_the_one_recorded(seat, desk):
    AttendeeProfile.objects.create(user=seat.user, badge_name="Countess of Computing")
    assert label(seat, desk).name == "Countess of Computing"


# --- After an admission -------------------------------------------------------------------------------------------------
def test_admission_prints_the_badge_once(conference, seat):
    given = {
        "conference": conference,
        "scan_id": admit(seat),
        "badge_format": BadgeFormat.LABEL,
        "by": Printer(None),
        "now": NOW,
    }
    first, is_due = print_on_admission(**given)
    again, is_due_again = print_on_admission(**given)
    assert (first.pk, is_due, is_due_again) == (again.pk, True, True)
    assert (BadgePrint.objects.count(), first.request_id) == (1, given["scan_id"])


@pytest.mark.both_databases
def test_admission_prints_nothing_for_who_has_a_badge(conference, seat):
    printed = factories.badge_print(attendee=seat, format=BadgeFormat.A4)
    answer = print_on_admission(
        conference=conference, scan_id=admit(seat), badge_format=BadgeFormat.LABEL, by=Printer(None), now=NOW
    )
    assert answer == (printed, False)
    assert BadgePrint.objects.count() == 1


def test_scan_leads_to_its_badge_here_alone_and_only_if_it_let_somebody_in(conference, seat):
    elsewhere = factories.conference()
    scan_id = admit(seat)
    assert admitted_by(conference=conference, scan_id=scan_id) == seat
    assert admitted_by(conference=conference, scan_id=admit(seat)) == seat
    refusing = factories.checkpoint(conference=conference, opens_at=NOW + dt.timedelta(hours=1))
    refused_scan = admit(seat, checkpoint=refusing)
    for where, wanted in ((elsewhere, scan_id), (conference, uuid.uuid4()), (conference, refused_scan)):
        with pytest.raises(RegistrationError) as refused:
            admitted_by(conference=where, scan_id=wanted)
        assert code_of(refused) == "unknown_scan"


def test_rehearsal_prints_nothing(conference, seat):
    scan_id = admit(seat, checkpoint=factories.checkpoint(conference=conference, rehearsal=True))
    with pytest.raises(RegistrationError) as refused:
        admitted_by(conference=conference, scan_id=scan_id)
    assert code_of(refused) == "rehearsal"


# --- Whose badges -------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_badges_are_for_whom_the_door_waits_by_name(conference):
    kind, other = (factories.ticket_type(conference=conference) for _number in range(2))

    def seat(name, **fields):
        return factories.attendee(
            conference=conference, user=factories.user(name=name), **{"ticket_type": kind} | fields
        )

    zoe, ada, bob = seat("Zoë"), seat("Ada"), seat("Bob", ticket_type=other)
    cancelled = seat("Cancelled", state=AttendeeState.CANCELLED)
    incomplete = seat("Incomplete", completed_registration=False)
    seat("Blocked", blocked_reason="Talk to us")
    factories.attendee(conference=factories.conference())
    factories.badge_print(attendee=ada)

    def names(**choice):
        return [found.name for found in chosen(conference, Choice(**choice))]

    assert names() == ["Ada", "Bob", "Zoë"]
    assert names(is_new_only=True) == ["Bob", "Zoë"]
    assert names(ticket_types=(kind.pk,)) == ["Ada", "Zoë"]
    assert names(only=(zoe.pk, ada.pk, incomplete.pk, cancelled.pk)) == ["Ada", "Incomplete", "Zoë"]
    assert bob in chosen(conference, Choice(ticket_types=(other.pk,)))


@pytest.mark.both_databases
def test_thousands_come_in_parts(conference, monkeypatch):
    monkeypatch.setattr("registration.badge.choosing.MOST", 2)
    for number in range(5):
        factories.attendee(conference=conference, user=factories.user(name=f"Person {number}"))
    everybody = chosen(conference, Choice())
    parts = [[seat.name[-1] for seat in one_part(everybody, number)] for number in (1, 2, 3, 4)]
    assert parts == [["0", "1"], ["2", "3"], ["4"], []]
    assert Attendee.objects.count() == 5
