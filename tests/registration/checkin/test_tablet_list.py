"""The list that tablets keep: what is in a row, and that every change reaches it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.staff_changes import block_seat, note_about_seat, reissue_code, unblock_seat
from registration.catalogue.models import TicketType
from registration.changes.naming import correct_seat
from registration.checkin.admission import undo_check_in
from registration.checkin.list_changes import forget_old_changes
from registration.checkin.models import Checkpoint, Entry, Scan
from registration.checkin.models_sync import ListChange
from registration.checkin.tablet_list import read_list
from registration.order.cancellation import cancel_seat
from registration.order.models import Order, OrderStatus
from tests import factories
from tests.registration.checkin.offline import KeptList, everybody, scan_at

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


# --- Rows -------------------------------------------------------------------------------------------------------------
def test_row_says_what_the_door_needs_and_no_more(conference):
    kind = factories.ticket_type(conference=conference, name='Regular "plus" ☕')
    seat = factories.attendee(
        conference=conference, name='Zoë \\ "Z" 李', ticket_type=kind, imported_code="bar'code", needs_attention=True,
        staff_note="a secret", email="zoe@example.org",
    )  # fmt: skip
    factories.attendee(conference=factories.conference())
    assert everybody(Checkpoint.objects.main(conference)) == {
        seat.access_code: {
            "code": seat.access_code, "name": 'Zoë \\ "Z" 李', "ticket": 'Regular "plus" ☕', "status": "ok",
            "used_at": None, "left": 1, "imported_code": "bar'code", "attention": True,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "rehearsal", "is_used", "left"),
    [
        ("once", False, True, 0),
        ("daily", False, True, 0),
        ("unlimited", False, False, None),
        ("once", True, True, 0),  # a rehearsal may end while the tablet has no network
    ],
)
def test_use_is_told_by_the_rule_of_the_checkpoint(conference, entry, rehearsal, is_used, left):
    checkpoint = factories.checkpoint(conference=conference, entry=entry)
    seat = factories.attendee(conference=conference)
    now = timezone.now().replace(microsecond=999_000)
    scan_at(checkpoint, seat.access_code, now=now)
    checkpoint.rehearsal = rehearsal
    checkpoint.save()
    row = everybody(checkpoint)[seat.access_code]
    assert (row["used_at"], row["left"], row["status"]) == (
        f"{now:%Y-%m-%dT%H:%M:%SZ}" if is_used else None,
        left,
        "ok",
    )


def test_yesterdays_use_is_none_today_and_the_day_is_the_conferences(conference):
    checkpoint = factories.checkpoint(conference=conference, entry=Entry.DAILY)
    seat = factories.attendee(conference=conference)
    late = dt.datetime(2026, 6, 1, 21, 59, 58, tzinfo=dt.UTC)  # two seconds to midnight in Berlin
    scan_at(checkpoint, seat.access_code, now=late)
    before = read_list(checkpoint=checkpoint, cursor=None, now=late)
    assert '"2026-06-01T21:59:58Z"' in "".join(before.people)
    after = read_list(checkpoint=checkpoint, cursor=before.cursor, now=late + dt.timedelta(seconds=3))
    assert after.is_complete
    assert "2026-06-01" not in "".join(after.people)


def test_first_entry_is_the_earliest_that_any_tablet_let_in(conference):
    main = Checkpoint.objects.main(conference)
    seat = factories.attendee(conference=conference)
    now = timezone.now()
    first = scan_at(main, seat.access_code, now=now)
    scan_at(main, seat.access_code, now=now, scanned_at=now - dt.timedelta(hours=1), device_verdict="admitted")
    assert everybody(main)[seat.access_code]["used_at"] == f"{now - dt.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    undo(first.scan)
    assert everybody(main)[seat.access_code]["used_at"] is None


def test_retired_code_is_a_row_that_names_nobody(conference):
    seat = factories.attendee(conference=conference)
    old = seat.access_code
    new = reissue_code(attendee=seat, reason="lost", by=None, now=timezone.now()).access_code
    people = everybody(Checkpoint.objects.main(conference))
    assert people.keys() == {old, new}
    assert people[old] == {
        "code": old, "name": "", "ticket": "", "status": "replaced", "used_at": None, "left": None,
        "imported_code": None, "attention": False,
    }  # fmt: skip


def test_list_of_more_than_a_page_is_whole(conference, monkeypatch):
    monkeypatch.setattr("registration.checkin.tablet_list.PAGE", 3)
    for count in (3, 7):
        while conference.attendees.count() < count:
            factories.attendee(conference=conference)
        codes = set(conference.attendees.values_list("access_code", flat=True))
        assert everybody(Checkpoint.objects.main(conference)).keys() == codes


def test_pieces_are_counted_on_every_page(conference, monkeypatch):
    """Also of who stands on the last place of a page, and after a change."""
    monkeypatch.setattr("registration.checkin.tablet_list.PAGE", 3)
    shirt = factories.add_on(conference=conference)
    desk = factories.checkpoint(conference=conference)
    desk.add_ons.add(shirt)
    seats = [factories.attendee(conference=conference) for _ in range(7)]
    for seat in seats:
        factories.pieces(attendee=seat, add_on=shirt, quantity=2)
        scan_at(desk, seat.access_code)
    tablet = KeptList(desk)
    assert {code: row["left"] for code, row in everybody(desk).items()} == {seat.access_code: 1 for seat in seats}
    scan_at(desk, seats[4].access_code)
    tablet.refresh()
    lefts = {seat.access_code: 0 if seat == seats[4] else 1 for seat in seats}
    assert {code: row["left"] for code, row in everybody(desk).items()} == lefts
    assert {code: row["left"] for code, row in tablet.people.items()} == lefts


# --- Changes ----------------------------------------------------------------------------------------------------------
def undo(scan: Scan) -> None:
    conference = scan.checkpoint.conference
    undo_check_in(
        conference=conference, scan_id=scan.pk, by=None, role="organiser", reason="wrong one", now=timezone.now()
    )


def stage(conference) -> SimpleNamespace:
    main = Checkpoint.objects.main(conference)
    kind = factories.ticket_type(conference=conference)
    order = factories.order(conference=conference, ticket_type=kind, seats=2, total="10.00")
    seat, other = order.attendees.order_by("pk")
    inside = factories.attendee(conference=conference)
    scan = scan_at(main, inside.access_code).scan
    barcode = factories.attendee(conference=conference, imported_code="old barcode")
    RetiredCode.objects.create(code="RETIRED1", attendee=other)
    gone = factories.attendee(conference=conference)
    return SimpleNamespace(
        main=main, kind=kind, order=order, seat=seat, other=other, inside=inside, scan=scan, barcode=barcode, gone=gone,
        conference=conference, elsewhere=factories.checkpoint(conference=conference),
    )  # fmt: skip


def late_twin(on: SimpleNamespace) -> None:
    moment = timezone.now() - dt.timedelta(hours=1)
    scan_at(on.main, on.inside.access_code, scanned_at=moment, device_verdict="admitted")


# These leave every row as it was.
NO_DIFFERENCE = {"unblocked", "barcode given back", "free", "order gone", "rehearsal"}
CHANGES: dict[str, Callable[[SimpleNamespace], object]] = {
    "new seat": lambda on: factories.attendee(conference=on.conference),
    "name": lambda on: correct_seat(
        attendee=on.seat, name="Somebody Else", email=on.seat.email, by=None, now=timezone.now()
    ),
    "attention": lambda on: note_about_seat(attendee=on.seat, note="", needs_attention=True),
    "note": lambda on: note_about_seat(attendee=on.seat, note="Seat in row A", needs_attention=False),
    "blocked": lambda on: block_seat(attendee=on.seat, reason="lost", by=None, now=timezone.now()),
    "unblocked": lambda on: (
        block_seat(attendee=on.seat, reason="lost", by=None, now=timezone.now()),
        unblock_seat(attendee=on.seat, by=None, now=timezone.now()),
    ),
    "cancelled": lambda on: cancel_seat(attendee=on.seat, reason="ill", by=None, now=timezone.now()),
    "unpaid": lambda on: Order.objects.filter(pk=on.order.pk).update(status=OrderStatus.PENDING),
    "free": lambda on: Order.objects.filter(pk=on.order.pk).update(status=OrderStatus.PENDING, total=0),
    "order gone": lambda on: on.conference.attendees.update(order=None),
    "many at once": lambda on: on.conference.attendees.update(completed_registration=False),
    "bulk update": lambda on: Attendee.objects.bulk_update(
        [Attendee(pk=on.seat.pk, name="One"), Attendee(pk=on.other.pk, name="Other")], ["name"]
    ),
    "admitted": lambda on: scan_at(on.main, on.seat.access_code),
    "undone": lambda on: undo(on.scan),
    "earlier entry": late_twin,
    "reissued": lambda on: reissue_code(attendee=on.seat, reason="lost", by=None, now=timezone.now()),
    "reissued barcode": lambda on: reissue_code(attendee=on.barcode, reason="lost", by=None, now=timezone.now()),
    "other code": lambda on: Attendee.objects.filter(pk=on.seat.pk).update(access_code="ABCDEFGH"),
    "codes swapped": lambda on: (
        Attendee.objects.filter(pk=on.seat.pk).update(access_code="ABCDEFGH"),
        Attendee.objects.filter(pk=on.other.pk).update(access_code=on.seat.access_code),
    ),
    "barcode retired elsewhere": lambda on: Attendee.objects.filter(pk=on.seat.pk).update(imported_code="RETIRED1"),
    "barcode given back": lambda on: (
        Attendee.objects.filter(pk=on.seat.pk).update(imported_code="RETIRED1"),
        Attendee.objects.filter(pk=on.seat.pk).update(imported_code=None),
    ),
    "retired code deleted": lambda on: RetiredCode.objects.all().delete(),
    "retired code changed": lambda on: RetiredCode.objects.update(code="RETIRED2"),
    "seat deleted": lambda on: on.gone.delete(),
    "scan deleted": lambda on: on.scan.delete(),
    "ticket renamed": lambda on: TicketType.objects.filter(pk=on.kind.pk).update(name="Another"),
    "tickets of the checkpoint": lambda on: on.main.ticket_types.set([on.kind]),
    "entry": lambda on: Checkpoint.objects.filter(pk=on.main.pk).update(entry=Entry.UNLIMITED),
    "rehearsal": lambda on: Checkpoint.objects.filter(pk=on.main.pk).update(rehearsal=True),
}


@pytest.mark.counters_falsified
@pytest.mark.parametrize("change", CHANGES)
def test_change_reaches_a_list_that_was_kept(conference, change):
    on = stage(conference)
    kept = KeptList(on.main)
    before = kept.people
    CHANGES[change](on)
    on.main.refresh_from_db()
    kept.refresh()
    assert kept.people == everybody(on.main)
    assert (kept.people == before) is (change in NO_DIFFERENCE)


def test_scan_elsewhere_and_refused_scan_are_no_change(conference):
    on = stage(conference)
    count = ListChange.objects.count()
    scan_at(on.main, on.inside.access_code)
    scan_at(on.main, "nobody's")
    on.main.rehearsal = True
    scan_at(on.main, on.seat.access_code)
    assert ListChange.objects.count() == count
    scan_at(on.elsewhere, on.seat.access_code)
    change = ListChange.objects.get(pk__gt=ListChange.objects.order_by("-pk")[1].pk)
    assert (change.checkpoint_id, change.attendee_id) == (on.elsewhere.pk, on.seat.pk)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "1.2.3",
        "a.b.c.d.e",
        "1.99999999999999999999.0..1",
        "\x00.1.1.1.1",
        "é.1.1.1.1",
        "....",
        "x.-1.1.m.1",
    ],
)
def test_cursor_that_says_nothing_gives_the_complete_list(conference, cursor):
    seat = factories.attendee(conference=conference)
    listed = read_list(checkpoint=Checkpoint.objects.main(conference), cursor=cursor, now=timezone.now())
    assert listed.is_complete
    assert seat.access_code in "".join(listed.people)


def test_cursor_of_another_checkpoint_and_of_long_ago_gives_the_complete_list(conference):
    main, other = Checkpoint.objects.main(conference), factories.checkpoint(conference=conference)
    cursor = KeptList(main).cursor
    now = timezone.now()
    assert read_list(checkpoint=other, cursor=cursor, now=now).is_complete
    assert not read_list(checkpoint=main, cursor=cursor, now=now + dt.timedelta(days=6)).is_complete
    assert read_list(checkpoint=main, cursor=cursor, now=now + dt.timedelta(days=8)).is_complete


def test_many_changes_are_answered_with_the_complete_list(conference, monkeypatch):
    monkeypatch.setattr("registration.checkin.tablet_list.MANY_CHANGES", 2)
    kept = KeptList(Checkpoint.objects.main(conference))
    for _number in range(3):
        factories.attendee(conference=conference)
    assert kept.refresh().is_complete
    assert len(kept.people) == 3


def test_old_changes_are_forgotten_and_older_cursors_get_the_complete_list(conference):
    factories.attendee(conference=conference)
    kept = KeptList(Checkpoint.objects.main(conference))
    now = timezone.now() + dt.timedelta(days=9)
    factories.attendee(conference=conference)
    assert forget_old_changes(now=now) == 2
    assert ListChange.objects.exclude(conference_id=0).count() == 0
    assert kept.refresh().is_complete
    assert len(kept.people) == 2


def test_queries_do_not_grow_with_the_people(conference):
    main = Checkpoint.objects.main(conference)
    counts = []
    for _number in range(2):
        kept = KeptList(main)
        for _seat in range(3):
            factories.attendee(conference=conference)
        with CaptureQueriesContext(connection) as captured:
            kept.refresh()
        counts.append(len(captured))
    assert counts == [8, 8]
