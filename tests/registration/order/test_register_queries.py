"""How many statements the pages of a registration take."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.catalogue.models import Reduction
from registration.order.models import Order
from tests import factories
from tests.registration.order.registering import HTMX, choose, form_of, path

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def regular(conference):
    return factories.ticket_type(conference=conference, name="Regular", slug="regular", price=D("249"))


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", slug="dinner", price=D("45"))


def test_order_through_all_pages_is_lean(client_as, conference, regular, dinner):
    client = client_as()
    factories.voucher(conference=conference, code="TEN", reduction=Reduction.PERCENT, value=D(10), max_uses=0)
    with CaptureQueriesContext(connection) as captured:
        client.get(path(conference))
        page = client.get(choose(client, conference, regular=2, voucher="TEN")["Location"])
        form = form_of(page, **{"seat-extra-dinner": "1", "seat2-name": "Guest"})
        summed = client.post(path(conference, "hold/"), form, headers=HTMX)
        placed = client.post(path(conference), form | {"price": summed.context["quote"].totals.total})
    assert (placed.status_code, Order.objects.get().lines.count()) == (302, 3)
    # Five requests, each of which reads who asks, and what they are offered, hold and have.
    assert len([each for each in captured if "SAVEPOINT" not in each["sql"]]) == 38


@pytest.mark.parametrize("seats", [1, 3])
def test_details_page_needs_as_many_queries_for_any_number_of_seats(
    client_as, conference, regular, dinner, django_assert_num_queries, seats
):
    client = client_as()
    address = choose(client, conference, regular=seats)["Location"]
    with django_assert_num_queries(3):
        client.get(address)
