"""Holds, orders and vouchers at once: never more held and sold than there is, each choice sold or free, never both (S1,
S2 of the hostile cases). Every race has its control, the same with the protection switched off.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import Voucher
from registration.errors import RegistrationError
from registration.order import checkout, holding, writing
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.recount import recount_places
from tests import factories, hooks
from tests.server import together

pytestmark = pytest.mark.both_databases

NOW = timezone.now()
OVER = NOW + holding.HOLD + dt.timedelta(minutes=1)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """`without(hook)`: in this process, for this test."""

    def switch_off(hook: Callable[[], None]) -> None:
        for owner, names in {
            writing: ["exchange_places", "refuse_beyond_limits", "transaction"],
            checkout: ["note", "complete_order"],
            holding: ["release_lines"],
            QuerySet: ["select_for_update"],
        }.items():
            for name in names:
                monkeypatch.setattr(owner, name, getattr(owner, name))
        hook()

    return switch_off


def answer(call: Callable[..., Order], **arguments: Any) -> str:
    """The code of the refusal, or ""."""
    try:
        call(**arguments)
    except RegistrationError as refusal:
        return refusal.code
    return ""


def tried(*calls: Callable[[], Any]) -> list[Any]:
    """`together`, each with a connection of its own that ends with it."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connection.close()

    return together([lambda call=call: run(call) for call in calls])


def sold_and_held(conference: Conference) -> int:
    """In one statement, so that nothing is seen twice or not at all."""
    seats = Attendee.objects.live().filter(conference=OuterRef("pk")).order_by().values("conference")
    held = OrderLine.objects.holding().filter(
        order__conference=OuterRef("pk"), attendee=None, ticket_type__isnull=False
    )
    counts = Conference.objects.annotate(
        sold=Subquery(seats.annotate(n=Count("pk")).values("n")),
        held=Subquery(held.order_by().values("order__conference").annotate(n=Sum("quantity")).values("n")),
    )
    return sum(count or 0 for count in counts.values_list("sold", "held").get(pk=conference.pk))


def crowd(conference: Conference, *, buyers: int, threads: int) -> tuple[Counter[str], list[int]]:
    """`buyers` hold three places each, every other one orders them; and what was taken at every poll meanwhile."""
    kind = factories.ticket_type(conference=conference)
    people = [factories.user() for _ in range(buyers)]
    answers: Counter[str] = Counter()
    polls: list[int] = []
    left = threading.Semaphore(0)

    def buy(some: list[User]) -> None:
        for person in some:
            seats = [SeatRequest(kind)] * 3
            form = {"conference": conference, "buyer": person, "checkout_id": uuid.uuid4(), "now": NOW}
            code = answer(holding.hold_order, choice=Choice(tuple(seats)), **form)
            if not code and person.pk % 2:
                code = answer(place_order, seats=seats, **form) or "placed"
            answers[code or "held"] += 1

    def poll() -> None:
        done = 0
        while done < threads:
            done += left.acquire(timeout=0.01)
            polls.append(sold_and_held(conference))

    def buy_and_leave(some: list[User]) -> None:
        try:
            buy(some)
        finally:
            left.release()

    tried(poll, *(lambda some=people[n::threads]: buy_and_leave(some) for n in range(threads)))
    return answers, polls


def test_sold_and_held_never_exceed_the_capacity_at_any_poll(own_database):
    conference = factories.conference(total_capacity=10)
    answers, polls = crowd(conference, buyers=100, threads=20)
    assert answers["held"] + answers["placed"] == 3
    assert answers["sold_out"] == 97
    assert (max(polls), len(polls) > 20) == (9, True)
    assert recount_places(conference=conference) == []
    # Those that were only held are free again.
    holding.release_expired_holds(now=OVER)
    assert sold_and_held(conference) == 3 * answers["placed"]
    assert recount_places(conference=conference) == []


@pytest.mark.counters_falsified
def test_control_without_protection_more_is_held_than_there_is(own_database, without):
    without(hooks.sell_without_protection)
    _answers, polls = crowd(factories.conference(total_capacity=10), buyers=8, threads=8)
    assert max(polls) > 10


def use_voucher(buyers: int, *, seats: int = 1, uses: int = 1) -> tuple[Counter[str], Conference]:
    conference = factories.conference()
    kind = factories.ticket_type(conference=conference, price=Decimal("100"))
    factories.voucher(conference=conference, code="LAST", max_uses=uses)
    people = [factories.user() for _ in range(buyers)]

    def buy(person: User) -> str:
        return answer(
            place_order, conference=conference, buyer=person, seats=[SeatRequest(kind)] * seats, voucher_code="LAST",
            checkout_id=uuid.uuid4(), now=NOW,
        )  # fmt: skip

    return Counter(tried(*(lambda person=person: buy(person) for person in people))), conference


def free_seats() -> int:
    return OrderLine.objects.filter(price=0).count()


def test_last_use_of_a_voucher_goes_to_one(own_database):
    answers, conference = use_voucher(32)
    assert answers == {"": 1, "voucher_used_up": 31}
    assert (Attendee.objects.count(), recount_places(conference=conference)) == (1, [])


def test_last_uses_of_a_voucher_go_to_as_many_seats_of_orders_that_have_more(own_database):
    """Who read that there were three, and finds fewer, is refused; who reads what is left has that."""
    answers, conference = use_voucher(32, seats=3, uses=4)
    assert answers[""] + answers["voucher_used_up"] == 32
    assert (free_seats() in {3, 4}, Attendee.objects.count()) == (True, 3 * answers[""])
    assert (Voucher.objects.get().used, recount_places(conference=conference)) == (free_seats(), [])


@pytest.mark.counters_falsified
def test_control_without_protection_the_last_use_goes_to_several(own_database, without):
    without(hooks.sell_without_protection)
    answers, _conference = use_voucher(8)
    assert answers[""] > 1


@pytest.mark.counters_falsified
def test_control_without_protection_more_seats_have_a_voucher_than_it_has_uses(own_database, without):
    without(hooks.sell_without_protection)
    use_voucher(8, seats=3, uses=4)
    assert free_seats() > 4


def confirm_at_expiry(holds: int) -> Iterator[tuple[str, Order]]:
    """Every hold is confirmed and freed at the same moment; what each buyer was told, and the order as stored."""
    conference = factories.conference(total_capacity=holds)
    kind = factories.ticket_type(conference=conference)
    forms = [{"conference": conference, "buyer": factories.user(), "checkout_id": uuid.uuid4()} for _ in range(holds)]
    choice = Choice((SeatRequest(kind),))
    for form in forms:
        holding.hold_order(choice=choice, now=NOW, **form)
    stranger = {"conference": conference, "buyer": factories.user(), "choice": Choice((SeatRequest(kind),) * 2)}
    answers = tried(
        *(lambda form=form: answer(place_order, seats=list(choice.seats), now=OVER, **form) for form in forms),
        *[lambda: holding.release_expired_holds(now=OVER)] * 2,
        # Somebody who waits for what becomes free.
        lambda: [answer(holding.hold_order, checkout_id=uuid.uuid4(), now=OVER, **stranger) for _try in range(10)],
    )
    assert sold_and_held(conference) <= holds
    assert recount_places(conference=conference) == []
    for form, told in zip(forms, answers, strict=False):
        yield told, Order.objects.get(checkout_id=form["checkout_id"])


def test_confirmed_at_the_moment_of_expiry_is_an_order_or_a_refusal(own_database):
    for told, order in confirm_at_expiry(12):
        outcome = (told, order.status, order.attendees.count())
        assert outcome in {("", OrderStatus.PAID, 1), ("hold_expired", OrderStatus.EXPIRED, 0)}


def test_control_without_a_second_look_under_the_lock_an_order_is_sold_and_expired(own_database, monkeypatch):
    conference = factories.conference()
    seats = [SeatRequest(factories.ticket_type(conference=conference))]
    form = {"conference": conference, "buyer": factories.user(), "checkout_id": uuid.uuid4()}
    order = holding.hold_order(choice=Choice(tuple(seats)), now=NOW, **form)

    def release_one(pk: int, *, now: dt.datetime) -> bool:
        seen = Order.objects.hold_over(now=now).get(pk=pk)
        assert answer(place_order, seats=seats, now=OVER, **form) == ""
        with transaction.atomic():
            holding._end(seen, now)
        return True

    monkeypatch.setattr(holding, "_release_one", release_one)
    holding.release_expired_holds(now=OVER)
    order.refresh_from_db()
    assert (order.status, order.attendees.count()) == (OrderStatus.EXPIRED, 1)


def test_held_choice_confirmed_eight_times_at_once_is_one_order(own_database):
    conference = factories.conference(total_capacity=2)
    seats = [SeatRequest(factories.ticket_type(conference=conference))] * 2
    form = {"conference": conference, "buyer": factories.user(), "checkout_id": uuid.uuid4(), "now": NOW}
    held = tried(*[lambda: holding.hold_order(choice=Choice(tuple(seats)), **form).pk] * 8)
    placed = tried(*[lambda: place_order(seats=seats, **form).pk] * 8)
    assert len({*held, *placed}) == 1
    assert (Attendee.objects.count(), OrderLine.objects.count(), recount_places(conference=conference)) == (2, 2, [])


def test_holds_changes_orders_and_cancellations_do_not_deadlock(own_database):
    conference = factories.conference(total_capacity=1000)
    kinds = [factories.ticket_type(conference=conference, total_quantity=500) for _ in range(2)]
    extras = [factories.add_on(conference=conference, total_quantity=500) for _ in range(2)]
    code = factories.voucher(conference=conference, max_uses=0)

    def buy(person: User, order: int) -> None:
        first, second = kinds[::order], extras[::order]
        for _round in range(2):
            form = {"conference": conference, "buyer": person, "checkout_id": uuid.uuid4(), "now": NOW}
            whole = Choice(tuple(SeatRequest(kind, add_ons=dict.fromkeys(second, 1)) for kind in first), code.code)
            holding.hold_order(choice=whole, **form)
            holding.hold_order(choice=Choice((SeatRequest(first[0], add_ons={second[1]: 1}),)), **form)
            placed = place_order(seats=list(whole.seats), voucher_code=code.code, **form)
            cancel_seat(attendee=placed.attendees.order_by("pk")[0], reason="ill", by=None, now=NOW)
            holding.hold_order(choice=whole, **form | {"checkout_id": uuid.uuid4()})
            holding.release_expired_holds(now=OVER)

    people = [factories.user() for _ in range(4)]
    tried(*(lambda p=p, i=i: buy(p, 1 if i % 2 else -1) for i, p in enumerate(people)))
    assert (Attendee.objects.live().count(), recount_places(conference=conference)) == (4 * 2, [])
