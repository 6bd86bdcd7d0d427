"""Where a changed ticket is, and where its money, on the page that gives it back."""

import pytest

from conferences.models import Role
from registration.order.models_money import Refund
from registration.order.refundable import refundable
from registration.order.whereabouts import moved_on, paid_elsewhere
from tests import factories, factories_money
from tests.registration.order.exchanges import change, pay, three_kinds, two_students

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(conference):
    """Two Students, one of whom became Regular and then Business: 50 + 50, 70, 80."""
    kinds = three_kinds(conference)
    first = two_students(conference, kinds)
    seat = first.attendees.get(user=first.user)
    second = change(seat, kinds["Regular"])
    pay(second)
    third = change(seat, kinds["Business"])
    pay(third)
    for order in (first, second, third):
        order.refresh_from_db()
    return first, second, third


def test_newest_order_names_those_before_and_they_name_it(orders):
    first, second, third = orders
    (seat,) = third.attendees.all()
    told = [(each.seat, each.order, each.amount) for each in paid_elsewhere(third, [seat])]
    assert told == [(seat, second, 70), (seat, first, 50)]
    assert [(each.seat, each.order, each.amount) for each in moved_on(refundable(first))] == [(seat, third, 50)]
    assert [(each.order, each.amount) for each in moved_on(refundable(second))] == [(third, 70)]
    assert (moved_on(refundable(third)), paid_elsewhere(first, first.attendees.all())) == ([], [])


def test_replaced_order_leads_to_the_one_that_took_its_place(client, client_as, conference, orders):
    """Its buyer, who bought that too; and staff by its history."""
    _first, second, third = orders
    client.force_login(second.user)
    page = " ".join(client.get(second.get_absolute_url()).content.decode().split())
    led = f'<a href="{third.get_absolute_url()}">{third.reference}</a>'
    assert f"stand in the orders that took their place. {led}" in page
    page = client_as(Role.DESK).get(f"/staff/{conference.slug}/orders/{second.reference}/").content.decode()
    assert f'<b>Replaced</b><p class="small"><bdi>order {third.reference}</bdi>' in page


def test_page_leads_to_the_rest(client_as, conference, orders):
    first, second, third = orders
    client = client_as(Role.ORGANISER)

    def page(order):
        return " ".join(
            client.get(f"/staff/{conference.slug}/orders/{order.reference}/refund/").content.decode().split()
        )

    for order in (first, second):
        assert f'href="/staff/{conference.slug}/orders/{order.reference}/refund/">{order.reference}</a>' in page(third)
    assert "Another €50 for the ticket of" in page(third)
    assert "which was changed and is now in the order <a href" in page(first)
    assert "€50 of this was paid" in page(first)


def test_refund_of_a_changed_ticket_leads_from_order_to_order(client_as, conference, orders):
    """The ticket ends with the first; the money of each order goes back there."""
    first, second, third = orders
    (seat,) = third.attendees.all()
    client = client_as(Role.ORGANISER)
    at = {order: f"/staff/{conference.slug}/orders/{order.reference}/refund/" for order in orders}
    assert "then you are led there." in client.get(at[third]).content.decode()
    went, told = [at[third]], []
    for _order in orders:
        shown = client.get(went[-1]).context
        form = shown["form"]
        told.append([str(message) for message in shown["messages"]])
        assert [int(pk) for pk in form["seats"].value()] == ([] if went == [at[third]] else [seat.pk])
        answer = client.post(
            went[-1], {"seats": seat.pk, "reason": "Ill", "request_id": form["request_id"].value()}, follow=False
        )
        went.append(answer.url)
    assert went[1:] == [
        f"{at[second]}?seat={seat.pk}",
        f"{at[first]}?seat={seat.pk}",
        f"/staff/{conference.slug}/orders/{first.reference}/",
    ]
    back = Refund.objects.order_by("pk").values_list("order", "amount")
    assert list(back) == [(third.pk, 80), (second.pk, 70), (first.pk, 50)]
    assert told[1] == [
        f"Given back. Another €70 was paid in the order {second.reference}, before the ticket was changed: see here."
    ]


def test_add_ons_count_with_the_ticket_they_were_bought_with(conference, orders):
    first, second, third = orders
    (seat,) = third.attendees.all()
    dinner = factories.add_on(conference=conference, price=20)
    factories.pieces(attendee=seat, add_on=dinner, order=first, price=20)
    type(first).objects.filter(pk=first.pk).update(total=120, subtotal=120)
    factories_money.payment(order=first, amount=20)
    assert [(each.order, each.amount) for each in paid_elsewhere(third, [seat])] == [(second, 70), (first, 70)]
    assert [(each.order, each.amount) for each in moved_on(refundable(first))] == [(third, 70)]
