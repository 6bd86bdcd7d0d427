"""The history of an order in words: all of it for staff, nobody of the staff for the buyer."""

from decimal import Decimal

import pytest
from django.utils import timezone

from registration.attendee.claim import claim_seats
from registration.changes.naming import correct_seat
from registration.changes.transfer import transfer_ticket
from registration.order.payment import record_payment
from registration.order.story import story_of
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def told(conference):
    """Paid at the desk, renamed by staff, given away by the buyer."""
    order = factories.order(conference=conference, total="50.00", status="pending")
    desk = factories.user(name="Desk Person")
    record_payment(order=order, amount=Decimal("50"), method="cash", note="", by=desk, now=NOW)
    seat = order.attendees.get()
    correct_seat(attendee=seat, name="Ada", email=seat.email, by=desk, now=NOW, reason="misspelt")
    seat.refresh_from_db()
    transfer_ticket(
        attendee=seat, code=seat.access_code, name="Grace", email="grace@example.org", by=order.user, now=NOW
    )
    return order


def lines(order, **reader):
    return [(moment.title, moment.detail, moment.who, moment.why) for moment in story_of(order, **reader)]


def test_staff_read_who_what_and_why(told):
    buyer = told.user
    assert lines(told) == [
        ("Given to somebody else", "Ada → Grace", buyer.name, ""),
        ("Name or address changed", f"{buyer.name} → Ada", "Desk Person", "misspelt"),
        ("Paid", "", "", ""),
        ("Payment recorded", "€50 · Cash at the desk", "Desk Person", ""),
    ]


def test_buyer_reads_it_without_names_of_staff(told):
    assert [who for _title, _detail, who, _why in lines(told, reader=told.user)] == [
        "You", "The organisers", "", "The organisers",
    ]  # fmt: skip


def test_buyer_reads_what_those_did_who_have_given_their_ticket_away_since(told):
    """By the name that they had on it; they are not the organisers."""
    seat, grace = told.attendees.get(), factories.user(email="grace@example.org")
    claim_seats(user=grace, email="grace@example.org")
    seat.refresh_from_db()
    transfer_ticket(attendee=seat, code=seat.access_code, name="Mary", email="mary@example.org", by=grace, now=NOW)
    assert [(detail, who) for _title, detail, who, _why in lines(told, reader=told.user)[:3]] == [
        ("Grace → Mary", "Grace"), ("Grace", "Grace"), ("Ada → Grace", "You"),
    ]  # fmt: skip


def test_both_pages_show_it(client, conference, told):
    client.force_login(told.user)
    page = client.get(told.get_absolute_url()).content.decode()
    assert ("What happened" in page, "misspelt" in page, "Desk Person" in page) == (True, True, False)
    client.force_login(factories.staff(conference=conference, role="desk").user)
    page = client.get(f"/staff/{conference.slug}/orders/{told.reference}/").content.decode()
    assert ("What happened" in page, "Desk Person" in page) == (True, True)
