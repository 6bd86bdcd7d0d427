"""The organisers' pages for ticket types."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.catalogue.assortment import delete_item, move_item
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

FORM = {"name": "Regular", "price": "79.50", "total_quantity": "0", "limit_per_user": "0", "is_active": "on"}


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def test_ticket_is_added_at_the_end_with_its_times_in_the_conferences_zone(organiser, conference):
    factories.ticket_type(conference=conference, position=4)
    data = FORM | {"available_from": "2027-01-15T10:00"}
    response = organiser.post(f"/staff/{conference.slug}/settings/tickets/new/", data)
    assert (response.status_code, response["Location"]) == (302, f"/staff/{conference.slug}/settings/tickets/")
    made = TicketType.objects.latest("pk")
    assert (made.name, made.slug, made.price, made.position) == ("Regular", "regular", Decimal("79.50"), 5)
    assert made.available_from == dt.datetime(2027, 1, 15, 9, tzinfo=dt.UTC)


@pytest.mark.both_databases
def test_pressed_twice_makes_one(organiser, conference):
    url = f"/staff/{conference.slug}/settings/tickets/new/"
    assert [organiser.post(url, FORM).status_code for _ in range(2)] == [302, 422]
    assert TicketType.objects.count() == 1


def test_names_in_any_script_get_a_slug_of_their_own(organiser, conference):
    for name in ("通常", "学生", "Regular!", "Regular?"):
        organiser.post(f"/staff/{conference.slug}/settings/tickets/new/", FORM | {"name": name})
    slugs = list(TicketType.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs == ["ticket", "ticket-2", "regular", "regular-2"]


@pytest.mark.parametrize("field", ["price", "cancellation_fee"])
def test_parts_of_the_smallest_coin_are_refused(organiser, conference, field):
    type(conference).objects.update(currency="JPY")
    url, form = f"/staff/{conference.slug}/settings/tickets/new/", FORM | {"price": "8000"}
    page = organiser.post(url, form | {field: "79.50"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert page.context["form"].errors[field] == ["The smallest amount in JPY is ¥1. Enter a multiple of it."]
    assert organiser.post(url, form | {field: "79.00"}).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": "-1"}, "price"),
        ({"price": "1.234"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"total_quantity": "-3"}, "total_quantity"),
        ({"available_from": "2027-01-02T10:00", "available_until": "2027-01-01T10:00"}, "available_until"),
    ],
)
def test_what_makes_no_sense_is_refused(organiser, conference, change, field):
    response = organiser.post(f"/staff/{conference.slug}/settings/tickets/new/", FORM | change)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not TicketType.objects.exists()


@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_change_keeps_what_was_sold_and_the_counter(organiser, conference, monkeypatch):
    order = factories.order(conference=conference, total="79.00")
    sold = TicketType.objects.get()
    TicketType.objects.update(taken=1)
    from registration.catalogue import views_settings

    original = views_settings.change_item

    def sold_meanwhile(**kwargs):
        TicketType.objects.update(taken=2)
        return original(**kwargs)

    monkeypatch.setattr(views_settings, "change_item", sold_meanwhile)
    url = f"/staff/{conference.slug}/settings/tickets/{sold.pk}/"
    assert organiser.post(url, FORM | {"price": "99", "taken": "0"}).status_code == 302
    sold.refresh_from_db()
    assert (sold.name, sold.price, sold.taken) == ("Regular", Decimal("99.00"), 2)
    assert (order.lines.get().price, order.total) == (Decimal("79.00"), Decimal("79.00"))


@pytest.mark.counters_falsified
def test_fewer_places_than_taken_are_refused(organiser, conference):
    sold = factories.ticket_type(conference=conference, total_quantity=20, taken=12)
    url = f"/staff/{conference.slug}/settings/tickets/{sold.pk}/"
    response = organiser.post(url, FORM | {"total_quantity": "11"})
    assert response.status_code == 422
    assert "12 are taken already" in response.content.decode()
    assert [organiser.post(url, FORM | {"total_quantity": total}).status_code for total in ("12", "0")] == [302, 302]


def test_ticket_that_was_sold_cannot_be_deleted(organiser, conference):
    factories.order(conference=conference)
    sold, unsold = TicketType.objects.get(), factories.ticket_type(conference=conference)
    with pytest.raises(RegistrationError) as refusal:
        delete_item(item=sold)
    assert refusal.value.code == "sold"
    page = organiser.post(f"/staff/{conference.slug}/settings/tickets/{sold.pk}/delete/", follow=True)
    assert "Take it off sale instead" in page.content.decode()
    organiser.post(f"/staff/{conference.slug}/settings/tickets/{unsold.pk}/delete/")
    assert list(TicketType.objects.all()) == [sold]


def test_off_sale_and_on_again_whatever_is_pressed_twice(organiser, conference):
    sold = factories.ticket_type(conference=conference)
    url = f"/staff/{conference.slug}/settings/tickets/{sold.pk}/sale/"
    states = []
    for data in ({}, {}, {"on": ""}, {"on": ""}):
        organiser.post(url, data)
        sold.refresh_from_db()
        states.append(sold.is_active)
    assert states == [False, False, True, True]


def test_move_swaps_neighbours_and_stops_at_the_ends(conference):
    first, second, third = (factories.ticket_type(conference=conference) for _ in range(3))
    move_item(item=third, up=True)
    assert list(conference.ticket_types.all()) == [first, third, second]
    move_item(item=first, up=True)
    move_item(item=second, up=False)
    assert list(conference.ticket_types.all()) == [first, third, second]


def test_neighbours_are_those_of_the_same_conference(conference):
    elsewhere = factories.conference()
    first = factories.ticket_type(conference=conference)
    others = [factories.ticket_type(conference=elsewhere, position=position) for position in (4, 9)]
    second = factories.ticket_type(conference=conference)
    move_item(item=second, up=True)
    assert list(conference.ticket_types.all()) == [second, first]
    assert [(each, each.position) for each in elsewhere.ticket_types.all()] == [(others[0], 4), (others[1], 9)]


def test_ticket_of_another_conference_is_not_found(organiser, conference):
    other = factories.ticket_type(conference=factories.conference())
    for action in ("", "move/", "sale/", "delete/"):
        url = f"/staff/{conference.slug}/settings/tickets/{other.pk}/{action}"
        assert organiser.post(url, FORM).status_code == 404
    assert TicketType.objects.filter(pk=other.pk, name=other.name).exists()


@pytest.mark.counters_falsified
def test_list_says_what_is_not_to_be_had_although_it_is_for_sale(organiser, conference):
    now = timezone.now()
    day = dt.timedelta(days=1)
    factories.ticket_type(conference=conference, position=0, name="Early", available_until=now - day)
    factories.ticket_type(conference=conference, position=1, name="Late", available_from=now + day)
    factories.ticket_type(conference=conference, position=2, name="Few", total_quantity=3, taken=3)
    factories.ticket_type(conference=conference, position=3, name="Regular")
    page = organiser.get(f"/staff/{conference.slug}/settings/tickets/").content.decode()
    said = re.findall("No longer on sale|Not yet on sale|Sold out|For sale", page)
    assert said == ["No longer on sale", "Not yet on sale", "Sold out", "For sale"]


@pytest.mark.parametrize("types", [1, 3])
def test_list_costs_the_same_for_more_types(organiser, conference, django_assert_num_queries, types):
    for _ in range(types):
        factories.ticket_type(conference=conference)
    with django_assert_num_queries(3):
        organiser.get(f"/staff/{conference.slug}/settings/tickets/")


def test_older_page_does_not_put_back_what_somebody_else_has_changed(organiser, conference):
    found = factories.ticket_type(conference=conference, name="Regular", price=Decimal("79.50"), total_quantity=100)
    url = f"/staff/{conference.slug}/settings/tickets/{found.pk}/"
    form = FORM | {"total_quantity": "100", "seen": organiser.get(url).context["form"]["seen"].value()}
    assert organiser.post(url, form | {"price": "90", "available_from": "2027-01-15T10:00"}).status_code == 302
    late = organiser.post(url, form | {"total_quantity": "150"})
    assert late.status_code == 422
    said = "it now says: Price in EUR: 90.00; Places: 100; On sale from: 15 Jan 2027, 10:00."
    assert said in late.content.decode()
    found.refresh_from_db()
    assert (found.price, found.total_quantity) == (Decimal("90.00"), 100)
    # What was written is still there, and counts when it is sent once more.
    again = late.context["form"]
    assert (again["total_quantity"].value(), again["price"].value()) == ("150", "79.50")
    form |= {"total_quantity": "150", "price": "90", "seen": again["seen"].value()}
    assert organiser.post(url, form).status_code == 302
    found.refresh_from_db()
    assert (found.price, found.total_quantity) == (Decimal("90.00"), 150)


def test_same_change_sent_twice_is_saved_and_a_sale_meanwhile_is_no_change(organiser, conference):
    found = factories.ticket_type(conference=conference, name="Regular", total_quantity=0)
    url = f"/staff/{conference.slug}/settings/tickets/{found.pk}/"
    form = FORM | {"seen": organiser.get(url).context["form"]["seen"].value()}
    factories.order(conference=conference, ticket_type=found, seats=3)
    assert [organiser.post(url, form | {"price": "90"}).status_code for _press in range(2)] == [302, 302]
