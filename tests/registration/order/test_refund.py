"""Money goes back by the way it came, no more than came, and each refund once."""

import re
import uuid
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.giving_back import give_back
from registration.order.models import OrderStatus
from registration.order.models_money import Refund, RefundLine
from registration.order.payment import paid_so_far, receive_payment
from registration.order.recount import recount_places
from registration.order.refund import pay_out, refund_order
from registration.order.refundable import refundable
from registration.order.whereabouts import ended_with_money, moved_on
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def pay(order, amount, method="bank_transfer", **fields):
    return receive_payment(
        order=order, amount=Decimal(amount), method=method, note="", by=None, now=timezone.now(),
        request_id=uuid.uuid4(), **fields,
    )  # fmt: skip


@pytest.fixture
def order(conference):
    placed = factories.order(conference=conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    pay(placed, "100.00")
    return placed


def refund(order, amount, seats=(), **fields):
    defaults = {"reason": "Ill", "by": factories.user(), "now": timezone.now(), "request_id": uuid.uuid4()}
    return refund_order(order=order, amount=Decimal(amount), seats=seats, **defaults | fields)


def refused(order, *args, **fields):
    with pytest.raises(RegistrationError) as error:
        refund(order, *args, **fields)
    assert recount_places(conference=order.conference) == []
    return error.value.code


def states(order):
    return sorted(order.attendees.values_list("state", flat=True))


def test_places_are_kept_off_sale_where_that_is_chosen(conference, order):
    kind = order.attendees.first().ticket_type
    type(kind).objects.filter(pk=kind.pk).update(total_quantity=2)
    type(conference).objects.filter(pk=conference.pk).update(total_capacity=10)
    assert refused(order, "100.00", order.attendees.all(), keeps_places=True) == "last_place"
    refund(order, "50.00", [order.attendees.first()], keeps_places=True)
    kind.refresh_from_db()
    conference.refresh_from_db()
    assert (kind.total_quantity, kind.taken, kind.places_left) == (1, 1, 0)
    assert (conference.total_capacity, conference.places_taken, recount_places(conference=conference)) == (9, 1, [])
    assert "places_kept" in order.events.values_list("kind", flat=True)
    refund(order, "50.00", [order.attendees.last()])
    kind.refresh_from_db()
    assert (kind.total_quantity, kind.places_left) == (1, 1)


def test_refund_page_keeps_places_when_asked(client_as, conference, order):
    type(conference).objects.filter(pk=conference.pk).update(total_capacity=10)
    seat = order.attendees.first()
    client, page = client_as(Role.ORGANISER), reverse("staff-order-refund", args=[conference.slug, order.reference])
    assert "Keep their places off sale" in client.get(page).content.decode()
    form = {"seats": [seat.pk], "reason": "Ill", "request_id": uuid.uuid4(), "keeps_places": "on"}
    assert client.post(page, form).status_code == 302
    conference.refresh_from_db()
    assert conference.total_capacity == 9


def test_whole_refund_ends_the_tickets_and_frees_the_places(conference, order):
    factories.order(conference=factories.conference())
    refund(order, "100.00", order.attendees.all())
    assert (order.status, states(order), paid_so_far(order)) == (OrderStatus.REFUNDED, ["refunded"] * 2, 0)
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (0, [])
    mail = Email.objects.get(subject__startswith="You get €100 back")
    assert ("Ill" in mail.message, "no longer open the door" in mail.message) == (True, True)
    event = order.events.get(kind="refunded")
    assert (event.reason, event.details) == ("Ill", {"amount": "100.00"})


def test_one_seat_is_refunded_and_the_other_stays(conference, order):
    first, second = order.attendees.order_by("pk")
    refund(order, "50.00", [first])
    assert (order.status, states(order)) == (OrderStatus.PARTIALLY_REFUNDED, ["refunded", "valid"])
    assert list(RefundLine.objects.values_list("line__attendee", "amount")) == [(first.pk, Decimal("50.00"))]
    assert recount_places(conference=conference) == []
    refund(order, "50.00", [second])
    assert order.status == OrderStatus.REFUNDED


def test_with_a_fee_kept_the_order_is_partly_refunded(order):
    refund(order, "80.00", order.attendees.all())
    assert (order.status, paid_so_far(order)) == (OrderStatus.PARTIALLY_REFUNDED, Decimal("20.00"))


def test_money_alone_leaves_every_ticket_valid(order):
    refund(order, "100.00")
    assert (order.status, states(order)) == (OrderStatus.PARTIALLY_REFUNDED, ["valid", "valid"])
    assert sorted(RefundLine.objects.values_list("amount", flat=True)) == [Decimal("50.00")] * 2


def given_back_of(*seats):
    """What of the price of each seat."""
    lines = RefundLine.objects.values_list("line__attendee").annotate(sum=Sum("amount"))
    return [dict(lines).get(seat.pk, 0) for seat in seats]


def cancel(seat):
    cancel_seat(attendee=seat, reason="Ill", by=None, now=timezone.now())


def test_money_of_a_ticket_that_was_cancelled_goes_back_later(conference, order):
    first, second = order.attendees.order_by("pk")
    cancel(first)
    refund(order, "30.00", [first])
    first.refresh_from_db()
    assert (first.state, given_back_of(first, second), states(order)) == ("cancelled", [30, 0], ["cancelled", "valid"])
    assert refused(order, "20.01", [first]) == "more_than_paid"
    refund(order, "20.00", [first])
    assert refused(order, "20.00", [first]) == "not_live"
    conference.refresh_from_db()
    assert (conference.places_taken, recount_places(conference=conference)) == (1, [])


def test_without_seats_ended_tickets_come_before_valid_ones(order):
    first, second = order.attendees.order_by("pk")
    cancel(first)
    refund(order, "50.00")
    assert given_back_of(first, second) == [50, 0]
    refund(order, "5.00")
    assert given_back_of(first, second) == [50, 5]


def test_price_of_a_seat_goes_back_before_what_was_paid_too_much_and_before_that_of_any_other(order):
    first, second = order.attendees.order_by("pk")
    cancel(first)
    pay(order, "25.00")
    refund(order, "50.00", [second])
    assert (given_back_of(first, second), refundable(order).surplus) == ([0, 50], 25)
    refund(order, "30.00")
    assert (given_back_of(first, second), refundable(order).surplus) == ([5, 50], 0)


def test_ticket_cancelled_and_bought_again_is_two(conference, order):
    """The seat is the same."""
    seat, other = order.attendees.order_by("pk")
    cancel(seat)
    again = factories.order(conference=conference, total="50.00", status=OrderStatus.PENDING, user=order.user, seats=0)
    again.lines.create(attendee=seat, ticket_type=seat.ticket_type, text="Again", price=50)
    type(seat).objects.filter(pk=seat.pk).update(order=again, state="valid")
    recount_places(conference=conference, fix=True)
    pay(again, "50.00")
    assert (ended_with_money(refundable(order)), moved_on(refundable(order))) == ([seat], [])
    refund(order, "50.00", [seat])
    seat.refresh_from_db()
    assert (given_back_of(seat, other), seat.state, again.refunds.count()) == ([50, 0], "valid", 0)


def test_add_ons_of_a_seat_go_back_with_it(conference, order):
    """And those of the other stay with that."""
    dinner = factories.add_on(conference=conference, price="30", taken=3)
    seat, other = order.attendees.order_by("pk")
    order.lines.create(attendee=seat, add_on=dinner, text="Dinner", price=Decimal("30.00"), quantity=2)
    order.lines.create(attendee=other, add_on=dinner, text="Dinner", price=Decimal("30.00"))
    type(order).objects.update(subtotal=190, total=190)
    order.refresh_from_db()
    pay(order, "90.00")
    refund(order, "110.00", [seat])
    dinner.refresh_from_db()
    assert (dinner.taken, order.status, recount_places(conference=conference)) == (1, "partially_refunded", [])


@pytest.mark.parametrize(
    ("amount", "reason", "code"),
    [
        ("100.01", "Ill", "more_than_paid"),
        ("0.00", "Ill", "amount_not_positive"),
        ("-1.00", "Ill", "amount_not_positive"),
        ("10.00", " ", "reason_missing"),
    ],
)
def test_refund_that_cannot_be_is_refused_and_changes_nothing(order, amount, reason, code):
    assert refused(order, amount, order.attendees.all(), reason=reason) == code
    assert (order.status, states(order), Refund.objects.count()) == (OrderStatus.PAID, ["valid"] * 2, 0)


def test_no_more_than_a_seat_cost_goes_back_for_it(order):
    seat = order.attendees.first()
    assert refused(order, "50.01", [seat]) == "more_than_paid"
    refund(order, "20.00")  # ten of each
    assert refused(order, "40.01", [seat]) == "more_than_paid"
    refund(order, "40.00", [seat])
    assert refused(order, "40.00", [seat]) == "not_live"


def test_what_never_came_here_cannot_go_back(conference):
    imported = factories.order(conference=conference, total="100.00", imported_reference="X1")
    assert refused(imported, "1.00") == "more_than_paid"


def test_what_was_paid_too_much_goes_back_without_touching_the_sale(order):
    pay(order, "25.00")
    assert (refundable(order).surplus, refundable(order).total) == (Decimal("25.00"), Decimal("125.00"))
    refund(order, "25.00")
    assert (order.status, RefundLine.objects.count(), paid_so_far(order)) == (OrderStatus.PAID, 0, Decimal("100.00"))


def test_what_came_for_a_cancelled_order_goes_back(conference, order):
    closed = factories.order(conference=conference, total="30.00", status=OrderStatus.CANCELLED, seats=0)
    pay(closed, "30.00")
    refund(closed, "30.00")
    assert (closed.status, paid_so_far(closed)) == (OrderStatus.CANCELLED, 0)
    assert refused(closed, "0.01") == "more_than_paid"


def test_money_goes_back_to_the_newest_payment_first(conference):
    order = factories.order(conference=conference, total="100.00", status=OrderStatus.PENDING, seats=2)
    old, newer = pay(order, "50.00"), pay(order, "10.00")
    by_card = pay(order, "40.00", "stripe", external_id="pi_1")
    refund(order, "70.00")
    assert dict(Refund.objects.values_list("payment", "amount")) == {by_card.pk: 40, newer.pk: 10, old.pk: 20}
    assert given_back_of(*order.attendees.all()) == [35, 35]
    told = Email.objects.get(subject__startswith="You get €70 back").message
    assert re.findall(r"^€\d+", told, re.MULTILINE) == ["€40", "€30"]


def test_money_goes_back_to_the_payment_that_is_named_and_no_more_than_that_was(order):
    """Not to the newest."""
    pay(order, "40.00", "stripe", external_id="pi_1")
    named = order.payments.earliest("pk")
    assert [back.payment for back in refund(order, "30.00", payment=named)] == [named]
    assert refused(order, "70.01", payment=named) == "more_than_paid"


def test_same_form_again_is_one_refund(order):
    request_id = uuid.uuid4()
    first, again = (refund(order, "30.00", request_id=request_id) for _ in range(2))
    assert (first, Refund.objects.count()) == (again, 1)


def test_same_form_again_that_ended_a_ticket_is_one_refund(order):
    request_id, seats = uuid.uuid4(), [order.attendees.first()]
    first, again = (refund(order, "50.00", seats, request_id=request_id) for _ in range(2))
    assert (first, Refund.objects.count()) == (again, 1)


def test_refund_is_paid_out_once(order):
    (back,) = refund(order, "0.01")
    assert list(Refund.objects.to_pay_out()) == [back]
    staff = factories.user()
    sent = pay_out(refund=back, by=staff, now=timezone.now(), remark="by hand")
    assert (sent.amount, sent.by, order.events.get(kind="paid_out").by) == (back.amount, staff, staff)
    assert (list(Refund.objects.to_pay_out()), back.is_paid_out) == ([], True)
    with pytest.raises(RegistrationError) as error:
        pay_out(refund=back, by=factories.user(), now=timezone.now())
    assert error.value.code == "paid_out_already"


@pytest.mark.parametrize(
    ("parts", "surplus", "code"),
    [
        (["50.01"], "0", "more_than_paid"),
        (["50.00"], "0.01", "more_than_paid"),
        (["20.00", "-10.00"], "0", "amount_not_positive"),
        (["20.00"], "-10.00", "amount_not_positive"),
    ],
)
def test_give_back_refuses_more_than_a_line_cost_or_was_paid_too_much_and_less_than_nothing(
    order, parts, surplus, code
):
    shares = dict(zip(order.lines.order_by("pk"), map(Decimal, parts), strict=False))
    with transaction.atomic(), pytest.raises(RegistrationError) as error:
        give_back(
            order=order, shares=shares, surplus=Decimal(surplus), reason="x", by=None, now=timezone.now(),
            request_id=uuid.uuid4(),
        )  # fmt: skip
    assert error.value.code == code
