"""A choice holds its places for a while: then it is sold, or they are free again."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.history import Event
from registration.order.holding import HOLD, hold_order, release_expired_holds
from registration.order.models import Order, OrderStatus
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MINUTE = dt.timedelta(minutes=1)
OVER = NOW + HOLD + MINUTE


@pytest.fixture
def buyer(db):
    return factories.user(name="Ada Lovelace", email="ada@example.org")


@pytest.fixture
def kind(conference):
    return factories.ticket_type(conference=conference, name="Student", total_quantity=2, price=Decimal("79"))


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", total_quantity=2)


def choice(kind, count=1, voucher_code="", **fields):
    return Choice((SeatRequest(kind, **fields),) * count, voucher_code)


def hold(buyer, chosen, *, now=NOW, checkout_id=None):
    return hold_order(
        conference=chosen.seats[0].ticket_type.conference, buyer=buyer, choice=chosen, checkout_id=checkout_id or uuid.uuid4(), now=now
    )  # fmt: skip


def place(held, chosen, *, now=NOW, buyer=None):
    return place_order(
        conference=held.conference, buyer=buyer or held.user, seats=list(chosen.seats), voucher_code=chosen.voucher_code,
        checkout_id=held.checkout_id, now=now,
    )  # fmt: skip


def left(row):
    row.refresh_from_db()
    return row.places_left


@pytest.mark.both_databases
def test_held_choice_is_no_order_yet(conference, buyer, kind, dinner):
    held = hold(buyer, choice(kind, 2, add_ons={dinner: 1}))
    assert (left(kind), left(dinner), held.hold_expires_at) == (0, 0, NOW + HOLD)
    assert (Attendee.objects.count(), Email.objects.count(), held.events.count()) == (0, 0, 0)
    assert (list(Order.objects.placed()), list(Order.objects.choices())) == ([], [held])
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
def test_held_choice_is_sold_without_taking_its_places_twice(conference, buyer, kind, dinner):
    chosen = choice(kind, 2, add_ons={dinner: 1})
    held = hold(buyer, chosen)
    placed = place(held, chosen, now=NOW + 14 * MINUTE)
    assert (placed, placed.hold_expires_at, placed.attendees.count(), placed.lines.count()) == (held, None, 2, 4)
    assert (left(kind), left(dinner), list(Order.objects.placed())) == (0, 0, [held])
    assert (placed.created_at, [event.kind for event in placed.events.all()]) == (NOW + 14 * MINUTE, [Event.PLACED])
    assert place(held, chosen, now=OVER) == placed
    assert hold(buyer, chosen, checkout_id=held.checkout_id) == placed
    release_expired_holds(now=OVER)
    placed.refresh_from_db()
    assert (placed.status, recount_places(conference=conference)) == (OrderStatus.PENDING, [])


def test_what_differs_from_what_is_held_is_taken_and_given_back(conference, buyer, kind, dinner):
    held = hold(buyer, choice(kind, 2, add_ons={dinner: 1}))
    lunch = factories.add_on(conference=conference)
    placed = place(held, choice(kind, add_ons={lunch: 1}))
    lunch.refresh_from_db()
    assert (left(kind), left(dinner), lunch.taken, placed.lines.count()) == (1, 2, 1, 2)
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
def test_buyer_holds_one_choice_at_a_time(conference, buyer, kind):
    first = hold(buyer, choice(kind, 2))
    again = hold(buyer, choice(kind, 2), now=NOW + MINUTE)
    first.refresh_from_db()
    assert (first.status, again.hold_expires_at) == (OrderStatus.EXPIRED, NOW + MINUTE + HOLD)
    assert (left(kind), recount_places(conference=conference)) == (0, [])


def test_refused_choice_leaves_what_was_held_before(conference, buyer, kind):
    first = hold(buyer, choice(kind, 2))
    with pytest.raises(RegistrationError) as refused:
        hold(buyer, choice(kind, 3))
    first.refresh_from_db()
    assert (refused.value.code, first.is_held, left(kind)) == ("sold_out", True, 0)
    assert recount_places(conference=conference) == []


def test_another_choice_under_the_same_id_keeps_its_clock_until_it_is_over(buyer, kind, dinner):
    held = hold(buyer, choice(kind))
    changed = hold(buyer, choice(kind, add_ons={dinner: 1}), checkout_id=held.checkout_id, now=NOW + MINUTE)
    assert (changed, changed.hold_expires_at, left(dinner)) == (held, NOW + HOLD, 1)
    anew = hold(buyer, choice(kind), checkout_id=held.checkout_id, now=OVER)
    assert (anew.hold_expires_at, left(dinner), left(kind)) == (OVER + HOLD, 2, 1)


def test_held_places_count_for_the_limit_of_a_buyer(conference, buyer):
    limited = factories.ticket_type(conference=conference, limit_per_user=2)
    held = hold(buyer, choice(limited, 2))
    with pytest.raises(RegistrationError, match="limited to 2"):
        place_order(conference=conference, buyer=buyer, seats=[SeatRequest(limited)], checkout_id=uuid.uuid4(), now=NOW)
    assert place(held, choice(limited, 2)).attendees.count() == 2


def test_expired_hold_is_free_again_and_its_order_stays_unplaced(conference, buyer, kind, dinner):
    code = factories.voucher(conference=conference)
    held = hold(buyer, choice(kind, 1, code.code, add_ons={dinner: 1}))
    release_expired_holds(now=NOW + HOLD - MINUTE)
    assert left(kind) == 1
    assert [release_expired_holds(now=NOW + HOLD) for _ in range(2)] == [1, 0]
    held.refresh_from_db()
    code.refresh_from_db()
    assert (held.status, left(kind), left(dinner), code.used) == (OrderStatus.EXPIRED, 2, 2, 0)
    assert ([event.kind for event in held.events.all()], list(Order.objects.placed())) == ([Event.EXPIRED], [])
    assert recount_places(conference=conference) == []


def test_expired_hold_is_forgotten_after_a_day(buyer, kind):
    hold(buyer, choice(kind))
    placed = factories.order(conference=kind.conference, status=OrderStatus.EXPIRED, hold_expires_at=NOW)
    release_expired_holds(now=OVER)
    assert Order.objects.count() == 2
    release_expired_holds(now=OVER + dt.timedelta(days=1))
    assert list(Order.objects.all()) == [placed]


def test_expired_choice_takes_its_places_again_where_they_are_there(conference, buyer, kind):
    held = hold(buyer, choice(kind, 2))
    release_expired_holds(now=OVER)
    placed = place(held, choice(kind, 2), now=OVER)
    assert (placed, placed.attendees.count(), left(kind)) == (held, 2, 0)
    assert recount_places(conference=conference) == []


def test_expired_choice_whose_places_are_gone_is_refused_in_words(conference, buyer, kind):
    held = hold(buyer, choice(kind, 2))
    release_expired_holds(now=OVER)
    hold(factories.user(), choice(kind), now=OVER)
    with pytest.raises(RegistrationError) as refused:
        place(held, choice(kind, 2), now=OVER)
    assert (refused.value.code, "Student is sold out." in refused.value.message) == ("hold_expired", True)
    held.refresh_from_db()
    assert (held.status, Attendee.objects.count(), recount_places(conference=conference)) == (
        OrderStatus.EXPIRED,
        0,
        [],
    )


@pytest.mark.both_databases
def test_hold_keeps_its_price_and_its_window(conference, buyer, kind):
    factories.discount(conference=conference, valid_until=NOW + MINUTE)
    kind.available_until = NOW + MINUTE
    kind.save()
    held = hold(buyer, choice(kind))
    placed = place(held, choice(kind), now=NOW + 10 * MINUTE)
    assert (placed.total, placed.discount) == (Decimal("71.10"), Decimal("7.90"))


def test_hold_that_is_over_has_no_old_price(conference, buyer, kind):
    factories.discount(conference=conference, valid_until=NOW + MINUTE)
    held = hold(buyer, choice(kind))
    assert place(held, choice(kind), now=OVER).total == Decimal("79")


def test_hold_of_somebody_else_is_refused(buyer, kind):
    held = hold(factories.user(), choice(kind))
    for refused in (
        lambda: hold(buyer, choice(kind), checkout_id=held.checkout_id),
        lambda: place(held, choice(kind), buyer=buyer),
    ):
        with pytest.raises(RegistrationError) as refusal:
            refused()
        assert refusal.value.code == "checkout_id_reused"


def test_worker_frees_expired_holds_more_than_once_a_minute():
    from registration.management.commands.worker import JOBS

    assert [job.seconds < 60 for job in JOBS if job.work is release_expired_holds] == [True]
