"""Two organisers who have the page of the same voucher or discount open."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from conferences.models import Role
from tests import factories
from tests.registration.catalogue.test_reduction_settings import path, text

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def test_older_page_of_a_voucher_does_not_put_back_what_somebody_else_has_changed(organiser, conference):
    kind = factories.ticket_type(conference=conference, name="Regular")
    found = factories.voucher(conference=conference, code="EARLY7", reduction="percent", value=D(20), max_uses=5)
    url = path(conference, f"vouchers/{found.pk}/")
    seen = organiser.get(url).context["form"]["seen"].value()
    form = {"code": "EARLY7", "reduction": "percent", "value": "20", "max_uses": "5", "is_active": "on", "seen": seen}
    assert organiser.post(url, form | {"value": "30", "ticket_types": [kind.pk]}).status_code == 302
    late = organiser.post(url, form | {"max_uses": "9"})
    said = "it now says: Value: 30.00; Uses: 5; For these tickets: Regular."
    assert (late.status_code, said in text(late)) == (422, True)
    found.refresh_from_db()
    assert (found.value, found.max_uses, list(found.ticket_types.all())) == (D(30), 5, [kind])
    # What was written is still there, and counts when it is sent once more.
    again = late.context["form"]
    assert (again["value"].value(), again["max_uses"].value()) == ("20", "9")
    assert organiser.post(url, form | {"max_uses": "9", "seen": again["seen"].value()}).status_code == 302
    found.refresh_from_db()
    assert (found.value, found.max_uses, list(found.ticket_types.all())) == (D(20), 9, [])


def test_older_page_of_a_discount_does_not_put_back_what_somebody_else_has_changed(organiser, conference):
    staff, dinner = Group.objects.create(name="Speakers"), factories.add_on(conference=conference, name="Dinner")
    found = factories.discount(conference=conference, name="Early", reduction="percent", value=D(10), add_on=dinner)
    url = path(conference, f"discounts/{found.pk}/")
    seen = organiser.get(url).context["form"]["seen"].value()
    form = {
        "name": "Early",
        "reduction": "percent",
        "value": "10",
        "add_on": dinner.pk,
        "is_active": "on",
        "seen": seen,
    }
    emails = [f"someone{number}@example.org" for number in range(100)]
    changed = form | {"group": staff.pk, "emails": "\r\n".join(emails)}
    # The button pressed twice is the same change.
    assert [organiser.post(url, changed).status_code for _press in range(2)] == [302, 302]
    late = organiser.post(url, form | {"value": "15"})
    said = "it now says: Value: 10.00; For this group: Speakers; For these addresses: someone0@example.org someone1@"
    assert (late.status_code, said in text(late), "someone10@" in text(late)) == (422, True, False)
    found.refresh_from_db()
    assert (found.value, found.group, found.emails.split()) == (D(10), staff, emails)


def test_new_ones_carry_what_was_seen_once_and_hidden(organiser, conference):
    for page in ("vouchers/new/", "vouchers/make/", "discounts/new/"):
        assert text(organiser.get(path(conference, page))).count('type="hidden" name="seen"') == 1, page
