"""Checkpoints that hand out what was bought along with a ticket: as many pieces as were bought, each once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Role
from registration.checkin.admission import undo_check_in
from registration.checkin.hand_outs import HandOut
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.order.models import OrderLine, OrderStatus
from tests import factories
from tests.registration.checkin.hand_outs.dinners import as_often_as_they_like, verdicts
from tests.registration.checkin.offline import Device, KeptList, everybody, scan_at

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2027, 6, 9, 10, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def live_keys(place: Checkpoint) -> list[str]:
    return sorted(Scan.objects.live_admissions().filter(checkpoint=place).values_list("entry_key", flat=True))


def undo(scan: Scan) -> None:
    undo_check_in(
        conference=scan.checkpoint.conference, scan_id=scan.pk, by=None, role=Role.DESK, reason="wrong", now=NOON
    )


def test_each_piece_is_handed_out_once(place, seat):
    assert verdicts(place, seat.access_code, 5) == ["admitted"] * 3 + ["already_admitted"] * 2
    assert live_keys(place) == ["#1", "#2", "#3"]
    seat.refresh_from_db()
    assert seat.checked_in_at is None


def test_refusal_tells_of_the_last_one(place, seat):
    scans = [scan_at(place, seat.access_code, now=NOON + number * HOUR).scan for number in range(3)]
    answer = scan_at(place, seat.access_code, now=NOON + 4 * HOUR)
    assert (answer.admission, answer.first) == (scans[-1], scans[-1])
    assert answer.hand_out == HandOut(3, ("#1", "#2", "#3"))


@pytest.mark.both_databases
def test_so_many_a_day(conference, place, seat):
    conference.timezone = "Europe/Berlin"
    conference.save()
    Checkpoint.objects.filter(pk=place.pk).update(entry="daily")
    place = Checkpoint.objects.get(pk=place.pk)
    late = dt.datetime(2027, 6, 9, 21, 59, tzinfo=dt.UTC)  # a minute to midnight in Berlin
    assert verdicts(place, seat.access_code, 4, now=late)[-2:] == ["admitted", "already_admitted"]
    assert verdicts(place, seat.access_code, 1, now=late + HOUR) == ["admitted"]
    assert live_keys(place) == ["2027-06-09#1", "2027-06-09#2", "2027-06-09#3", "2027-06-10#1"]


def test_piece_that_was_taken_back_is_handed_out_again(place, seat):
    scans = [scan_at(place, seat.access_code).scan for _number in range(3)]
    undo(scans[1])
    assert verdicts(place, seat.access_code, 2) == ["admitted", "already_admitted"]
    assert live_keys(place) == ["#1", "#2", "#3"]


def test_same_scan_again_hands_out_nothing_more_and_says_the_same(place, seat):
    scan_id = uuid.uuid4()
    first, again = (scan_at(place, seat.access_code, scan_id=scan_id) for _number in range(2))
    assert (again.verdict, again.is_replay, again.hand_out) == (Verdict.ADMITTED, True, first.hand_out)
    verdicts(place, seat.access_code, 2)
    assert scan_at(place, seat.access_code, scan_id=scan_id).verdict == Verdict.ADMITTED
    assert live_keys(place) == ["#1", "#2", "#3"]


@pytest.mark.parametrize(
    ("fields", "status", "verdict"),
    [
        ({}, OrderStatus.PAID, "admitted"),
        ({}, OrderStatus.PARTIALLY_REFUNDED, "admitted"),
        ({}, OrderStatus.PENDING, "wrong_ticket"),
        ({}, OrderStatus.CANCELLED, "wrong_ticket"),
        ({}, OrderStatus.EXPIRED, "wrong_ticket"),
        ({}, OrderStatus.REFUNDED, "wrong_ticket"),
        ({"released_at": NOON}, OrderStatus.PAID, "wrong_ticket"),
        ({"cancelled_at": NOON}, OrderStatus.PAID, "wrong_ticket"),
    ],
)
def test_only_what_is_paid_and_not_given_back_counts(conference, place, dinner, fields, status, verdict):
    seat = factories.attendee(conference=conference)
    order = factories.order(conference=conference, status=status, total="10.00", seats=0)
    factories.pieces(attendee=seat, add_on=dinner, order=order, **fields)
    assert verdicts(place, seat.access_code, 1) == [verdict]


def test_pieces_of_other_add_ons_and_other_people_do_not_count(conference, place, dinner):
    seat, other = (factories.attendee(conference=conference) for _number in range(2))
    factories.pieces(attendee=seat, add_on=factories.add_on(conference=conference))
    factories.pieces(attendee=other, add_on=dinner)
    assert verdicts(place, seat.access_code, 1) == ["wrong_ticket"]


@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_given_back_after_it_was_used_hands_out_no_more(place, seat, dinner):
    verdicts(place, seat.access_code, 2)
    OrderLine.objects.filter(attendee=seat, quantity=2).update(released_at=NOON)
    assert verdicts(place, seat.access_code, 1) == ["already_admitted"]


def test_always_open_hand_out_asks_only_whether_it_was_bought(conference, place, seat):
    place = as_often_as_they_like(place)
    assert verdicts(place, seat.access_code, 5) == ["admitted"] * 5
    assert verdicts(place, factories.attendee(conference=conference).access_code, 1) == ["wrong_ticket"]


def test_one_query_more_where_something_is_handed_out_and_none_elsewhere(conference, place, seat):
    # `tests/registration/checkin/test_views.py` counts those of an ordinary scan.
    main = Checkpoint.objects.main(conference)
    counts = []
    for where in (main, place):
        with CaptureQueriesContext(connection) as captured:
            scan_at(where, seat.access_code)
        counts.append(len(captured))
    # The main entrance also notes on the seat when it was entered.
    assert counts[1] == counts[0]


# --- Without the network ----------------------------------------------------------------------------------------------
@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_list_says_how_many_are_left_and_hears_of_every_change(conference, place, seat, dinner):
    order = factories.order(conference=conference, status=OrderStatus.PENDING, total="10.00", seats=0)
    line = factories.pieces(attendee=seat, add_on=dinner, order=order)
    kept = KeptList(place)
    seen = []
    for change in (
        lambda: None,
        lambda: scan_at(place, seat.access_code),
        lambda: type(order).objects.filter(pk=order.pk).update(status=OrderStatus.PAID),
        lambda: OrderLine.objects.filter(pk=line.pk).update(quantity=5),
        lambda: OrderLine.objects.filter(pk=line.pk).update(released_at=timezone.now()),
        lambda: OrderLine.objects.filter(attendee=seat).exclude(pk=line.pk).delete(),
    ):
        change()
        assert not kept.refresh().is_complete
        assert kept.people == everybody(place)
        row = kept.people[seat.access_code]
        seen.append((row["left"], row["used_at"] is not None, row["status"]))
    assert seen == [
        (3, False, "ok"), (2, True, "ok"), (3, True, "ok"), (7, True, "ok"), (2, True, "ok"), (0, True, "wrong_ticket"),
    ]  # fmt: skip


def test_other_add_ons_of_the_checkpoint_give_a_new_list(conference, place, seat):
    kept = KeptList(place)
    place.add_ons.add(factories.add_on(conference=conference))
    assert kept.refresh().is_complete


def test_last_piece_handed_out_by_two_tablets_without_the_network_is_a_conflict(conference, place, dinner):
    seat = factories.attendee(conference=conference)
    factories.pieces(attendee=seat, add_on=dinner, quantity=2)
    devices = [Device(conference, name) for name in ("Table 1", "Table 2")]
    results = [
        device.send(*(device.scan(seat.access_code, checkpoint=place.pk) for _number in range(number)))
        for device, number in zip(devices, (1, 2), strict=True)
    ]
    assert [[(one["verdict"], one["conflict"]) for one in of_device] for of_device in results] == [
        [("admitted", False)],
        [("admitted", False), ("already_admitted", True)],
    ]
    assert live_keys(place) == ["#1", "#2"]
