"""Places that are given back go to whoever waits, one after the other, and to nobody else meanwhile."""

import datetime as dt
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order, release_expired_holds
from registration.order.models import Order
from registration.order.recount import Miscount, recount_places
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.offering import offer_places
from registration.waiting.recount import recount_waiting
from registration.waiting.waiting_list import join_waiting_list, leave_waiting_list, move_entry, place_in_line
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + dt.timedelta(hours=25)


@pytest.fixture
def kind(conference):
    """One place, and it is sold."""
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    buy(kind, factories.user())
    return kind


def buy(kind, buyer, now=NOW, checkout_id=None):
    kind.refresh_from_db()
    seat = SeatRequest(kind, buyer.name, buyer.email)
    checkout_id = checkout_id or uuid.uuid4()
    return place_order(conference=kind.conference, buyer=buyer, seats=[seat], checkout_id=checkout_id, now=now)


def wait(kind, count):
    people = [factories.user() for _number in range(count)]
    return [join_waiting_list(ticket_type=kind, user=person, now=NOW) for person in people]


def give_back(kind):
    cancel_seat(attendee=kind.attendees.live().first(), reason="ill", by=None, now=NOW)


def states(kind):
    return list(WaitingEntry.objects.filter(ticket_type=kind).order_by("pk").values_list("state", flat=True))


def check_counts(kind):
    """Nothing is sold or held twice, and the counter says who waits."""
    kind.refresh_from_db()
    assert recount_places(conference=kind.conference) == []
    assert kind.waiting == WaitingEntry.objects.waiting().filter(ticket_type=kind).count()


@pytest.mark.both_databases
def test_place_is_offered_to_the_first_and_becomes_their_ticket(kind):
    first, second = wait(kind, 2)
    give_back(kind)
    assert (offer_places(now=NOW), states(kind)) == (1, ["offered", "waiting"])
    first.refresh_from_db()
    mail = Email.objects.get(to=first.user.email)
    assert f"/register/?ticket={kind.slug}" in mail.message
    check_counts(kind)
    placed = buy(kind, first.user, checkout_id=first.order.checkout_id)
    assert (placed.pk, placed.is_paid, offer_places(now=NOW)) == (first.order_id, True, 0)
    assert states(kind) == ["taken", "waiting"]
    assert place_in_line(second, now=NOW) == 1
    check_counts(kind)


def test_nobody_else_gets_the_place_while_people_wait(kind):
    wait(kind, 1)
    give_back(kind)
    for attempt in (buy, lambda kind, buyer: hold(kind, buyer)):
        with pytest.raises(RegistrationError) as refused:
            attempt(kind, factories.user())
        assert refused.value.code == "sold_out"
    kind.refresh_from_db()
    assert (kind.places_left, kind.taken) == (0, 0)
    check_counts(kind)


def hold(kind, buyer):
    return hold_order(
        conference=kind.conference, buyer=buyer, choice=Choice((SeatRequest(kind),)), checkout_id=uuid.uuid4(), now=NOW
    )


def test_offer_that_is_not_taken_goes_to_the_next(kind):
    type(kind.conference).objects.update(offer_hours=7)
    first, _second = wait(kind, 2)
    give_back(kind)
    offer_places(now=NOW)
    over = NOW + dt.timedelta(hours=7)
    assert [release_expired_holds(now=now) for now in (over - dt.timedelta(seconds=1), over)] == [0, 1]
    assert (offer_places(now=LATER), states(kind)) == (1, ["lapsed", "offered"])
    check_counts(kind)
    first.refresh_from_db()
    with pytest.raises(RegistrationError) as refused:
        buy(kind, first.user, now=LATER, checkout_id=first.order.checkout_id)
    assert refused.value.code == "hold_expired"
    check_counts(kind)


@pytest.mark.both_databases
def test_offer_stays_beside_what_its_person_chooses_otherwise(kind):
    [entry] = wait(kind, 1)
    give_back(kind)
    offer_places(now=NOW)
    hold(factories.ticket_type(conference=kind.conference), entry.user)
    assert Order.objects.choices().pending().filter(user=entry.user).count() == 2
    check_counts(kind)


def test_leaving_hands_the_offered_place_on(kind):
    first, second = wait(kind, 2)
    give_back(kind)
    offer_places(now=NOW)
    leave_waiting_list(entry=first, now=NOW)
    leave_waiting_list(entry=first, now=NOW)
    release_expired_holds(now=NOW)
    assert (offer_places(now=NOW), states(kind)) == (1, ["left", "offered"])
    leave_waiting_list(entry=second, now=NOW)
    release_expired_holds(now=NOW)
    check_counts(kind)
    assert buy(kind, factories.user()).is_paid


def test_joining_twice_keeps_the_place_in_line(kind):
    first, second = wait(kind, 2)
    again = join_waiting_list(ticket_type=kind, user=first.user, now=NOW)
    assert (again.pk, place_in_line(again, now=NOW), place_in_line(second, now=NOW)) == (first.pk, 1, 2)
    check_counts(kind)


@pytest.mark.parametrize("reason", ["not_sold_out", "already_registered", "not_on_sale"])
def test_joining_is_refused_where_it_makes_no_sense(kind, reason):
    person = factories.user()
    if reason == "not_sold_out":
        give_back(kind)
    elif reason == "already_registered":
        buy(factories.ticket_type(conference=kind.conference), person)
    else:
        TicketType.objects.filter(pk=kind.pk).update(is_active=False)
    with pytest.raises(RegistrationError) as refused:
        join_waiting_list(ticket_type=kind, user=person, now=NOW)
    assert (refused.value.code, WaitingEntry.objects.count()) == (reason, 0)


def test_organiser_puts_people_into_another_order(kind):
    first, second = wait(kind, 2)
    move_entry(entry=second, up=True)
    move_entry(entry=second, up=True)
    give_back(kind)
    offer_places(now=NOW)
    assert states(kind) == [WaitingState.WAITING, WaitingState.OFFERED]
    check_counts(kind)
    assert place_in_line(first, now=NOW) == 1


def test_moving_keeps_to_the_order_of_the_locks(kind):
    """The type comes after the entries: whoever leaves, or is offered a place, has locked theirs and wants the type."""
    _first, second = wait(kind, 2)
    with CaptureQueriesContext(connection) as queries:
        move_entry(entry=second, up=True)
    statements = [query["sql"] for query in queries]
    assert [sql for sql in statements if "registration_tickettype" in sql] == []
    locking = [sql for sql in statements if "FOR UPDATE" in sql]
    assert len(locking) == (1 if connection.features.has_select_for_update else 0)


def test_nobody_waits_for_more_than_they_may_buy(kind):
    type(kind).objects.update(limit_per_user=1)
    kind.refresh_from_db()
    of_a_guest = factories.order(conference=kind.conference, ticket_type=kind).attendees.get()
    buyer, of_a_guest.user = of_a_guest.user, factories.user()
    of_a_guest.save(update_fields=["user"])
    with pytest.raises(RegistrationError) as refused:
        join_waiting_list(ticket_type=kind, user=buyer, now=NOW)
    assert refused.value.code == "limit_per_user"


@pytest.mark.both_databases
def test_who_has_bought_all_they_may_meanwhile_is_not_in_the_way_of_the_next(kind):
    type(kind).objects.update(limit_per_user=1)
    first, second = wait(kind, 2)
    of_a_guest = factories.order(conference=kind.conference, ticket_type=kind, user=first.user).attendees.get()
    of_a_guest.user = factories.user()
    of_a_guest.save(update_fields=["user"])
    type(kind).objects.update(total_quantity=3)
    assert (offer_places(now=NOW), states(kind)) == (1, ["left", "offered"])
    assert [mail.to for mail in Email.objects.filter(subject__startswith="A place")] == [[second.user.email]]
    check_counts(kind)


@pytest.mark.both_databases
def test_pages_of_whoever_waits(client, kind):
    person = factories.user()
    client.force_login(person)
    path = f"/conferences/{kind.conference.slug}/waiting/{kind.slug}/"
    assert "Join the waiting list" in client.get(path).content.decode()
    assert client.post(f"{path}join/")["Location"] == path
    assert "You are next." in client.get(path).content.decode()
    assert f'We mail you when it is your turn</span></span><a href="{path}">' in client.get("/me/").content.decode()
    give_back(kind)
    offer_places(now=NOW)
    assert "A place is yours" in client.get(path).content.decode()
    assert "A place is kept for you until" in client.get("/me/").content.decode()
    details = client.get(f"/conferences/{kind.conference.slug}/register/?ticket={kind.slug}")
    assert (details.status_code, "is sold out" in details.content.decode()) == (200, False)
    until = WaitingEntry.objects.get().offer_ends_at.astimezone(kind.conference.tz)
    assert f"if you take it by {until:%A} {until.day} {until:%B %Y, %H:%M}." in Email.objects.latest("pk").message
    # With its day, and no count of minutes.
    assert f"Held for you until {until:%A} {until.day} {until:%B, %H:%M}" in details.content.decode()
    assert "data-seconds" not in details.content.decode()
    client.post(f"{path}leave/")
    assert "Waiting list" not in client.get("/me/").content.decode()
    assert WaitingEntry.objects.get().state == WaitingState.LEFT


@pytest.mark.both_databases
@pytest.mark.parametrize("before", ["", "student"])
def test_offered_place_is_theirs_by_whichever_page_they_come(client, kind, before):
    """Also when they hold something else, which is the newer one."""
    [entry] = wait(kind, 1)
    student = factories.ticket_type(conference=kind.conference, name="Student", slug="student")
    give_back(kind)
    offer_places(now=NOW)
    client.force_login(entry.user)
    path = f"/conferences/{kind.conference.slug}/register/"
    if before:
        assert client.post(f"{path}choose/", {f"n-{student.slug}": "1"}).status_code == 302
    by_mail = client.get(f"{path}?ticket={kind.slug}")
    entry.refresh_from_db()
    assert (by_mail.context["problems"], by_mail.context["held"]) == ([], entry.order)
    assert f"n-{kind.slug}" in client.get(path).context["form"].fields
    chosen = client.post(f"{path}choose/", {f"n-{kind.slug}": "1"})
    assert (chosen.status_code, chosen["Location"]) == (302, f"{path}?ticket={kind.slug}")
    assert client.get(chosen["Location"]).context["held"] == entry.order
    # It stays as long as it was offered, and what they held beside it is given back.
    assert [order.hold_expires_at for order in Order.objects.choices().pending()] == [entry.offer_ends_at]
    check_counts(kind)


@pytest.mark.both_databases
def test_organisers_see_move_and_remove(client_as, kind):
    first, second = wait(kind, 2)
    organiser = client_as(Role.ORGANISER)
    path = f"/staff/{kind.conference.slug}/waiting/"
    listed = organiser.get(path).content.decode()
    assert listed.index(first.user.name) < listed.index(second.user.name)
    ends = f"Move up {first.user}", f"Move down {first.user}", f"Move up {second.user}", f"Move down {second.user}"
    assert [button in listed for button in ends] == [False, True, True, False]
    organiser.post(f"{path}{second.pk}/move/", {"up": ""})
    listed = organiser.get(path).content.decode()
    assert listed.index(second.user.name) < listed.index(first.user.name)
    removed = organiser.post(f"{path}{second.pk}/remove/", follow=True).content.decode()
    assert (f"Off the list: {second.user}." in removed, removed.count(second.user.name)) == (True, 1)
    check_counts(kind)


@pytest.mark.parametrize("count", [1, 3])
def test_list_needs_as_many_queries_for_any_number(client_as, kind, count, django_assert_num_queries):
    wait(kind, count)
    organiser = client_as(Role.ORGANISER)
    with django_assert_num_queries(5):  # session with its user, role, ticket types, count, page
        organiser.get(f"/staff/{kind.conference.slug}/waiting/")


@pytest.mark.both_databases
def test_recount_proves_the_counter_of_who_waits(conference):
    kind = factories.ticket_type(conference=conference, name="Student", total_quantity=1)
    factories.attendee(conference=conference, ticket_type=kind)
    for _number in range(2):
        join_waiting_list(ticket_type=kind, user=factories.user(), now=NOW)
    assert recount_waiting(conference=conference) == []
    type(kind).objects.filter(pk=kind.pk).update(waiting=5)
    assert recount_waiting(conference=conference) == [Miscount(conference, kind, 5, 2, of_waiting=True)]
    out = StringIO()
    with pytest.raises(CommandError, match="1 wrong"):
        call_command("recount_places", stdout=out)
    assert out.getvalue() == f"{conference.slug}: Student, waiting: counted 5, there are 2\n"
    call_command("recount_places", fix=True, stdout=out)
    assert recount_waiting(conference=conference) == []
