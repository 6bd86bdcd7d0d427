"""A ticket given back by oneself: where its type allows it, with its fee, until its latest day."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.catalogue.models import TicketType
from registration.changes.own_cancellation import cancel_own_ticket, quote_cancellation
from registration.errors import RegistrationError
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.exchange import exchange_ticket, exchanges
from registration.order.models import Order
from registration.order.models_money import Refund
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
TODAY = NOW.date()


@pytest.fixture
def kind(conference):
    conference.start_date, conference.end_date = TODAY + dt.timedelta(days=30), TODAY + dt.timedelta(days=31)
    conference.save()
    fields = {"price": Decimal("80"), "is_cancellable": True, "cancellation_fee": Decimal("15")}
    return factories.ticket_type(conference=conference, **fields)


@pytest.fixture
def seat(conference, kind):
    """One of two, with a dinner."""
    order = factories.order(conference=conference, total="160.00", status="pending", seats=2, ticket_type=kind)
    seat = order.attendees.get(user=order.user)
    dinner = factories.add_on(conference=conference, price=Decimal("20"))
    factories.pieces(attendee=seat, add_on=dinner, order=order, price=Decimal("20"))
    Order.objects.filter(pk=order.pk).update(total=Decimal("180"), subtotal=Decimal("180"))
    pay(order)
    Email.objects.all().delete()
    seat.refresh_from_db()
    return seat


def pay(order):
    order.refresh_from_db()
    record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=NOW)


def cancel(seat, **fields):
    return cancel_own_ticket(attendee=seat, **{"by": seat.user, "now": NOW, "request_id": uuid.uuid4()} | fields)


def refused(seat, **fields):
    with pytest.raises(RegistrationError) as refusal:
        cancel(seat, **fields)
    return refusal.value.code


@pytest.mark.both_databases
def test_what_was_paid_goes_back_less_the_fee_and_the_place_is_free(conference, seat):
    done = cancel(seat, expected=Decimal("85.00"))
    seat.refresh_from_db()
    assert (done.paid, done.kept, done.back) == (Decimal("100.00"), Decimal("15"), Decimal("85.00"))
    assert (seat.state, seat.order.status) == ("cancelled", "partially_refunded")
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal("85.00")]
    conference.refresh_from_db()
    assert conference.places_taken == 1
    assert sorted(mail.to[0] for mail in Email.objects.all()) == [seat.email, seat.email]
    kinds = list(seat.order.events.order_by("-pk").values_list("kind", flat=True)[:2])
    assert kinds == ["refunded", "seat_cancelled"]


@pytest.mark.both_databases
def test_money_in_two_orders_goes_back_from_both_the_last_first(conference, seat):
    dearer = factories.ticket_type(
        conference=conference, price=Decimal("120"), is_cancellable=True, cancellation_fee=Decimal("30")
    )
    new = exchange_ticket(attendee=seat, ticket_type=dearer, by=seat.user, now=NOW, request_id=uuid.uuid4())
    pay(new)
    seat.refresh_from_db()
    before = Order.objects.exclude(pk=new.pk).get()
    assert quote_cancellation(seat).back == Decimal("110.00")
    cancel(seat)
    assert {refund.order: refund.amount for refund in Refund.objects.all()} == {
        new: Decimal("40.00"), before: Decimal("70.00"),
    }  # fmt: skip


def test_fee_is_never_more_than_was_paid_and_free_tickets_give_nothing_back(conference, kind):
    order = factories.order(conference=conference, ticket_type=kind)
    done = cancel(order.attendees.get())
    assert (done.kept, done.back, Refund.objects.count()) == (0, 0, 0)


@pytest.mark.both_databases
def test_fee_is_whole_coins_where_there_are_no_cents(conference, seat):
    type(conference).objects.update(currency="JPY")
    type(seat.ticket_type).objects.update(cancellation_fee=Decimal("15.50"))
    done = cancel(seat)
    assert (done.kept, done.back, Refund.objects.get().amount) == (16, 84, 84)


@pytest.mark.both_databases
def test_until_the_latest_day_in_the_conferences_own_calendar(conference, seat):
    type(conference).objects.update(timezone="Pacific/Auckland")
    TicketType.objects.filter(pk=seat.ticket_type_id).update(cancellable_until=dt.date(2027, 5, 10))
    type(conference).objects.update(start_date="2027-06-01", end_date="2027-06-02")
    seat = type(seat).objects.get(pk=seat.pk)
    late = dt.datetime(2027, 5, 10, 12, 30, tzinfo=dt.UTC)  # 00:30 on the 11th there
    assert refused(seat, now=late) == "cancelling_closed"
    cancel(seat, now=late - dt.timedelta(hours=1))


def test_without_a_latest_day_until_the_conference_begins(conference, seat):
    start = dt.datetime.combine(conference.start_date, dt.time(12), tzinfo=dt.UTC)
    assert refused(seat, now=start) == "cancelling_closed"
    cancel(seat, now=start - dt.timedelta(days=1))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checked_in_at": NOW}, "admitted"),
        ({"state": "refunded"}, "not_live"),
        ({"ticket_type": None}, "not_cancellable"),
    ],
)
def test_what_speaks_against_it(conference, seat, changes, code):
    type(seat).objects.filter(pk=seat.pk).update(**changes)
    recount_places(conference=conference, fix=True)
    assert refused(seat) == code


@pytest.mark.both_databases
def test_only_where_the_type_allows_it(seat):
    TicketType.objects.update(is_cancellable=False)
    assert refused(seat) == "not_cancellable"


def test_pressed_twice_gives_back_once(seat):
    cancel(seat)
    assert (refused(seat), Refund.objects.count()) == ("not_live", 1)


def test_other_amount_than_shown_is_told(seat):
    assert refused(seat, expected=Decimal("100.00")) == "price_changed"


def test_only_who_holds_it(seat):
    assert refused(seat, by=factories.user()) == "not_yours"


def test_whoever_had_the_ticket_reads_who_cancelled_it(seat):
    guest = seat.order.attendees.exclude(pk=seat.pk).get()
    type(guest).objects.filter(pk=guest.pk).update(email="guest@example.org")
    cancel(guest, by=seat.order.user)
    told = Email.objects.get(to="guest@example.org").message
    assert ("Cancelled by who bought it" in told, "Cancelled by who had it" in told) == (True, False)
    cancel(seat)
    seat.refresh_from_db()
    assert seat.cancel_reason == "Cancelled by who had it"


@pytest.mark.both_databases
def test_what_was_kept_of_a_ticket_cancelled_before_stays_kept(conference, kind):
    """The same person registers again, in the same seat."""
    buyer = factories.user()
    for _time in range(2):
        requests = [SeatRequest(kind, buyer.name, buyer.email)]
        order = place_order(conference=conference, buyer=buyer, seats=requests, checkout_id=uuid.uuid4(), now=NOW)
        pay(order)
        done = cancel(order.attendees.get(), expected=Decimal("65.00"))
        assert (done.paid, done.kept) == (Decimal("80.00"), Decimal("15.00"))
    assert Refund.objects.values_list("order", "amount").distinct().count() == 2


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("price", "fee", "at_once", "later"),
    [("0", "0", "65", "0"), ("10", "0", "65", "0"), ("50", "0", "30", "35"), ("50", "20", "30", "30")],
)
def test_changing_to_a_cheaper_ticket_first_does_not_save_the_fee(conference, kind, price, fee, at_once, later):
    """80.00 were paid, and 15.00 are the fee."""
    order = factories.order(conference=conference, total="80.00", status="pending", ticket_type=kind)
    pay(order)
    seat = order.attendees.get()
    terms = {"price": Decimal(price), "is_cancellable": True, "cancellation_fee": Decimal(fee)}
    cheap = factories.ticket_type(conference=conference, **terms)
    (option,) = exchanges(seat=seat, by=seat.user, now=NOW)
    assert (option.back, option.kept) == (Decimal(at_once), Decimal(80) - Decimal(price) - Decimal(at_once))
    expected = -Decimal(at_once)
    exchange_ticket(
        attendee=seat, ticket_type=cheap, by=seat.user, now=NOW, request_id=uuid.uuid4(), expected=expected
    )  # fmt: skip
    seat.refresh_from_db()
    assert cancel(seat).back == Decimal(later)


def test_organisers_who_change_a_ticket_keep_nothing(conference, kind):
    order = factories.order(conference=conference, total="80.00", status="pending", ticket_type=kind)
    pay(order)
    seat = order.attendees.get()
    factories.ticket_type(conference=conference)
    (option,) = exchanges(seat=seat, by=seat.user, now=NOW, is_staff=True)
    assert (option.back, option.kept) == (Decimal(80), 0)


# --- Money that no change makes free ----------------------------------------------------------------------------------
def bought(conference, **terms):
    """A paid ticket of its own type, for 100.00, with a dinner for 20.00."""
    kind = factories.ticket_type(conference=conference, price=Decimal(100), **terms)
    order = factories.order(conference=conference, total="100.00", status="pending", ticket_type=kind)
    seat = order.attendees.get()
    dinner = factories.add_on(conference=conference, price=Decimal(20))
    factories.pieces(attendee=seat, add_on=dinner, order=order, price=Decimal(20))
    Order.objects.filter(pk=order.pk).update(total=Decimal(120), subtotal=Decimal(120))
    pay(order)
    return seat


def option_of(seat, kind):
    seat.refresh_from_db()
    return next(each for each in exchanges(seat=seat, by=seat.user, now=NOW) if each.ticket_type == kind)


def changed(seat, kind, *, now=NOW):
    order = exchange_ticket(attendee=seat, ticket_type=kind, by=seat.user, now=now, request_id=uuid.uuid4())
    if order.is_pending:
        pay(order)
    seat.refresh_from_db()


@pytest.mark.parametrize(("price", "back"), [("100", "0"), ("150", "50"), ("115", "15")])
def test_ticket_that_cannot_be_cancelled_is_not_freed_by_a_change(conference, kind, price, back):
    """What was paid for it and its dinner stays, and is the fee at the same time; what was paid for the other goes back."""
    seat = bought(conference)
    better = factories.ticket_type(
        conference=conference, price=Decimal(price), is_cancellable=True, cancellation_fee=Decimal(30)
    )
    assert option_of(seat, better).bound == Decimal(120)
    changed(seat, better)
    quote = quote_cancellation(seat)
    assert (quote.kept, quote.back, quote.is_bound) == (Decimal(120), Decimal(back), True)
    cancel(seat, expected=Decimal(back))
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal(back)][: int(back)]


def test_nor_by_a_second_change_to_something_cheaper(conference, kind):
    seat = bought(conference)
    better = factories.ticket_type(conference=conference, price=Decimal(150), is_cancellable=True)
    cheap = factories.ticket_type(conference=conference, price=Decimal(10), is_cancellable=True)
    changed(seat, better)
    option = option_of(seat, cheap)
    assert (option.back, option.kept, option.bound) == (Decimal(50), Decimal(90), Decimal(120))
    changed(seat, cheap)
    assert cancel(seat).back == 0
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal(50)]


def test_nor_when_its_last_day_to_cancel_was_over_on_the_day_of_the_change(conference, kind):
    terms = {"is_cancellable": True, "cancellable_until": conference.local_date(NOW)}
    late, in_time = bought(conference, **terms), bought(conference, **terms)
    better = factories.ticket_type(conference=conference, price=Decimal(150), is_cancellable=True)
    changed(in_time, better)
    changed(late, better, now=NOW + dt.timedelta(days=2))
    assert [quote_cancellation(seat).back for seat in (late, in_time)] == [Decimal(50), Decimal(170)]


def test_all_that_was_paid_before_is_the_price_of_the_ticket_that_cannot_be_cancelled(conference, kind):
    seat = bought(conference, is_cancellable=True)
    firm = factories.ticket_type(conference=conference, price=Decimal(130))
    better = factories.ticket_type(conference=conference, price=Decimal(150), is_cancellable=True)
    assert (option_of(seat, firm).bound, option_of(seat, better).bound) == (0, 0)
    changed(seat, firm)
    changed(seat, better)
    assert (quote_cancellation(seat).kept, quote_cancellation(seat).back) == (Decimal(150), Decimal(20))


def test_pages_say_so_before(conference, kind, client):
    seat = bought(conference)
    better = factories.ticket_type(conference=conference, price=Decimal(150), is_cancellable=True)
    client.force_login(seat.user)
    page = client.get(f"/tickets/{seat.access_code}/exchange/").content.decode()
    assert "If this ticket is given back later, the conference keeps €120 of what was paid so far." in page
    changed(seat, better)
    page = client.get(f"/tickets/{seat.access_code}/cancel/").content.decode()
    assert "For the ticket before, which could not be cancelled</td><td>−€120" in page
