"""The worklist of conflicts: who is in it, how it is settled and opened again, and that nothing leaves it by itself."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin.admission import undo_check_in
from registration.checkin.conflict_words import row_of
from registration.checkin.conflicts import (
    Show,
    count_open,
    find_conflict,
    page_of_conflicts,
    reopen_conflict,
    settle_conflict,
)
from registration.checkin.models import Scan, Verdict
from registration.checkin.models_conflicts import Settlement
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from tests import factories
from tests.registration.checkin.offline import Device

pytestmark = pytest.mark.django_db


def minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def seat_of(conference, name: str = "Bo Li", **fields):
    return factories.attendee(conference=conference, user=factories.user(name=name), **fields)


def let_in_twice(conference, name: str = "Bo Li") -> tuple[Scan, Scan]:
    """The admission, and the scan that was let in 5 minutes before it by a tablet that sent later."""
    seat = seat_of(conference, name)
    first, second = (Device(conference, f"{name} {number}") for number in (1, 2))
    first.send(first.scan(seat.access_code, ago=minutes(10), by="Kim"))
    second.send(second.scan(seat.access_code, ago=minutes(15), by="Lou"))
    return Scan.objects.get(tablet=first.tablet), Scan.objects.get(tablet=second.tablet)


# --- Who is in it -----------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_both_tablets_times_and_people_are_shown(conference):
    admission, conflict = let_in_twice(conference)
    (found,) = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    assert (found.scan, found.is_double, found.settlement) == (conflict, True, None)
    assert found.entries == [conflict, admission]
    row = row_of(found, now=timezone.now())
    assert (row.title, row.seat.name, row.place) == ("Let in more than once", "Bo Li", "Main entrance")
    assert [(side.at, side.title, side.who) for side in row.sides] == [
        (conflict.effective_at, "Let in without the network, not counted", "Bo Li 2, Lou"),
        (admission.effective_at, "Let in, and counted", "Bo Li 1, Kim"),
    ]
    assert all(side.sent for side in row.sides)


def test_admission_that_was_taken_back_is_still_told(conference):
    admission, _conflict = let_in_twice(conference)
    undo_check_in(
        conference=conference, scan_id=admission.pk, by=factories.user(), role=Role.DESK, reason="twice",
        now=timezone.now(),
    )  # fmt: skip
    (found,) = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    titles = [side.title for side in row_of(found, now=timezone.now()).sides]
    assert titles == ["Let in without the network, not counted", "Let in, taken back since"]


@pytest.mark.parametrize("verdict", [one for one in Verdict if one != Verdict.ADMITTED])
def test_where_something_is_handed_out_nobody_is_said_to_be_let_in(conference, verdict):
    place = factories.checkpoint(conference=conference, name="Dinner table")
    place.add_ons.add(factories.add_on(conference=conference))
    seat = seat_of(conference)
    factories.conflict(attendee=seat, checkpoint=place, verdict=verdict)
    (found,) = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    row = row_of(found, now=timezone.now())
    said = [row.title, row.why, row.advice, *(side.title for side in row.sides)]
    assert (row.title.startswith("Handed out"), [text for text in said if "let in" in text.lower()]) == (True, [])
    assert said[-1] == "Handed out without the network, not counted"


def test_who_was_let_in_with_a_ticket_that_was_cancelled_meanwhile(conference):
    seat, device = seat_of(conference), Device(conference, "Tablet 1")
    ada = factories.user(name="Ada")
    scan = device.scan(seat.access_code)
    cancel_seat(attendee=seat, reason="ill", by=ada, now=timezone.now())
    (result,) = device.send(scan)
    assert (result["verdict"], result["conflict"]) == ("cancelled", True)
    (found,) = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    row = row_of(found, now=timezone.now())
    assert (row.title, len(row.sides)) == ("Let in, but cancelled", 1)
    assert re.fullmatch(r"The ticket was cancelled \d\d:\d\d: ill, Ada\.", row.why)


@pytest.mark.both_databases
@pytest.mark.parametrize("verdict", [one for one in Verdict if one != Verdict.ADMITTED])
def test_every_verdict_has_words_that_end_in_something_to_do(conference, verdict):
    seat = None if verdict == Verdict.UNKNOWN else seat_of(conference)
    scan = factories.conflict(attendee=seat_of(conference, "Cyd"), verdict=verdict)
    Scan.objects.filter(pk=scan.pk).update(attendee=seat)
    row = row_of(find_conflict(conference, scan.pk), now=timezone.now())
    assert all([row.title, row.why, row.advice, row.icon])
    assert len(row.sides) == 1


def test_same_person_elsewhere_is_another_matter(conference):
    """Another checkpoint, or another day there, is no side of it."""
    _admission, conflict = let_in_twice(conference)
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    factories.conflict(attendee=conflict.attendee, checkpoint=lunch)
    factories.conflict(attendee=conflict.attendee, entry_key="2026-01-01")
    rows = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    assert sorted(len(row.entries) for row in rows) == [1, 1, 2]


def test_conflicts_are_those_of_the_conference(conference):
    other = factories.conference()
    _admission, conflict = let_in_twice(other)
    assert (count_open(conference), count_open(other)) == (0, 1)
    assert find_conflict(conference, conflict.pk) is None


# --- What is done about it --------------------------------------------------------------------------------------------
def settle(conference, scan, note="One person, went out for a smoke.", **fields) -> None:
    fields = {"by": None, "by_name": "Kim, Tablet 1", "now": timezone.now()} | fields
    settle_conflict(conflict=find_conflict(conference, scan.pk), note=note, **fields)


@pytest.mark.both_databases
def test_note_settles_it_and_it_can_be_opened_again(conference):
    _admission, conflict = let_in_twice(conference)
    desk = factories.user(name="Dee")
    settle(conference, conflict, by=desk, by_name="Dee")
    assert count_open(conference) == 0
    assert page_of_conflicts(conference, show=Show.OPEN, number=None)[1] == []
    (settled,) = page_of_conflicts(conference, show=Show.SETTLED, number=None)[1]
    assert (settled.settlement.note, settled.settlement.settled_by) == ("One person, went out for a smoke.", desk)
    assert Scan.objects.get(pk=conflict.pk).conflict

    reopen_conflict(conflict=settled, by=desk, by_name="Dee", now=timezone.now())
    (again,) = page_of_conflicts(conference, show=Show.OPEN, number=None)[1]
    assert (again.settlement, [one.note for one in again.settlements]) == (None, ["One person, went out for a smoke."])
    settle(conference, conflict, note="Two people.")
    assert [one.note for one in find_conflict(conference, conflict.pk).settlements] == [
        "Two people.", "One person, went out for a smoke.",
    ]  # fmt: skip


@pytest.mark.both_databases
def test_settling_needs_a_note_and_happens_once(conference):
    _admission, conflict = let_in_twice(conference)
    with pytest.raises(RegistrationError) as refused:
        settle(conference, conflict, note="  ")
    assert refused.value.code == "note_missing"
    settle(conference, conflict)
    with pytest.raises(RegistrationError) as refused:
        settle(conference, conflict, note="mine")
    assert refused.value.code == "settled"
    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.create(scan=conflict, note="", settled_at=timezone.now(), reopened_at=timezone.now())
    assert Settlement.objects.get().note == "One person, went out for a smoke."


# --- The page ---------------------------------------------------------------------------------------------------------
def url(conference, scan=None) -> str:
    return reverse(
        "checkin-conflict" if scan else "checkin-conflicts", args=[conference.slug, *([scan.pk] if scan else [])]
    )


def test_desk_settles_with_a_note_and_comes_back_to_the_list(client_as, conference):
    _admission, conflict = let_in_twice(conference)
    desk = client_as(Role.DESK)
    page = desk.get(url(conference)).content.decode()
    assert page.count("<article") == 1
    for said in ("Bo Li 1, Kim", "Bo Li 2, Lou", "Let in more than once", f"/attendees/{conflict.attendee_id}/"):
        assert said in page
    refused = desk.post(url(conference, conflict), {"note": ""})
    assert (refused.status_code, "Say what was done" in refused.content.decode()) == (422, True)
    done = desk.post(url(conference, conflict), {"note": "One person."})
    assert (done.status_code, done["Location"]) == (302, url(conference))
    assert "Nothing to look into" in desk.get(url(conference)).content.decode()
    settled = desk.get(url(conference) + "?show=settled").content.decode()
    assert ("One person." in settled, desk.user.name in settled, "Open again" in settled) == (True, True, True)
    desk.post(url(conference, conflict), {"reopen": "1"})
    assert count_open(conference) == 1


def test_htmx_gets_the_conflict_as_it_is_now_and_the_counts(client_as, conference):
    _admission, conflict = let_in_twice(conference)
    desk, htmx = client_as(Role.DESK), {"HX-Request": "true"}
    refused = desk.post(url(conference, conflict), {"note": ""}, headers=htmx)
    assert (refused.status_code, refused.content.decode().count("<article")) == (422, 1)
    done = desk.post(url(conference, conflict), {"note": "One person."}, headers=htmx).content.decode()
    assert ("Open again" in done, 'hx-swap-oob="true">0</b>' in done) == (True, True)
    late = desk.post(url(conference, conflict), {"note": "Me too."}, headers=htmx)
    assert (late.status_code, Settlement.objects.count()) == (422, 1)


def test_desk_tablet_has_the_list_and_signs_with_its_name(conference):
    _admission, conflict = let_in_twice(conference)
    door, desk = Device(conference, "Door 1"), Device(conference, "Desk 1", role=Role.DESK)
    assert door.client.get(url(conference)).status_code == 403
    page = desk.client.get(url(conference)).content.decode()
    assert ("Bo Li" in page, "/attendees/" in page, "staff-nav" in page) == (True, False, True)
    desk.client.post(reverse("checkin-who", args=[conference.slug]), {"by": "Kim"})
    desk.client.post(url(conference, conflict), {"note": "One person."})
    settled = Settlement.objects.get()
    assert (settled.settled_by, settled.settled_by_name) == (None, "Kim, Desk 1")


@pytest.mark.both_databases
@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_conflicts(client_as, conference, django_assert_num_queries, number):
    desk = client_as(Role.DESK)
    for one in range(number):
        _admission, conflict = let_in_twice(conference, f"Guest {one}")
        settle(conference, conflict)
        reopen_conflict(conflict=find_conflict(conference, conflict.pk), by=None, by_name="", now=timezone.now())
        factories.held_scan(attendee=conflict.attendee)
    # Session, user, role; count and page, settlements, entries, batches; the open ones 2, and the head's own.
    with django_assert_num_queries(10):
        desk.get(url(conference))
