"""What an add-on that sold out while people chose leaves on the page of their details."""

from decimal import Decimal

import pytest

from tests import factories
from tests.registration.order.registering import HTMX, choose, form_of, path

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_as):
    return client_as()


@pytest.fixture
def regular(conference):
    return factories.ticket_type(conference=conference, slug="regular", price=Decimal("249"))


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", slug="dinner", price=Decimal("45"), total_quantity=3)


def test_add_on_that_is_sold_out_is_refused_where_it_was_asked_for(client, conference, regular, dinner):
    """With what is held still held and summed up, and the box empty again."""
    page = client.get(choose(client, conference, regular=5)["Location"])
    held = {"seat-extra-dinner": "on"}
    client.post(path(conference, "hold/"), form_of(page, **held), headers=HTMX)
    type(dinner).objects.update(total_quantity=1)
    asked = form_of(page, **held, **{"seat5-extra-dinner": "on"})
    answer = client.post(path(conference, "hold/"), asked, headers=HTMX | {"HX-Trigger": "id_seat5-extra-dinner"})
    field, text = answer.context["details"].refused, " ".join(answer.content.decode().split())
    assert (answer.status_code, field.html_name, field.errors) == (422, "seat5-extra-dinner", ["Dinner is sold out."])
    assert (field.value(), "1 × <bdi>Dinner</bdi>" in text) == (False, True)
    assert (text.count("Dinner is sold out."), 'name="price" value="1290.00"' in text) == (1, True)
    by_voucher = client.post(path(conference, "hold/"), asked, headers=HTMX | {"HX-Trigger": "hold"})
    assert by_voucher.context["problems"] == ["Dinner is sold out."]
