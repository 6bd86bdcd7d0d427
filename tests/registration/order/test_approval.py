"""Where a ticket asks for it, organisers approve an order before it is confirmed; its places are taken meanwhile."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.checkin.admission import check_in
from registration.errors import RegistrationError
from registration.order.approval import approve_order, decline_order
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.models import Approval, OrderStatus
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from registration.order.story import story_of
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def place(conference, *, price="0.00", seats=1):
    kind = factories.ticket_type(conference=conference, price=Decimal(price), needs_approval=True)
    buyer = factories.user()
    wanted = [SeatRequest(kind, f"Guest {number}", f"guest{number}@example.org") for number in range(seats)]
    order = place_order(conference=conference, buyer=buyer, seats=wanted, checkout_id=uuid.uuid4(), now=NOW)
    return order, list(order.attendees.order_by("pk"))


def verdict_of(seat):
    from registration.checkin.models import Checkpoint

    point = Checkpoint.objects.main(seat.conference)
    scanned = check_in(checkpoint=point, code=seat.access_code, scan_id=uuid.uuid4(), by=factories.user(), now=NOW)
    return scanned.verdict


def subjects():
    return [mail.subject.partition(":")[0].partition(" for ")[0] for mail in Email.objects.order_by("pk")]


@pytest.mark.parametrize("price", ["0.00", "80.00"])
def test_order_waits_with_its_places_taken_and_lets_nobody_in(conference, price):
    order, [seat] = place(conference, price=price)
    assert (order.status, order.approval, order.due_at) == (OrderStatus.PENDING, Approval.ASKED, None)
    assert (verdict_of(seat), subjects()) == ("incomplete", ["We have your registration"])
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (1, [])


def test_approved_free_order_is_complete(conference):
    order, [seat] = place(conference)
    approved = approve_order(order=order, by=factories.user(), now=NOW)
    assert (approved.status, approved.approval, verdict_of(seat)) == (OrderStatus.PAID, Approval.GIVEN, "admitted")
    assert subjects() == ["We have your registration", "Your ticket"]
    assert [event.kind for event in order.events.all()] == ["placed", "approved", "paid"]
    assert [moment.title for moment in story_of(order)] == ["Confirmed", "Approved", "Placed"]


def test_approved_order_is_to_be_paid_as_if_it_were_ordered_now(conference):
    conference.days_to_pay = 14
    conference.save()
    order, [seat] = place(conference, price="80.00")
    approved = approve_order(order=order, by=factories.user(), now=NOW)
    assert (approved.status, approved.due_at is None, verdict_of(seat)) == (OrderStatus.PENDING, False, "unpaid")
    assert subjects() == ["We have your registration", "Your order"]


def test_what_was_paid_before_completes_it_when_it_is_approved(conference):
    order, [seat] = place(conference, price="80.00")
    record_payment(order=order, amount=Decimal("80"), method="cash", note="", by=factories.user(), now=NOW)
    assert (order.status, verdict_of(seat)) == (OrderStatus.PENDING, "incomplete")
    assert approve_order(order=order, by=factories.user(), now=NOW).status == OrderStatus.PAID


def test_cancelling_one_seat_of_several_approves_nothing(conference):
    order, [first, second] = place(conference, seats=2)
    cancel_seat(attendee=first, reason="ill", by=None, now=NOW)
    order.refresh_from_db()
    assert (order.status, order.approval, verdict_of(second)) == (OrderStatus.PENDING, Approval.ASKED, "incomplete")


@pytest.mark.both_databases
def test_declined_order_is_cancelled_with_its_reason(conference):
    order, [seat] = place(conference)
    declined = decline_order(order=order, reason="Students only", by=factories.user(), now=NOW)
    seat.refresh_from_db()
    assert (declined.status, declined.approval) == (OrderStatus.CANCELLED, Approval.DECLINED)
    assert (seat.state, seat.cancel_reason) == (AttendeeState.CANCELLED, "Students only")
    told = Email.objects.order_by("pk").last()
    assert told.subject.startswith(f"Your registration for {conference} was not accepted")
    assert ("Students only" in told.message, "cancelled" in told.message) == (True, False)
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
def test_approved_twice_is_once_and_declined_after_it_is_refused(conference):
    order, _seats = place(conference)
    for _press in range(2):
        assert approve_order(order=order, by=factories.user(), now=NOW).status == OrderStatus.PAID
    with pytest.raises(RegistrationError) as refused:
        decline_order(order=order, reason="No", by=factories.user(), now=NOW)
    assert (refused.value.code, subjects()) == ("not_waiting", ["We have your registration", "Your ticket"])
    assert [event.kind for event in order.events.all()] == ["placed", "approved", "paid"]


@pytest.mark.parametrize("end", ["decline", "cancel after it was approved"])
def test_order_that_has_ended_is_not_approved(conference, end):
    order, _seats = place(conference, price="80.00")
    if end == "decline":
        decline_order(order=order, reason="No", by=factories.user(), now=NOW)
    else:
        approve_order(order=order, by=factories.user(), now=NOW)
        cancel_order(order=order, reason="No", by=factories.user(), now=NOW)
    with pytest.raises(RegistrationError) as refused:
        approve_order(order=order, by=factories.user(), now=NOW)
    assert refused.value.code == "not_waiting"


@pytest.mark.both_databases
def test_whoever_waits_is_told_so_wherever_they_look(client, conference):
    order, [seat] = place(conference)
    client.force_login(order.user)
    ticket = client.get(f"{order.get_absolute_url()}tickets/{seat.access_code}/").content.decode()
    assert [part in ticket for part in ("This registration is being looked at", "Not finished", "hold this up")] == [
        True, False, False,
    ]  # fmt: skip
    mine = client.get("/me/").content.decode()
    assert (mine.count("Waiting for approval"), "To be paid" in mine) == (2, False)  # the ticket and its order


@pytest.mark.both_databases
def test_pages_lead_the_organiser_from_the_list_to_the_decision(client_as, conference):
    order, _seats = place(conference)
    factories.order(conference=conference)
    organiser = client_as(Role.ORGANISER)
    listed = organiser.get(f"/staff/{conference.slug}/orders/?status=waiting").content.decode()
    assert (listed.count("data-label"), "One order waits for approval" in listed) == (3, True)
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    assert "Approve this registration?" in organiser.get(path).content.decode()
    assert organiser.post(f"{path}decline/", {"reason": " "}).status_code == 422
    assert organiser.post(f"{path}approve/")["Location"] == path
    order.refresh_from_db()
    assert order.is_paid
    again = organiser.post(f"{path}approve/", follow=True).content.decode()
    assert ("The tickets go out." in again, "does not wait for approval" in again) == (True, False)


@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_who_declines_or_cancels_twice_is_led_on(client_as, conference, end):
    order, _seats = place(conference)
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    organiser = client_as(Role.ORGANISER)
    answers = [organiser.post(f"{path}{end}/", {"reason": "Students only"}) for _press in range(2)]
    assert [answer.headers.get("Location") for answer in answers] == [path, path]
    said = "Declined. The buyer" if end == "decline" else "Cancelled. The buyer"
    assert said in organiser.get(path).content.decode()
    assert [event.kind for event in order.events.all()].count("cancelled") == 1
