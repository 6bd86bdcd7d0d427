"""A tablet without a network refuses what the server would, for the same reason: whatever the seat, the list's row and a
scan say the same, and what the design says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registration.attendee.models import Attendee, AttendeeState, RetiredCode
from registration.checkin.models import Checkpoint, Entry, Verdict
from registration.checkin.tablet_list import read_list
from registration.order.models import OrderStatus
from tests import factories
from tests.registration.checkin.offline import people_of, scan_at

NOW = dt.datetime(2026, 6, 1, 10, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

SEATS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(AttendeeState),
        "blocked_reason": st.sampled_from(["", "", "lost"]),
        "completed_registration": st.sampled_from([True, True, False]),
        "kind": st.sampled_from([None, 0, 1]),
        # Bought along with the ticket: how many, the state of that order, whether they were given back, how many were used.
        "pieces": st.lists(
            st.tuples(st.integers(1, 2), st.sampled_from(["paid", "pending", "cancelled"]), st.booleans()), max_size=2
        ),
        "used": st.integers(0, 3),
        "order": st.none() | st.tuples(st.sampled_from(OrderStatus), st.sampled_from(["0.00", "10.00"])),
    }
)
CHECKPOINTS = st.fixed_dictionaries(
    {
        "hands_out": st.sampled_from([False, False, True]),
        "accepts": st.sampled_from([[], [], [0], [0, 1]]),
        "entry": st.sampled_from(Entry),
        "rehearsal": st.booleans(),
        "opens_at": st.sampled_from([None, None, NOW - HOUR, NOW + HOUR]),
        "closes_at": st.sampled_from([None, None, NOW - HOUR, NOW + HOUR]),
    }
)
# So much has to be so for pieces to be handed out that chance hardly ever comes to it: two were bought and are there.
GOOD = {
    "state": AttendeeState.VALID, "blocked_reason": "", "completed_registration": True, "kind": 0, "order": None,
    "pieces": [(2, "paid", False), (1, "pending", False), (1, "paid", True)],
}  # fmt: skip
COUNTER = {
    "hands_out": True, "accepts": [0], "entry": Entry.ONCE, "rehearsal": False, "opens_at": None, "closes_at": None,
}  # fmt: skip
HANDED_OUT = [
    example(seat=GOOD | {"used": used}, place=COUNTER | place, admitted_at=None, is_retired=False)
    for used in range(4)
    for place in ({}, {"entry": Entry.DAILY}, {"rehearsal": True})
]
# All that may speak against a seat at once, and then what is told first is mended each time.
AGAINST = {"state": AttendeeState.CANCELLED, "blocked_reason": "lost", "completed_registration": False, "kind": 1,
           "pieces": [], "used": 0, "order": (OrderStatus.PENDING, "10.00")}  # fmt: skip
MENDED = [
    {"state": AttendeeState.REFUNDED}, {"state": AttendeeState.VALID}, {"blocked_reason": ""}, {"order": None},
    {"completed_registration": True}, {"kind": 0},
]  # fmt: skip
FIRST_TOLD = [
    example(seat=seat, place=COUNTER | {"hands_out": False}, admitted_at=None, is_retired=False)
    for seat in accumulate(MENDED, or_, initial=AGAINST)
]
ADMITTED_AT = st.sampled_from([None, NOW - dt.timedelta(days=1), NOW - dt.timedelta(minutes=1)])


def by_the_design(seat: dict[str, Any], place: dict[str, Any]) -> str:
    """What a scan would be refused for, apart from clock and earlier admissions; `ok` when for nothing."""
    status, total = seat["order"] or (OrderStatus.PAID, "0.00")
    reasons = {
        "cancelled": seat["state"] == AttendeeState.CANCELLED,
        "refunded": seat["state"] == AttendeeState.REFUNDED,
        "blocked": seat["blocked_reason"] != "",
        "unpaid": status == OrderStatus.PENDING and total != "0.00",
        "incomplete": not seat["completed_registration"],
        "wrong_ticket": (bool(place["accepts"]) and seat["kind"] not in place["accepts"])
        or (place["hands_out"] and not bought(seat)),
    }
    return next((word for word, applies in reasons.items() if applies), "ok")


def bought(seat: dict[str, Any]) -> int:
    return sum(quantity for quantity, status, is_back in seat["pieces"] if status == "paid" and not is_back)


def with_examples(test: Callable[..., None]) -> Callable[..., None]:
    return reduce(lambda decorated, one: one(decorated), HANDED_OUT + FIRST_TOLD, test)


ANY = given(seat=SEATS, place=CHECKPOINTS, admitted_at=ADMITTED_AT, is_retired=st.sampled_from([False, False, True]))


@pytest.mark.django_db
@pytest.mark.both_databases
@with_examples
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY
def test_list_says_what_a_scan_would_answer(seat, place, admitted_at, is_retired):
    _prove_that_both_say_the_same(seat, place, admitted_at, is_retired)


@pytest.mark.hostile
@pytest.mark.django_db
@pytest.mark.both_databases
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY
def test_list_says_of_many_what_a_scan_would_answer(seat, place, admitted_at, is_retired):
    _prove_that_both_say_the_same(seat, place, admitted_at, is_retired)


def _prove_that_both_say_the_same(
    seat: dict[str, Any], place: dict[str, Any], admitted_at: dt.datetime | None, is_retired: bool
) -> None:
    with transaction.atomic():
        conference = factories.conference(timezone="Europe/Berlin")
        kinds = [factories.ticket_type(conference=conference) for _ in range(2)]
        checkpoint = factories.checkpoint(conference=conference, entry=place["entry"])
        held = factories.attendee(conference=conference)
        if place["hands_out"]:
            checkpoint.add_ons.add(add_on := factories.add_on(conference=conference))
            spare = factories.pieces(attendee=held, add_on=add_on, quantity=9)
            for _number in range(seat["used"]):
                scan_at(checkpoint, held.access_code, now=NOW - HOUR / 2)
            spare.delete()
            for quantity, status, is_back in seat["pieces"]:
                order = factories.order(
                    conference=conference, status=status, total="5.00", seats=0, ticket_type=kinds[0]
                )
                released_at = NOW if is_back else None
                factories.pieces(attendee=held, add_on=add_on, quantity=quantity, order=order, released_at=released_at)
        elif admitted_at:  # as a good ticket, before anything came in the way
            assert scan_at(checkpoint, held.access_code, now=admitted_at).verdict == Verdict.ADMITTED
        fields: dict[str, Any] = {name: seat[name] for name in ("state", "blocked_reason", "completed_registration")}
        if seat["order"]:
            status, total = seat["order"]
            fields["order"] = factories.order(
                conference=conference, status=status, total=total, seats=0, ticket_type=kinds[0]
            )
        if seat["kind"] is not None:
            fields["ticket_type"] = kinds[seat["kind"]]
        Attendee.objects.filter(pk=held.pk).update(**fields)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(
            **{name: place[name] for name in ("rehearsal", "opens_at", "closes_at")}
        )
        checkpoint.refresh_from_db()
        checkpoint.ticket_types.set([kinds[number] for number in place["accepts"]])
        code = held.access_code
        if is_retired:
            code = "RETIRED9"
            RetiredCode.objects.create(code=code, attendee=held)

        row = people_of(read_list(checkpoint=checkpoint, cursor=None, now=NOW))[code]
        answer = scan_at(checkpoint, code, now=NOW)

        assert row["status"] == ("replaced" if is_retired else by_the_design(seat, place))
        if row["status"] != "ok":
            assert answer.verdict == row["status"]
        elif not checkpoint.is_open(now=NOW):
            assert answer.verdict == Verdict.NOT_OPEN
        elif place["hands_out"] and checkpoint.entry != Entry.UNLIMITED:
            used = seat["used"]
            assert row["left"] == max(0, bought(seat) - used)
            assert row["used_at"] == (f"{NOW - HOUR / 2:%Y-%m-%dT%H:%M:%SZ}" if used else None)
            is_all_used = used >= bought(seat) and not place["rehearsal"]
            assert answer.verdict == (Verdict.ALREADY_ADMITTED if is_all_used else Verdict.ADMITTED)
        elif row["left"] == 0 and not place["rehearsal"]:
            assert answer.verdict == Verdict.ALREADY_ADMITTED
            assert row["used_at"] == f"{admitted_at:%Y-%m-%dT%H:%M:%SZ}"
        else:
            assert answer.verdict == Verdict.ADMITTED
            assert row["used_at"] is None or place["rehearsal"]
        transaction.set_rollback(True)
