"""Another ticket for a seat: a replacement order for the difference, which takes the seat over when it is paid."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from post_office.models import Email

from registration.catalogue.models import TicketType
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.due import expire_order
from registration.order.exchange import exchanges
from registration.order.holding import hold_order
from registration.order.models import Order, OrderLine
from registration.order.models_money import Refund
from registration.order.recount import recount_places
from registration.order.refund import refund_order
from tests import factories
from tests.registration.order.exchanges import NOW, change, pay, refused, status, taken

pytestmark = pytest.mark.django_db


# --- Dearer -----------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_until_it_is_paid_nothing_changes_but_a_place_is_held(order, seat, kinds):
    new = change(seat, kinds["Business"])
    seat.refresh_from_db()
    assert (new.status, new.total, new.subtotal, new.discount, new.replaces, new.user) == (
        "pending", Decimal("150.00"), Decimal("200.00"), Decimal("50.00"), order, seat.user,
    )  # fmt: skip
    line = new.lines.get()
    assert (line.attendee, line.ticket_type, line.price, line.replaces_line) == (
        seat, kinds["Business"], Decimal("150.00"), order.lines.get(attendee=seat),
    )  # fmt: skip
    assert (seat.order, seat.ticket_type) == (order, kinds["Student"])
    assert taken(kinds) == {"Student": 2, "Regular": 0, "Business": 1}
    assert check_in(
        checkpoint=Checkpoint.objects.main(seat.conference), code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=NOW
    ).verdict == "admitted"  # fmt: skip
    assert [mail.to for mail in Email.objects.all()] == [[order.user.email]]
    assert new.reference in Email.objects.get().message


@pytest.mark.both_databases
def test_when_it_is_paid_it_takes_over_the_seat_with_code_and_check_in(order, seat, kinds):
    code = seat.access_code
    main = Checkpoint.objects.main(seat.conference)
    check_in(checkpoint=main, code=code, scan_id=uuid.uuid4(), by=None, now=NOW)
    new = change(seat, kinds["Business"])
    pay(new)
    seat.refresh_from_db()
    assert (seat.order, seat.ticket_type, seat.access_code, seat.checked_in_at) == (new, kinds["Business"], code, NOW)
    assert seat.scans.live_admissions().count() == 1
    assert taken(kinds) == {"Student": 1, "Regular": 0, "Business": 1}
    # The other seat of the order is not touched.
    assert status(order, new) == ["paid", "paid"]
    assert order.attendees.get().order_lines.get().price == Decimal("50.00")
    assert [event.kind for event in new.events.all()] == ["placed", "payment", "exchanged", "paid"]
    asked, done = order.events.exclude(kind__in=["payment", "paid"])
    assert (asked.kind, asked.details["order_after"], done.kind, done.details["ticket"]) == (
        "exchange_asked", new.reference, "exchanged", "Business",
    )  # fmt: skip
    assert list(type(seat).objects.matching(new.reference, emails=False)) == [seat]


def test_old_order_is_replaced_when_none_of_its_live_seats_is_left(order, seat, kinds):
    first = change(seat, kinds["Business"])
    pay(first)
    assert status(order) == ["paid"]
    other = order.attendees.get()
    pay(change(other, kinds["Regular"], by=order.user))
    assert (status(order), order.events.last().kind) == (["replaced"], "replaced")


def test_ticket_is_changed_again_for_the_difference_to_all_that_was_paid(order, seat, kinds):
    second = change(seat, kinds["Regular"])
    pay(second)
    third = change(seat, kinds["Business"])
    assert (second.total, third.total, third.replaces) == (Decimal("70.00"), Decimal("80.00"), second)
    pay(third)
    assert (status(second, third), taken(kinds)) == (["replaced", "paid"], {"Student": 1, "Regular": 0, "Business": 1})


def test_unpaid_change_that_expires_changes_nothing(order, seat, kinds):
    new = change(seat, kinds["Business"])
    assert new.due_at
    assert expire_order(order=new, over=new.due_at, now=new.due_at)
    seat.refresh_from_db()
    assert (seat.order, seat.is_live, seat.ticket_type, status(order, new)) == (
        order, True, kinds["Student"], ["paid", "expired"],
    )  # fmt: skip
    assert taken(kinds)["Business"] == 0
    assert last_told(order) == ("exchange_dropped", None, "Not paid in time", new.reference)
    assert change(seat, kinds["Regular"]).total == Decimal("70.00")


def test_change_can_be_given_up(order, seat, kinds):
    new = change(seat, kinds["Business"])
    assert refused(seat, kinds["Regular"]) == "being_changed"
    cancel_order(order=new, reason="changed my mind", by=seat.user, now=NOW)
    seat.refresh_from_db()
    assert (seat.order, seat.is_live, taken(kinds)["Business"]) == (order, True, 0)
    assert last_told(order) == ("exchange_dropped", seat.user, "changed my mind", new.reference)


def last_told(order):
    event = order.events.last()
    return event.kind, event.by, event.reason, event.details["order_after"]


def test_cancelled_seat_takes_its_waiting_change_along(order, seat, kinds):
    new = change(seat, kinds["Business"])
    cancel_seat(attendee=seat, reason="ill", by=None, now=NOW)
    assert (status(order, new), taken(kinds)) == (["paid", "cancelled"], {"Student": 1, "Regular": 0, "Business": 0})


def test_refunded_seat_takes_its_waiting_change_along(order, seat, kinds):
    new = change(seat, kinds["Business"])
    refund_order(
        order=order, amount=Decimal("50"), seats=[seat], reason="ill", by=None, now=NOW, request_id=uuid.uuid4()
    )
    assert (status(order, new), taken(kinds)) == (
        ["partially_refunded", "cancelled"], {"Student": 1, "Regular": 0, "Business": 0},
    )  # fmt: skip


def test_changed_seat_is_cancelled_with_its_new_place(order, seat, kinds):
    pay(change(seat, kinds["Business"]))
    cancel_seat(attendee=seat, reason="ill", by=None, now=NOW)
    assert taken(kinds) == {"Student": 1, "Regular": 0, "Business": 0}


# --- Same price, or cheaper -------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_same_price_is_done_at_once(conference, order, seat, kinds):
    other = factories.ticket_type(conference=conference, name="Remote", price=Decimal("50"))
    new = change(seat, other)
    seat.refresh_from_db()
    assert (seat.order, seat.ticket_type, new.status, new.total) == (new, other, "paid", Decimal("0.00"))
    assert [mail.to for mail in Email.objects.all()] == [[seat.email]]


@pytest.mark.both_databases
def test_cheaper_gives_the_difference_back_by_the_way_it_came(conference, order, seat, kinds):
    pay(change(seat, kinds["Business"]))
    TicketType.objects.filter(name="Business").update(is_cancellable=True)
    type(conference).objects.update(start_date=conference.start_date + dt.timedelta(days=9), end_date="2099-01-01")
    seat.refresh_from_db()
    new = change(seat, kinds["Regular"], expected=Decimal("-80.00"))
    assert [(refund.amount, refund.payment.amount) for refund in Refund.objects.all()] == [
        (Decimal("80.00"), Decimal("150.00"))
    ]
    assert (new.total, new.status, taken(kinds)) == (
        Decimal("0.00"), "paid", {"Student": 1, "Regular": 1, "Business": 0},
    )  # fmt: skip
    # What is there is worth 120 now.
    seat.refresh_from_db()
    back = {each.ticket_type.name: each.back for each in exchanges(seat=seat, by=seat.user, now=NOW)}
    assert back == {"Student": Decimal("70.00"), "Business": Decimal("0.00")}


def test_cheaper_is_refused_where_the_ticket_gives_nothing_back(order, seat, kinds):
    pay(change(seat, kinds["Regular"]))
    assert (refused(seat, kinds["Student"]), Refund.objects.count()) == ("no_refund", 0)
    change(seat, kinds["Student"], is_staff=True, by=factories.user(), reason="shown a student card")
    assert Refund.objects.get().amount == Decimal("70.00")


@pytest.mark.both_databases
def test_staff_may_waive_the_difference_either_way(order, seat, kinds):
    staff = factories.user()
    up = change(seat, kinds["Business"], is_staff=True, is_waived=True, by=staff, reason="speaker")
    assert (up.total, up.status, up.user) == (Decimal("0.00"), "paid", order.user)
    down = change(seat, kinds["Student"], is_staff=True, is_waived=True, by=staff, reason="mistake")
    assert (down.status, Refund.objects.count()) == ("paid", 0)
    event = down.events.first()
    assert (event.by, event.reason) == (staff, "mistake")


# --- What is refused --------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "cancelled"}, "not_live"),
        ({"order": None}, "not_bought_here"),
        ({"blocked_reason": "chargeback"}, "blocked"),
    ],
)
def test_what_speaks_against_it(seat, kinds, changes, code):
    type(seat).objects.filter(pk=seat.pk).update(**changes)
    recount_places(conference=seat.conference, fix=True)
    assert refused(seat, kinds["Business"]) == code


@pytest.mark.both_databases
def test_after_changes_close_only_staff(seat, kinds):
    type(seat.conference).objects.update(changes_close_at=NOW)
    assert refused(seat, kinds["Business"]) == "changes_closed"
    change(seat, kinds["Business"], is_staff=True, by=factories.user())


def test_unpaid_order_is_paid_first(conference, kinds):
    unpaid = factories.order(conference=conference, total="50.00", status="pending", ticket_type=kinds["Student"])
    assert refused(unpaid.attendees.get(), kinds["Business"]) == "not_finished"


@pytest.mark.both_databases
def test_sold_out_hidden_limited_and_other_conferences_types_are_refused(conference, order, seat, kinds):
    TicketType.objects.filter(name="Business").update(total_quantity=1)
    other = order.attendees.exclude(pk=seat.pk).get()
    change(seat, kinds["Business"])
    assert refused(other, kinds["Business"], by=order.user) == "sold_out"
    TicketType.objects.filter(name="Regular").update(requires_voucher=True)
    assert refused(other, kinds["Regular"], by=order.user) == "not_on_sale"
    assert refused(other, factories.ticket_type(conference=factories.conference())) == "not_on_sale"
    TicketType.objects.filter(name="Business").update(total_quantity=0, limit_per_user=1)
    assert refused(other, kinds["Business"], by=order.user) == "limit_per_user"


@pytest.mark.both_databases
def test_limit_counts_what_waits_and_what_is_chosen(conference, order, seat, kinds):
    """By change and by another order, whichever is first."""
    vip, buyer, now = kinds["Business"], order.user, dt.datetime.now(dt.UTC)
    type(conference).objects.update(total_capacity=0)
    TicketType.objects.filter(pk=vip.pk).update(limit_per_user=1)
    vip.refresh_from_db()
    choice, arguments = Choice((SeatRequest(vip, "Guest"),)), {"conference": conference, "buyer": buyer, "now": now}
    conference.refresh_from_db()
    hold_order(choice=choice, checkout_id=uuid.uuid4(), **arguments)
    assert refused(seat, vip) == "limit_per_user"
    assert Order.objects.choices().update(status="expired", hold_expires_at=now) == 1
    OrderLine.objects.filter(attendee=None).update(released_at=now)
    recount_places(conference=conference, fix=True)
    change(seat, vip)
    with pytest.raises(RegistrationError) as refusal:
        place_order(seats=list(choice.seats), checkout_id=uuid.uuid4(), **arguments)
    assert refusal.value.code == "limit_per_user"


@pytest.mark.both_databases
def test_add_ons_of_the_seat_must_go_with_the_new_ticket(conference, order, seat, kinds):
    dinner = factories.add_on(conference=conference, name="Dinner", taken=1)
    dinner.ticket_types.set([kinds["Student"], kinds["Regular"]])
    order.lines.create(attendee=seat, add_on=dinner, text="Dinner", price=0)
    assert refused(seat, kinds["Business"]) == "add_on_not_with_ticket"
    pay(change(seat, kinds["Regular"]))
    assert dinner.order_lines.holding().count() == 1


def test_price_that_changed_meanwhile_is_told(seat, kinds):
    assert refused(seat, kinds["Business"], expected=Decimal("149.00")) == "price_changed"
    assert change(seat, kinds["Business"], expected=Decimal("150.00")).total == 150


@pytest.mark.both_databases
def test_form_sent_twice_makes_one_order(order, seat, kinds):
    request_id = uuid.uuid4()
    first, second = (change(seat, kinds["Business"], request_id=request_id) for _ in range(2))
    assert (first, Order.objects.filter(replaces=order).count()) == (second, 1)
    other = order.attendees.exclude(pk=seat.pk).get()
    assert refused(other, kinds["Business"], request_id=request_id) == "request_id_reused"


def test_early_price_counts_for_a_change_too(conference, seat, kinds):
    conference.discounts.create(name="Early", reduction="percent", value=10)
    new = change(seat, kinds["Business"])
    # Of the early price of 180, 50 were paid: nothing else is taken off in the name of the ticket it replaces.
    assert (new.total, new.subtotal, new.discount) == (Decimal("130.00"), Decimal("180.00"), Decimal("50.00"))


def test_ticket_with_the_longest_name_is_changed(seat, kinds):
    seat.order.lines.update(text="Ä" * 100)
    line = change(seat, kinds["Business"]).lines.get()
    assert (len(line.discount_text), line.discount_text[:13]) == (100, "in place of Ä")
