"""A place from the waiting list that is taken up too late: what the link of its mail and a form that was left open say."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.holding import release_expired_holds
from registration.order.models import Order
from registration.order.recount import recount_places
from registration.waiting.offering import offer_places
from registration.waiting.waiting_list import join_waiting_list
from tests import factories
from tests.registration.order.registering import choose, form_of, path, text

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def kind(conference):
    """One place, and it is sold."""
    kind = factories.ticket_type(conference=conference, name="Regular", slug="regular", total_quantity=1)
    buyer = factories.user()
    place_order(
        conference=conference, buyer=buyer, seats=[SeatRequest(kind, buyer.name, buyer.email)],
        checkout_id=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    return kind


@pytest.fixture
def client(client_as, kind):
    """Who was offered the place, let the time pass, and sees it go to the next one."""
    client = client_as()
    join_waiting_list(ticket_type=kind, user=client.user, now=NOW)
    join_waiting_list(ticket_type=kind, user=factories.user(), now=NOW)
    cancel_seat(attendee=kind.attendees.live().get(), reason="Ill", by=None, now=NOW)
    offer_places(now=NOW)
    client.form = form_of(client.get(path(kind.conference) + "?ticket=regular"))
    return client


def let_pass(conference):
    until = timezone.now() - dt.timedelta(hours=1)
    Order.objects.filter(is_offer=True).update(hold_expires_at=until)
    release_expired_holds(now=timezone.now())
    offer_places(now=timezone.now())
    assert recount_places(conference=conference) == []
    local = until.astimezone(ZoneInfo(conference.timezone))
    return f"The place from the waiting list was kept for you until {local:%A} {local.day} {local:%B %Y, %H:%M}"


@pytest.mark.both_databases
def test_late_link_says_until_when_the_place_was_kept(client, kind):
    says = let_pass(kind.conference) + "; since then it has gone to others. Regular is sold out."
    assert says in text(client.get(path(kind.conference) + "?ticket=regular"))
    assert says in text(choose(client, kind.conference, regular=1))


def test_late_form_says_until_when_the_place_was_kept_and_books_nothing(client, kind):
    says = let_pass(kind.conference) + "; since then it has gone to others. Regular is sold out. Nothing was booked."
    refused = client.post(path(kind.conference), client.form)
    assert (refused.status_code, says in text(refused), "15 minutes" in text(refused)) == (422, True, False)


def test_place_that_was_taken_is_offered_nowhere_while_the_worker_has_not_come_by(client, client_as, kind):
    pages = [
        (client, "/me/", "A place is kept for you"),
        (client, f"/conferences/{kind.conference.slug}/waiting/regular/", "A place is yours"),
        (client_as(Role.ORGANISER), f"/staff/{kind.conference.slug}/waiting/", "Place offered"),
    ]
    assert [says in text(who.get(page)) for who, page, says in pages] == [True] * 3
    assert client.post(path(kind.conference), client.form).status_code == 302
    assert [says in text(who.get(page)) for who, page, says in pages] == [False] * 3


def test_who_was_offered_nothing_reads_that_it_is_sold_out_alone(client, client_as, kind):
    let_pass(kind.conference)
    page = text(client_as().get(path(kind.conference) + "?ticket=regular"))
    assert ("Regular is sold out." in page, "waiting list was kept" in page) == (True, False)
