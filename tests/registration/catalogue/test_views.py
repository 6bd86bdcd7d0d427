"""Home and conference pages, and the fragment that says what is left."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Conference
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def text(response):
    return " ".join(response.content.decode().split())


def test_fresh_site_says_the_first_step(client):
    page = client.get("/")
    assert 'id="first_steps"' in text(page)
    assert "createsuperuser" in text(page)


def test_home_without_upcoming_conferences_says_so(client, conference):
    Conference.objects.update(start_date=timezone.now().date() - 9 * DAY, end_date=timezone.now().date() - 8 * DAY)
    page = text(client.get("/"))
    assert "No conference is coming up" in page
    assert f'<a href="/conferences/{conference.slug}/"><bdi>{conference.name}</bdi></a>' in page


def test_home_shows_a_card_for_each_upcoming_conference(client, conference):
    factories.ticket_type(conference=conference, price=Decimal("79"), total_quantity=9)
    factories.conference(name="Hidden", is_active=False)
    page = text(client.get("/"))
    assert "One conference is open for registration." in page
    assert "9 places left" in page
    assert "€79" in page
    assert "Hidden" not in page


@pytest.mark.parametrize("conferences", [1, 3])
def test_home_needs_as_many_queries_for_any_number_of_conferences(client, django_assert_num_queries, conferences):
    for _ in range(conferences):
        made = factories.conference()
        factories.ticket_type(conference=made)
        factories.discount(conference=made)
    with django_assert_num_queries(5):  # upcoming, their tickets, their discounts and what those are for, past
        client.get("/")


@pytest.mark.parametrize("types", [1, 3])
def test_conference_page_needs_as_many_queries_for_any_number_of_tickets(
    client, conference, django_assert_num_queries, types
):
    for _ in range(types):
        factories.ticket_type(conference=conference)
    with django_assert_num_queries(2):  # the logo, and all else
        client.get(f"/conferences/{conference.slug}/")


def test_conference_page_tells_what_where_and_when_in_its_own_zone(client):
    conference = factories.conference(
        timezone="Pacific/Auckland",
        registration_opens_at=dt.datetime(2030, 4, 30, 22, 0, tzinfo=dt.UTC),
        start_date=dt.date(2030, 6, 9), end_date=dt.date(2030, 6, 11), tagline="Compilers by the sea",
        venue="Viaduct <Hall>", address="161 Halsey Street",
    )  # fmt: skip
    factories.ticket_type(conference=conference)
    page = text(client.get(f"/conferences/{conference.slug}/"))
    assert "Registration opens 1 May, 10:00" in page
    assert "On sale 1 May, 10:00" in page
    assert "9–11 June 2030" in page
    assert "All times are those of Auckland" in page
    for said in ("Compilers by the sea", "Viaduct &lt;Hall&gt;", "161 Halsey Street"):
        assert said in page


@pytest.mark.counters_falsified
def test_conference_page_links_only_what_is_on_sale(client, conference):
    factories.ticket_type(conference=conference, slug="regular", price=Decimal("249"))
    factories.ticket_type(conference=conference, slug="early", total_quantity=1, taken=1)
    page = text(client.get(f"/conferences/{conference.slug}/"))
    assert f"/conferences/{conference.slug}/register/?ticket=regular" in page
    assert "ticket=early" not in page
    assert "Sold out" in page


def test_inactive_conference_is_not_there(client):
    conference = factories.conference(is_active=False)
    for path in ("", "places/", "register/"):
        assert client.get(f"/conferences/{conference.slug}/{path}").status_code == 404


@pytest.mark.counters_falsified
def test_places_are_not_sent_again_when_nothing_changed(client, conference):
    kind = factories.ticket_type(conference=conference, total_quantity=9)
    path = f"/conferences/{conference.slug}/places/"
    first = client.get(path)
    version = first.context["version"]
    assert "9 left" in text(first)
    assert re.search(rf'hx-get="{path}[^"]*" hx-trigger="every \d+s', text(first))
    assert client.get(path, {"v": version}).status_code == 204
    kind.taken = 1
    kind.save()
    changed = client.get(path, {"v": version})
    assert (changed.status_code, "8 left" in text(changed)) == (200, True)


@pytest.mark.parametrize("page", ["/conferences/{slug}/", "/conferences/{slug}/register/"])
def test_that_organisers_decide_is_said_before_it_is_bought(client, conference, page):
    said = "The organisers look at each registration before it is confirmed."
    kind = factories.ticket_type(conference=conference)
    assert said not in client.get(page.format(slug=conference.slug)).content.decode()
    type(kind).objects.update(needs_approval=True)
    assert said in client.get(page.format(slug=conference.slug)).content.decode()


@pytest.mark.parametrize("page", ["/conferences/{slug}/", "/conferences/{slug}/register/"])
def test_whether_a_ticket_can_be_cancelled_is_said_before_it_is_bought(client, conference, page):
    conference.start_date, conference.end_date, conference.currency = dt.date(2099, 3, 9), dt.date(2099, 3, 11), "EUR"
    conference.save()
    terms = [
        {"is_cancellable": True, "cancellation_fee": Decimal(10), "cancellable_until": dt.date(2099, 2, 1)},
        {"is_cancellable": True},
        {},
    ]
    for position, fields in reversed(list(enumerate(terms))):  # in their order, whichever was made first
        factories.ticket_type(conference=conference, price=Decimal(50), position=position, **fields)
    factories.ticket_type(conference=conference, position=9)
    text = client.get(page.format(slug=conference.slug)).content.decode()
    assert re.findall(r"(?:Can|Cannot) be cancelled[^<]*", text) == [
        "Can be cancelled until 1 February 2099; €10 of what was paid is kept.",
        "Can be cancelled until 8 March 2099.",
        "Cannot be cancelled once it is paid.",
    ]
