"""Who ordered and has not paid gives the order up by themselves; and whoever it concerns is told of an end."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.errors import RegistrationError
from registration.order.approval import decline_order
from registration.order.cancellation import cancel_order, cancel_seat, give_up_order
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.ledger import check_ledger
from registration.order.models import OrderStatus
from registration.order.payment import record_payment
from tests import factories
from tests.registration.order.credits import left, use, with_credit
from tests.registration.order.exchanges import change, three_kinds, two_students

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def buyer():
    return factories.user(name="Grace Hopper", email="grace@example.org")


@pytest.fixture
def order(conference, buyer):
    """Two guests for 100 EUR, with a ticket that nobody cancels by themselves; nothing is paid, and nobody has a mail."""
    kind = factories.ticket_type(conference=conference, price=Decimal(50), total_quantity=2, limit_per_user=2)
    return placed(kind, buyer)


def placed(kind, buyer):
    seats = [SeatRequest(kind, name, f"{name.lower()}@example.org") for name in ("Ada", "Bea")]
    made = place_order(conference=kind.conference, buyer=buyer, seats=seats, checkout_id=uuid.uuid4(), now=NOW)
    Email.objects.all().delete()
    return made


def give_up(order):
    return give_up_order(order=order, by=order.user, now=NOW)


def told():
    return sorted((mail.to[0], mail.subject.partition(":")[0]) for mail in Email.objects.all())


def cancelled(what, conference):
    return f"Your {what} for {conference} is cancelled"


@pytest.mark.both_databases
def test_unpaid_order_is_given_up_and_its_places_are_free(order, conference, buyer):
    ended = give_up(order)
    assert (ended.status, {seat.state for seat in order.attendees.all()}) == (OrderStatus.CANCELLED, {"cancelled"})
    assert (told(), check_ledger(conference=conference)) == ([(buyer.email, cancelled("order", conference))], [])
    event = order.events.last()
    assert (event.kind, event.by, event.reason) == ("cancelled", buyer, "Given up by who ordered it")
    # Its limit is theirs again.
    kind = order.attendees.first().ticket_type
    kind.refresh_from_db()
    assert (kind.taken, placed(kind, buyer).is_pending) == (0, True)


def test_given_up_twice_is_once(order):
    give_up(order)
    with pytest.raises(RegistrationError) as refused:
        give_up(order)
    assert (refused.value.code, Email.objects.count()) == ("not_pending", 1)


def test_order_that_is_partly_paid_is_for_people(order):
    record_payment(order=order, amount=Decimal(10), method="cash", note="", by=factories.user(), now=NOW)
    with pytest.raises(RegistrationError) as refused:
        give_up(order)
    assert refused.value.code == "partly_paid"


@pytest.mark.both_databases
def test_order_with_somebody_who_is_in_is_for_people(order):
    order.attendees.update(checked_in_at=NOW)
    with pytest.raises(RegistrationError) as refused:
        give_up(order)
    assert refused.value.code == "admitted"


def test_credit_in_it_is_credit_again(order, conference, buyer):
    with_credit(buyer, conference, "30.00")
    use(order)
    give_up(order)
    assert (left(), check_ledger(conference=conference)) == ([Decimal(30)], [])


def test_change_that_is_given_up_leaves_the_ticket(client, conference):
    kinds = three_kinds(conference)
    seat = two_students(conference, kinds).attendees.first()
    waiting = change(seat, kinds["Regular"])
    Email.objects.all().delete()
    assert give_up(waiting).status == OrderStatus.CANCELLED
    seat.refresh_from_db()
    assert (seat.is_live, seat.order_id == waiting.replaces_id, Email.objects.count()) == (True, True, 0)
    client.force_login(waiting.user)
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert ("the ticket stays as it was" in page, "its tickets are not valid" in page) == (True, False)


def test_page_offers_it_only_while_nothing_is_paid(client, order, conference, buyer):
    client.force_login(buyer)
    assert "No longer want it?" in client.get(order.get_absolute_url()).content.decode()
    page = client.post(f"{order.get_absolute_url()}give-up/", follow=True).content.decode()
    assert "Nothing is to be paid for it." in page and "No longer want it?" not in page
    again = client.post(f"{order.get_absolute_url()}give-up/", follow=True).content.decode()
    assert "This order is closed" in again and "one by one" not in again
    half = placed(factories.ticket_type(conference=conference, price=Decimal(50)), buyer)
    record_payment(order=half, amount=Decimal(10), method="cash", note="", by=factories.user(), now=NOW)
    assert "No longer want it?" not in client.get(half.get_absolute_url()).content.decode()


def test_buyer_is_told_of_an_order_that_organisers_cancel(order, conference, buyer):
    """And nobody of a ticket that they never had."""
    cancel_order(order=order, reason="Fully booked", by=factories.user(), now=NOW)
    assert told() == [(buyer.email, cancelled("order", conference))]
    mail = Email.objects.get()
    assert "Fully booked" in mail.message and "Fully booked" in mail.html_message


def test_buyer_is_told_of_an_order_that_is_declined(conference, buyer):
    order = placed(factories.ticket_type(conference=conference, needs_approval=True), buyer)
    decline_order(order=order, reason="Students only", by=factories.user(), now=NOW)
    assert told() == [(buyer.email, f"Your registration for {conference} was not accepted")]


def test_guest_who_has_taken_the_seat_over_is_told_too(order, conference, buyer):
    seat = order.attendees.get(name="Ada")
    seat.user = factories.user(email="ada@example.org")
    seat.save(update_fields=["user"])
    cancel_order(order=order, reason="Fully booked", by=None, now=NOW)
    assert told() == [
        ("ada@example.org", cancelled("ticket", conference)),
        (buyer.email, cancelled("order", conference)),
    ]


@pytest.mark.parametrize(
    ("by", "is_paid", "expected"),
    [
        ("staff", True, ["ada@example.org", "grace@example.org"]),
        ("staff", False, ["grace@example.org"]),
        ("buyer", True, ["ada@example.org"]),
        ("buyer", False, ["grace@example.org"]),
    ],
)
def test_of_one_cancelled_seat_its_person_and_who_paid_are_told(order, buyer, by, is_paid, expected):
    if is_paid:
        record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=NOW)
        Email.objects.all().delete()
    seat = order.attendees.get(name="Ada")
    cancel_seat(attendee=seat, reason="ill", by=buyer if by == "buyer" else factories.user(), now=NOW)
    assert [to for to, _subject in told()] == expected


@pytest.mark.both_databases
def test_buyer_is_not_told_what_becomes_of_a_ticket_that_was_given_away(order):
    record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=NOW)
    seat = order.attendees.get(name="Ada")
    seat.given_away_at = NOW
    seat.save(update_fields=["given_away_at"])
    Email.objects.all().delete()
    cancel_seat(attendee=seat, reason="ill", by=factories.user(), now=NOW)
    assert [to for to, _subject in told()] == ["ada@example.org"]
