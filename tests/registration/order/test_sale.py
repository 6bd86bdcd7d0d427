"""Orders with add-ons, vouchers and discounts: what they cost, what they take, what they refuse."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import Reduction
from registration.changes.transfer import transfer_ticket
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.exchange import exchanges
from registration.order.history import Event
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

D = Decimal
NOW = timezone.now()


@pytest.fixture
def buyer(db):
    return factories.user(name="Ada Lovelace", email="ada@example.org")


@pytest.fixture
def regular(conference):
    return factories.ticket_type(conference=conference, name="Regular", price=D("119"), tax_rate=D("19"))


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", price=D("45"), tax_rate=D("7"), limit_per_seat=2)


def order(buyer, *seats, **arguments):
    """The first seat is the buyer's own; each is a type, or a type with its add-ons."""
    pairs = [seat if isinstance(seat, tuple) else (seat, {}) for seat in seats]
    requests = [
        SeatRequest(kind, name=buyer.name if not index else f"Guest {index}", email="" if index else buyer.email, add_ons=extras)
        for index, (kind, extras) in enumerate(pairs)
    ]  # fmt: skip
    conference = arguments.pop("conference", pairs[0][0].conference)
    given = {"checkout_id": uuid.uuid4(), "now": NOW} | arguments
    return place_order(conference=conference, buyer=buyer, seats=requests, **given)


def refusal(buyer, *seats, **arguments):
    """The code of the refusal; nothing may have been written by it."""
    before = (Order.objects.count(), Attendee.objects.count(), OrderLine.objects.count())
    with pytest.raises(RegistrationError) as refused:
        order(buyer, *seats, **arguments)
    assert (Order.objects.count(), Attendee.objects.count(), OrderLine.objects.count()) == before
    for conference in Conference.objects.all():
        assert recount_places(conference=conference) == []
    return refused.value.code


def lines_of(placed):
    return [
        (
            line.text,
            line.quantity,
            line.price,
            line.discount,
            line.tax,
            line.discount_text,
            line.attendee and line.attendee.name,
        )
        for line in placed.lines.select_related("attendee")
    ]


def test_each_seat_has_a_line_and_each_of_its_add_ons(conference, buyer, regular, dinner):
    placed = order(buyer, (regular, {dinner: 2}), regular)
    assert lines_of(placed) == [
        ("Regular", 1, D("119"), D(0), D("19.00"), "", "Ada Lovelace"),
        ("Dinner", 2, D("45"), D(0), D("5.89"), "", "Ada Lovelace"),
        ("Regular", 1, D("119"), D(0), D("19.00"), "", "Guest 1"),
    ]
    assert (placed.subtotal, placed.discount, placed.total) == (D("328"), D(0), D("328"))
    dinner.refresh_from_db()
    assert (dinner.taken, recount_places(conference=conference)) == (2, [])


def test_order_tells_who_placed_it_and_when(buyer, regular):
    placed = order(buyer, regular, regular)
    event = placed.events.get()
    assert (event.kind, event.by, event.at, event.details) == (
        Event.PLACED,
        buyer,
        NOW,
        {"seats": 2, "total": "238.00"},
    )


def test_voucher_is_written_where_it_was_used_and_counted_by_seat(conference, buyer, regular, dinner):
    code = factories.voucher(conference=conference, code="TEN", reduction=Reduction.PERCENT, value=D(10), max_uses=2)
    placed = order(buyer, (regular, {dinner: 1}), regular, voucher_code=" ten ")
    assert lines_of(placed)[0] == ("Regular", 1, D("107.10"), D("11.90"), D("17.10"), "Voucher TEN", "Ada Lovelace")
    assert lines_of(placed)[1][2:4] == (D(45), D(0))
    assert (placed.subtotal, placed.discount, placed.total) == (D("283"), D("23.80"), D("259.20"))
    code.refresh_from_db()
    assert (code.used, recount_places(conference=conference)) == (2, [])
    assert refusal(factories.user(), regular, voucher_code="TEN") == "voucher_used_up"


@pytest.mark.both_databases
def test_free_voucher_completes_the_order_at_once(conference, buyer, regular):
    factories.voucher(conference=conference, code="GUEST")
    placed = order(buyer, regular, voucher_code="GUEST")
    assert (placed.status, placed.total, placed.attendees.get().completed_registration) == (
        OrderStatus.PAID,
        D(0),
        True,
    )


@pytest.mark.both_databases
def test_cancelled_seat_gives_back_its_add_ons_and_its_use_and_owes_nothing(conference, buyer, regular, dinner):
    code = factories.voucher(conference=conference, code="TEN", reduction=Reduction.AMOUNT, value=D(10), max_uses=2)
    placed = order(buyer, (regular, {dinner: 2}), regular, voucher_code="TEN")
    cancel_seat(attendee=placed.attendees.get(name="Ada Lovelace"), reason="ill", by=None, now=NOW)
    for row in (placed, code, dinner):
        row.refresh_from_db()
    assert (placed.subtotal, placed.discount, placed.total) == (D("119"), D("10"), D("109"))
    assert (code.used, dinner.taken, recount_places(conference=conference)) == (1, 0, [])


@pytest.mark.parametrize(
    ("code", "says"),
    [("NO", "voucher_unknown"), ("OLD", "voucher_not_valid"), ("SPENT", "voucher_used_up")],
)
def test_voucher_that_cannot_be_used_is_refused(conference, buyer, regular, code, says):
    factories.voucher(conference=conference, code="OLD", valid_until=NOW)
    spent = factories.voucher(conference=conference, code="SPENT")
    order(factories.user(), regular, voucher_code=spent.code)
    assert refusal(buyer, regular, voucher_code=code) == says


def test_hidden_ticket_is_sold_with_a_voucher_that_unlocks_it_alone(conference, buyer):
    hidden = factories.ticket_type(conference=conference, name="Sponsor", requires_voucher=True)
    factories.voucher(conference=conference, code="KEY", reduction=Reduction.NONE, unlocks_hidden=True)
    factories.voucher(conference=conference, code="FREE")
    other = factories.voucher(conference=conference, code="OTHER", unlocks_hidden=True)
    other.ticket_types.add(factories.ticket_type(conference=conference))
    assert [refusal(buyer, hidden, voucher_code=code) for code in ("", "FREE", "OTHER")] == ["not_on_sale"] * 3
    placed = order(buyer, hidden, voucher_code="KEY")
    assert str(placed.lines.get().voucher) == "KEY"
    assert recount_places(conference=conference) == []


def test_hidden_add_on_is_sold_with_a_voucher_that_names_it_alone(conference, buyer, regular):
    hidden = factories.add_on(conference=conference, requires_voucher=True)
    factories.voucher(conference=conference, code="ALL", reduction=Reduction.NONE, unlocks_hidden=True)
    named = factories.voucher(conference=conference, code="NAMED", reduction=Reduction.NONE, unlocks_hidden=True)
    named.add_ons.add(hidden)
    assert refusal(buyer, (regular, {hidden: 1}), voucher_code="ALL") == "not_on_sale"
    order(buyer, (regular, {hidden: 1}), voucher_code="NAMED")
    named.refresh_from_db()
    assert (named.used, recount_places(conference=conference)) == (1, [])


@pytest.mark.both_databases
def test_own_seat_alone_gets_what_is_for_certain_people(conference, buyer, regular):
    factories.discount(conference=conference, name="Speakers", reduction=Reduction.FREE, emails="ada@example.org")
    factories.discount(conference=conference, name="Early", reduction=Reduction.AMOUNT, value=D(19))
    placed = order(buyer, regular, regular)
    assert [line[2:6:3] for line in lines_of(placed)] == [(D(0), "Speakers"), (D(100), "Early")]
    assert order(buyer, regular, checkout_id=placed.checkout_id) == placed


def test_what_is_for_certain_people_is_for_one_ticket_that_they_may_give_away(conference, buyer, regular):
    factories.discount(conference=conference, name="Speakers", reduction=Reduction.FREE, emails="ada@example.org")
    business = factories.ticket_type(conference=conference, name="Business", price=D(300))
    given = order(buyer, regular).attendees.get()
    transfer_ticket(attendee=given, code=given.access_code, name="Bob", email="bob@example.org", by=buyer, now=NOW)
    second = order(buyer, regular)
    assert (given.order.total, second.total) == (0, regular.price)
    # Nor by a change of a ticket that was cheap.
    [dearer] = exchanges(seat=second.attendees.get(), by=buyer, now=NOW)
    assert (dearer.ticket_type, dearer.priced.price) == (business, 300)
    # When that has ended it is there again.
    for seat in (given, second.attendees.get()):
        cancel_seat(attendee=seat, reason="ill", by=None, now=NOW)
    assert order(buyer, regular).total == 0


@pytest.mark.parametrize(
    ("fields", "count", "code"),
    [
        ({}, 3, "limit_per_seat"),
        ({}, -1, "limit_per_seat"),
        ({"is_active": False}, 1, "not_on_sale"),
        ({"available_from": NOW + dt.timedelta(1)}, 1, "not_on_sale"),
        ({"available_until": NOW}, 1, "not_on_sale"),
        ({"total_quantity": 1}, 2, "sold_out"),
        ({"requires_voucher": True}, 1, "not_on_sale"),
    ],
)
def test_add_on_that_is_not_sold_is_refused(conference, buyer, regular, fields, count, code):
    extra = factories.add_on(conference=conference, **{"limit_per_seat": 2} | fields)
    assert refusal(buyer, (regular, {extra: count})) == code


def test_add_on_of_another_conference_is_refused(buyer, regular):
    foreign = factories.add_on(conference=factories.conference())
    assert refusal(buyer, (regular, {foreign: 1})) == "not_on_sale"


@pytest.mark.both_databases
def test_add_on_comes_with_its_tickets_only(conference, buyer, regular, dinner):
    dinner.ticket_types.add(factories.ticket_type(conference=conference))
    assert refusal(buyer, (regular, {dinner: 1})) == "add_on_not_with_ticket"
    dinner.ticket_types.add(regular)
    assert order(buyer, (regular, {dinner: 1})).lines.count() == 2


def test_more_than_a_group_is_refused(buyer, regular):
    assert refusal(buyer, *[regular] * 21) == "too_many_seats"


@pytest.mark.both_databases
def test_another_price_than_the_buyer_was_told_is_refused(buyer, regular):
    regular.limit_per_user = 2
    regular.save()
    with pytest.raises(RegistrationError, match=r"The order costs €119, .* If that is right, send it again"):
        order(buyer, regular, expected_total=D("99"))
    assert order(buyer, regular, expected_total=D("119")).total == D("119")


def test_what_sold_out_between_choice_and_order_is_named_and_not_its_price(conference, buyer, regular):
    boat = factories.add_on(conference=conference, name="Boat trip", price=D("35"), total_quantity=1)
    order(factories.user(), (regular, {boat: 1}))
    # The page that could not hold it told the price without it.
    with pytest.raises(RegistrationError, match=r"^Boat trip is sold out") as refused:
        order(buyer, (regular, {boat: 1}), expected_total=D("119"))
    assert refused.value.code == "sold_out"
    regular.refresh_from_db()
    assert (regular.taken, buyer.orders.count()) == (1, 0)
