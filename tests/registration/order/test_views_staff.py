"""Desk and organisers find orders, record money, and cancel."""

import re
import uuid
from decimal import Decimal

import pytest
from post_office.models import Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.order import views_staff
from registration.order.models import OrderStatus
from registration.order.models_money import Payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


@pytest.fixture
def order(conference):
    buyer = factories.user(name="Ada Lovelace", email="ada@engines.example")
    return factories.order(conference=conference, user=buyer, total="100.00", status=OrderStatus.PENDING, seats=2)


def listed(client, conference, **query):
    page = client.get(f"/staff/{conference.slug}/orders/", query)
    return [found.reference for found in page.context["page"]]


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2} {3}", "{2}", "ada@engines", "lovelace", "guest 1"])
def test_order_is_found_by_what_a_bank_statement_says(desk, conference, order, typed):
    reference = order.reference
    typed = typed.format(reference, reference.lower(), reference[:4], reference[4:])
    factories.order(conference=conference)
    assert listed(desk, conference, q=typed) == [reference]


def test_orders_are_filtered_by_state(desk, conference, order):
    paid = factories.order(conference=conference)
    assert listed(desk, conference, status="pending") == [order.reference]
    assert listed(desk, conference, status="paid") == [paid.reference]
    assert listed(desk, conference) == [paid.reference, order.reference]
    empty = [text(desk.get(f"/staff/{conference.slug}/orders/?status=refunded{query}")) for query in ("", "&q=Nobody")]
    assert ["No order is in this state." in page for page in empty] == [True, False]
    assert ["A reference has eight symbols" in page for page in empty] == [False, True]


def test_orders_of_another_conference_are_not_listed(desk, conference):
    theirs = factories.order(conference=factories.conference())
    assert listed(desk, conference, q=theirs.reference) == []
    assert desk.get(f"/staff/{conference.slug}/orders/{theirs.reference}/").status_code == 404
    seat = theirs.attendees.get()
    assert desk.get(f"/staff/{conference.slug}/seats/{seat.access_code}/cancel/").status_code == 404


def test_orders_answer_htmx_with_the_list_alone(desk, conference, order):
    page = desk.get(f"/staff/{conference.slug}/orders/", headers={"HX-Request": "true"})
    assert text(page).startswith('<section class="stack" id="orders"')


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page": "x"}, {"page": "99999999999"}, {"status": "x"}, {"q": "\ud7ff%_"}]
)
def test_orders_take_any_query(desk, conference, order, query):
    assert desk.get(f"/staff/{conference.slug}/orders/", query).status_code == 200


@pytest.mark.parametrize("orders", [1, 3])
def test_orders_need_as_many_queries_for_any_number(desk, conference, django_assert_num_queries, orders):
    for _ in range(orders):
        factories.order(conference=conference, total="5.00")
    with django_assert_num_queries(5):  # session with its user, role, count, conflicts for the head, page
        desk.get(f"/staff/{conference.slug}/orders/")


@pytest.mark.parametrize("seats", [1, 3])
def test_staff_order_needs_as_many_queries_for_any_number_of_seats(desk, conference, django_assert_num_queries, seats):
    made = factories.order(conference=conference, seats=seats)
    # Session, user, role, order, lines, payments, refunds, invoices, history, staff role for the head.
    with django_assert_num_queries(8):
        desk.get(f"/staff/{conference.slug}/orders/{made.reference}/")


def test_payment_is_recorded_once_and_completes_the_order(desk, conference, order):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    form = desk.get(path).context["form"]
    assert form["amount"].value() == Decimal("100.00")
    data = {"amount": "100.00", "method": "bank_transfer", "note": "Lovelace", "request_id": form["request_id"].value()}
    for _ in range(2):
        assert desk.post(path, data)["Location"] == path
    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (order.status, payment.recorded_by, payment.note) == (OrderStatus.PAID, desk.user, "Lovelace")
    # The guest has no address; their ticket goes to the buyer.
    assert [mail.to for mail in Email.objects.all()] == [["ada@engines.example"]] * 3
    paid = Email.objects.order_by("pk").first()
    assert paid.subject == f"Paid: {order.conference}, {order.reference}"
    assert "Record a payment" not in text(desk.get(path))


def test_partial_payment_leaves_the_rest(desk, conference, order):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    desk.post(path, {"amount": "60", "method": "cash", "request_id": str(uuid.uuid4())})
    page = desk.get(path)
    assert page.context["form"]["amount"].value() == Decimal("40.00")
    assert "€60 recorded." in page.content.decode()
    assert Email.objects.get().subject.startswith("€40 is missing")


def test_overpaid_order_says_what_is_to_be_given_back(desk, conference, order):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    desk.post(path, {"amount": "120", "method": "cash", "request_id": str(uuid.uuid4())})
    assert "To be given back" in text(desk.get(path))


def test_more_than_is_owed_is_asked_about_once(desk, conference, order):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    page = desk.get(path)
    for amount in ("1000", "10000"):
        sent = {name: page.context["form"][name].value() or "" for name in ("request_id", "expected_owed", "beyond")}
        page = desk.post(path, sent | {"amount": amount, "method": "cash"})
        assert page.status_code == 422
        assert not Payment.objects.exists()
    assert "€100 is owed, and €10,000 is more." in text(page)
    sent = {name: page.context["form"][name].value() for name in ("request_id", "expected_owed", "beyond")}
    assert desk.post(path, sent | {"amount": "10000", "method": "cash"}).status_code == 302
    assert Payment.objects.get().amount == 10000


@pytest.mark.parametrize("amount", ["", "0", "-5", "x", "1e999", "NaN", "1.005"])
def test_amount_that_is_none_is_refused(desk, conference, order, amount):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    response = desk.post(path, {"amount": amount, "method": "cash", "request_id": str(uuid.uuid4())})
    assert (response.status_code, Payment.objects.count()) == (422, 0)


def test_second_payment_of_two_desks_is_refused(desk, conference, order):
    path = f"/staff/{conference.slug}/orders/{order.reference}/"
    for status in (302, 422):
        data = {"amount": "100", "method": "cash", "request_id": str(uuid.uuid4())}
        response = desk.post(path, data)
        assert response.status_code == status
    assert "This order is paid already." in text(response)
    assert Payment.objects.count() == 1


def test_staff_order_lists_a_ticket_once_whatever_comes_with_it(desk, conference, order):
    seat = order.attendees.order_by("pk").first()
    factories.pieces(attendee=seat, add_on=factories.add_on(conference=conference), order=order)
    page = text(desk.get(f"/staff/{conference.slug}/orders/{order.reference}/"))
    assert page.count(f"/staff/{conference.slug}/seats/{seat.access_code}/cancel/") == 1


def test_cancelling_a_seat_asks_first_and_tells_the_person(desk, conference, order):
    seat = order.attendees.first()
    path = f"/staff/{conference.slug}/seats/{seat.access_code}/cancel/"
    assert "Cancel this ticket?" in text(desk.get(path))
    assert desk.post(path, {"reason": " "}).status_code == 422
    response = desk.post(path, {"reason": "Asked for it"})
    seat.refresh_from_db()
    assert response["Location"] == f"/staff/{conference.slug}/orders/{order.reference}/"
    assert (seat.state, seat.cancelled_by, seat.cancel_reason) == (AttendeeState.CANCELLED, desk.user, "Asked for it")
    mail = Email.objects.get()
    assert (mail.to, "Asked for it" in mail.message) == ([seat.email], True)
    assert recount_places(conference=conference) == []
    again = desk.post(path, {"reason": "Asked for it"})
    assert (again.status_code, "cancelled already" in text(again), Email.objects.count()) == (422, True, 1)


def test_organiser_cancels_an_unpaid_order(client_as, conference, order):
    organiser = client_as(Role.ORGANISER)
    path = f"/staff/{conference.slug}/orders/{order.reference}/cancel/"
    assert f"Cancel order {order.reference}?" in text(organiser.get(path))
    organiser.post(path, {"reason": "Never paid"})
    order.refresh_from_db()
    assert (order.status, Email.objects.count(), recount_places(conference=conference)) == (
        OrderStatus.CANCELLED, 2, [],
    )  # fmt: skip
    again = organiser.post(path, {"reason": "Never paid"})
    assert (again.status_code, Email.objects.count()) == (302, 2)


def test_long_lists_lead_to_their_other_pages_and_keep_the_filter(client_as, conference, monkeypatch):
    monkeypatch.setattr(views_staff, "PER_PAGE", 1)
    buyer = factories.user(name="Ada Ash")
    for _number in range(3):
        factories.order(conference=conference, user=buyer, seats=0)
    path, client = f"/staff/{conference.slug}/orders/", client_as(Role.DESK)

    def ways(page):
        html = client.get(path, {"q": "Ash", "page": page}).content.decode().partition('<ul class="pagination">')[2]
        return re.findall(r'rel="(\w+)" href="([^"]+)"|aria-(disabled|label)="([^"]+)"', html.partition("</ul>")[0])

    assert ways(1) == [
        ("", "", "disabled", "true"), ("", "", "label", "Page 1 of 3"), ("next", "?q=Ash&amp;page=2", "", ""),
    ]  # fmt: skip
    assert [way[:2] for way in ways(2) if way[0]] == [("prev", "?q=Ash&amp;page=1"), ("next", "?q=Ash&amp;page=3")]
    assert ways(3)[-1] == ("", "", "disabled", "true")
