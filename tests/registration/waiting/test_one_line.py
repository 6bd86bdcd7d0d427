"""Ticket types that share a full venue have one line: who joined first gets the place, whichever ticket they wait for."""

import datetime as dt

import pytest

from conferences.models import Role
from registration.catalogue.models import TicketType
from registration.order.cancellation import cancel_seat
from registration.waiting.models import WaitingEntry
from registration.waiting.offering import offer_places
from registration.waiting.waiting_list import move_entry, place_in_line
from tests import factories
from tests.registration.waiting.test_waiting import NOW, buy, check_counts, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(conference):
    """Of a venue with two places, which are sold. The one that is sold out by itself too comes first on the page."""
    type(conference).objects.filter(pk=conference.pk).update(total_capacity=2)
    limited, other = (
        factories.ticket_type(conference=conference, name=name, position=position, total_quantity=quantity)
        for position, (name, quantity) in enumerate([("Student", 1), ("Regular", 0)])
    )
    buy(limited, factories.user())
    buy(other, factories.user())
    return [TicketType.objects.select_related("conference").get(pk=kind.pk) for kind in (limited, other)]


def line(*kinds):
    """One person after the other, each waiting for a ticket of `kinds`."""
    return [wait(kind, 1)[0] for kind in kinds]


def give_back_one(kind):
    cancel_seat(attendee=kind.attendees.live().first(), reason="ill", by=None, now=NOW)


def offered():
    return set(WaitingEntry.objects.filter(state="offered").values_list("pk", flat=True))


def test_place_goes_to_who_joined_first_not_to_the_ticket_that_stands_first(kinds):
    limited, other = kinds
    first, second, _third = line(other, limited, other)
    give_back_one(limited)
    assert (offer_places(now=NOW), offered()) == (1, {first.pk})
    give_back_one(other)
    assert (offer_places(now=NOW), offered()) == (1, {first.pk, second.pk})
    check_counts(other)
    check_counts(limited)


def test_who_cannot_use_the_place_is_passed_over_and_stays_first_for_their_own(kinds):
    limited, other = kinds
    passed, second, third = line(limited, other, other)
    give_back_one(other)
    assert (offer_places(now=NOW), offered()) == (1, {second.pk})
    give_back_one(limited)
    assert (offer_places(now=NOW), offered()) == (1, {passed.pk, second.pk})
    assert place_in_line(third, now=NOW) == 1


def test_full_ticket_does_not_stop_the_line_when_it_fills_up_on_the_way(kinds):
    limited, other = kinds
    entries = line(limited, limited, limited, other)
    give_back_one(limited)
    give_back_one(other)
    assert (offer_places(now=NOW), offered()) == (2, {entries[0].pk, entries[3].pk})


@pytest.mark.both_databases
def test_ticket_that_is_off_sale_holds_nobody_up(kinds):
    limited, other = kinds
    _off_sale, second = line(limited, other)
    give_back_one(limited)
    TicketType.objects.filter(pk=limited.pk).update(available_until=NOW - dt.timedelta(hours=1))
    assert (offer_places(now=NOW), offered()) == (1, {second.pk})


@pytest.mark.both_databases
def test_place_in_line_counts_who_would_get_the_place_before(kinds):
    limited, other = kinds
    entries = line(limited, other, limited, other)
    # Nobody who waits for a ticket that is sold out by itself is before who waits for the other one.
    assert [place_in_line(each, now=NOW) for each in entries] == [1, 1, 3, 2]
    give_back_one(limited)  # not offered yet: one of the two can have it
    assert [place_in_line(each, now=NOW) for each in entries] == [1, 2, 3, 3]


@pytest.mark.both_databases
def test_lines_are_apart_where_the_venue_has_no_limit(kinds):
    limited, other = kinds
    type(other.conference).objects.filter(pk=other.conference_id).update(total_capacity=0)
    TicketType.objects.filter(pk=other.pk).update(total_quantity=1)
    entries = line(
        *TicketType.objects.select_related("conference").filter(pk__in=[limited.pk, other.pk]).order_by("-pk")
    )
    assert [place_in_line(each, now=NOW) for each in entries] == [1, 1]


@pytest.mark.both_databases
def test_organiser_moves_somebody_in_the_whole_line_or_among_one_ticket(kinds):
    limited, other = kinds
    first, between, last = line(other, limited, other)
    move_entry(entry=last, up=True)
    move_entry(entry=last, up=True)  # is first of its ticket
    assert order_of_line() == [last.pk, between.pk, first.pk]
    first.refresh_from_db()
    move_entry(entry=first, up=True, in_whole_line=True)
    assert order_of_line() == [last.pk, first.pk, between.pk]
    give_back_one(limited)
    assert (offer_places(now=NOW), offered()) == (1, {last.pk})


def order_of_line():
    return list(WaitingEntry.objects.waiting().values_list("pk", flat=True))


def test_page_shows_the_whole_line_and_moves_in_what_it_shows(client_as, kinds):
    limited, other = kinds
    first, second, third = line(other, limited, other)
    organiser = client_as(Role.ORGANISER)
    path = f"/staff/{other.conference.slug}/waiting/"
    page = organiser.get(path).content.decode()
    names = [page.index(entry.user.name) for entry in (first, second, third)]
    assert names == sorted(names)
    assert page.count("None of this ticket to be had now") == 1  # of the one ticket that is sold out by itself
    answer = organiser.post(f"{path}{third.pk}/move/", {"up": ""})
    assert answer["Location"] == f"{path}#waiting-{third.pk}"
    assert order_of_line() == [first.pk, third.pk, second.pk]
    one = organiser.get(f"{path}?ticket={other.slug}").content.decode()
    assert (second.user.name in one, '<input type="hidden" name="ticket">' in one) == (False, True)
    answer = organiser.post(f"{path}{third.pk}/move/", {"ticket": "", "up": ""})
    assert answer["Location"] == f"{path}?ticket={other.slug}#waiting-{third.pk}"
    assert order_of_line() == [third.pk, first.pk, second.pk]


def test_page_says_of_nobody_who_is_offered_a_place_that_there_is_none(client_as, kinds):
    limited, other = kinds
    [entry] = line(limited)
    give_back_one(limited)
    assert (offer_places(now=NOW), offered()) == (1, {entry.pk})
    page = client_as(Role.ORGANISER).get(f"/staff/{other.conference.slug}/waiting/").content.decode()
    assert ("Place offered" in page, "None of this ticket to be had now" in page) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_whole_line_needs_as_many_queries_for_any_number(client_as, kinds, count, django_assert_num_queries):
    line(*kinds * count)
    organiser = client_as(Role.ORGANISER)
    with django_assert_num_queries(5):  # session with its user, role, ticket types, count, page
        organiser.get(f"/staff/{kinds[0].conference.slug}/waiting/")
