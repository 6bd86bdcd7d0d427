"""Where the money of a changed ticket is, on the page that gives it back."""

import pytest

from conferences.models import Role
from registration.order.refund import refundable
from registration.order.whereabouts import moved_on, paid_before
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
    told = [(each.seat, each.order, each.amount) for each in paid_before(third, [seat])]
    assert told == [(seat, second, 70), (seat, first, 50)]
    assert [(each.seat, each.order, each.amount) for each in moved_on(refundable(first))] == [(seat, third, 50)]
    assert [(each.order, each.amount) for each in moved_on(refundable(second))] == [(third, 70)]
    assert (moved_on(refundable(third)), paid_before(first, first.attendees.all())) == ([], [])


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
