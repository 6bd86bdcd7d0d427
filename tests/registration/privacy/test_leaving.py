"""Somebody deletes their account: all of it goes, or nothing does and they are told why. What becomes of records that are
kept: `test_erasure.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.attendee.models import AttendeeProfile, AttendeeState
from registration.checkin.models import Checkpoint, Scan
from registration.errors import RegistrationError
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from registration.privacy.leaving import Leaving, delete_account, look_at_leaving
from registration.waiting.models import WaitingEntry
from tests import factories, factories_money
from tests.registration.checkin.offline import scan_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

PAGE = "/accounts/delete/"
NOTHING = Leaving(
    is_superuser=False, tickets=[], holds_at=[], unsettled=[], credits=[], only_organiser_of=[], works_at=[],
    waits_for=[], kept_at=[], is_in_books=False,
)  # fmt: skip


@pytest.fixture
def person():
    return factories.user(name="Ada Ansel", email="ada@example.org")


def signed_in(user: User) -> Client:
    """Who has just proved once more that it is they."""
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


def past(**fields):
    days = (timezone.localdate() - dt.timedelta(days=ago) for ago in (9, 8))
    return factories.conference(**dict(zip(("start_date", "end_date"), days, strict=True)), **fields)


def is_refused(user: User, *texts: str) -> None:
    """By the page and by the rule, and nothing of the account has changed."""
    client = signed_in(user)
    shown = client.get(PAGE)
    page = shown.content.decode()
    assert (shown.status_code, "Delete my account" in page) == (200, False)
    assert [text for text in texts if text not in page] == []
    refused = client.post(PAGE)
    assert (refused.status_code, "Nothing was deleted." in refused.content.decode()) == (422, True)
    with pytest.raises(RegistrationError) as error:
        delete_account(user=user, now=timezone.now())
    assert error.value.code == "kept"
    assert User.objects.filter(pk=user.pk, is_active=True).exists()
    assert client.get(PAGE).status_code == 200


# --- What has to be kept for nobody -----------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_account_goes_with_all_that_its_owner_told(person, conference):
    AttendeeProfile.objects.create(user=person, dietary_needs="vegan")
    Order.objects.create(
        user=person, conference=conference, status=OrderStatus.EXPIRED, reference="EXPIRED1", subtotal=0, total=0,
        hold_expires_at=timezone.now() - dt.timedelta(hours=1),
    )  # fmt: skip
    client, elsewhere = signed_in(person), signed_in(person)
    assert "Delete my account" in client.get(PAGE).content.decode()
    left = client.post(PAGE, follow=True)
    assert left.redirect_chain == [("/", 302)]
    assert "Your account is deleted." in left.content.decode()
    records = (User.objects.filter(name="Ada Ansel"), EmailAddress, AttendeeProfile, Order)
    assert [getattr(one, "objects", one).count() for one in records] == [0, 0, 0, 0]
    for one in (client, elsewhere):
        assert one.get("/accounts/")["Location"].startswith("/accounts/login/")


@pytest.mark.both_databases
def test_what_others_have_speaks_against_nothing_and_stays(person, conference):
    order = factories.order(conference=conference, total="50.00", seats=2)
    factories_money.refund(
        payment=factories_money.payment(order=order, recorded_by=order.user),
        credit=Credit.objects.create(conference=conference, user=order.user),
    )
    for status in (OrderStatus.PENDING, OrderStatus.EXPIRED):
        factories.order(conference=conference, seats=0, status=status, hold_expires_at=timezone.now())
    factories.staff(conference=conference, role=Role.ORGANISER, user=order.user)
    factories.waiting(ticket_type=factories.ticket_type(conference=conference))
    LogEntry.objects.create(user=order.user, object_repr="something", action_flag=2)
    assert look_at_leaving(user=person, now=timezone.now()) == NOTHING
    delete_account(user=person, now=timezone.now())
    assert (Order.objects.count(), WaitingEntry.objects.live().count(), StaffRole.objects.count()) == (3, 1, 1)


def test_each_of_these_alone_is_told(conference):
    """Somebody who only bought, only has a ticket that another bought, had credit, or is on a staff without organisers."""
    bought = factories.order(conference=conference, seats=0, total="5.00").user
    seat = factories.attendee(conference=conference, order=factories.order(conference=conference, seats=0))
    spent = Credit.objects.create(conference=conference, user=factories.user()).user
    desk = factories.staff(conference=conference, role=Role.DESK).user
    told = [look_at_leaving(user=user, now=timezone.now()) for user in (bought, seat.user, spent, desk)]
    assert told == [
        replace(NOTHING, kept_at=[conference]),
        replace(NOTHING, kept_at=[conference], tickets=[seat]),
        replace(NOTHING, kept_at=[conference]),
        replace(NOTHING, works_at=[conference]),
    ]


def test_it_is_asked_once_more_whether_it_is_they(person):
    client = Client()
    client.force_login(person)
    for answer in (client.get(PAGE), client.post(PAGE)):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert User.objects.filter(pk=person.pk).exists()


@pytest.mark.both_databases
def test_account_is_found_on_the_page_of_the_account(person):
    client = signed_in(person)
    assert f'href="{PAGE}"' in client.get("/accounts/").content.decode()


def test_place_on_the_waiting_list_is_given_up(person, conference):
    kind = factories.ticket_type(conference=conference, name="Week")
    factories.waiting(ticket_type=kind, user=person)
    other = factories.waiting(ticket_type=kind)
    client = signed_in(person)
    page = client.get(PAGE).content.decode()
    assert "You give up your place on the waiting list:" in page
    assert conference.name in page
    client.post(PAGE)
    kind.refresh_from_db()
    assert (list(WaitingEntry.objects.all()), kind.waiting) == ([other], 1)


def test_role_ends_and_the_name_beside_scans_stays(person, conference):
    factories.staff(conference=conference, role=Role.ORGANISER)
    factories.staff(conference=conference, role=Role.ORGANISER, user=person)
    scan = scan_at(Checkpoint.objects.main(conference), "XX4Q0000", by=person).scan
    client = signed_in(person)
    page = client.get(PAGE).content.decode()
    assert ("You are no longer on the staff of:" in page, "your name stays" in page) == (True, True)
    assert client.post(PAGE).status_code == 302
    kept = Scan.objects.get(pk=scan.pk)
    assert (kept.scanned_by, kept.scanned_by_name) == (None, "Ada Ansel")
    assert StaffRole.objects.count() == 1


# --- What has to end first --------------------------------------------------------------------------------------------
def test_tickets_to_come_are_named_and_not_lost(person, conference):
    Conference.objects.update(contact_email="hello@example.org")
    own, guest = factories.order(conference=conference, user=person, total="50.00", seats=2).attendees.order_by("pk")
    is_refused(
        person, "Tickets to come", reverse("ticket", args=[conference.slug]), reverse("order", args=[own.order.reference]),
        guest.name, "Whom to ask", "mailto:hello@example.org",
    )  # fmt: skip
    assert {seat.state for seat in (own, guest)} == {AttendeeState.VALID}


def test_ticket_without_an_order_is_named(person, conference):
    factories.attendee(conference=conference, user=person)
    is_refused(person, "Tickets to come", reverse("ticket", args=[conference.slug]))


def test_ticket_that_waits_for_their_address_is_theirs_to_come(person, conference):
    order = factories.order(conference=conference, seats=2)
    order.attendees.filter(user__email=None).update(email="Ada@example.org")
    is_refused(person, "Tickets to come", reverse("ticket", args=[conference.slug]))


@pytest.mark.parametrize("what", ["to pay", "to give back", "to look at"])
def test_money_that_is_not_settled_needs_to_know_whose_it_is(person, what):
    status = OrderStatus.PENDING if what == "to pay" else OrderStatus.PAID
    order = factories.order(conference=past(), user=person, total="50.00", status=status)
    if what == "to give back":
        factories_money.refund(payment=factories_money.payment(order=order))
    elif what == "to look at":
        factories_money.issue(order=order)
    is_refused(person, "Money that is not settled", reverse("order", args=[order.reference]))


@pytest.mark.both_databases
def test_credit_is_not_thrown_away(person, conference):
    refund = factories_money.refund(
        payment=factories_money.payment(order=factories.order(conference=conference, total="50.00"))
    )
    credit = Credit.objects.create(conference=conference, user=person)
    type(refund).objects.filter(pk=refund.pk).update(credit=credit)
    is_refused(person, "It would be lost. Use it, or ask the organisers to pay it out.", "€5")


def test_places_that_are_held_are_waited_for(person, conference):
    Order.objects.create(
        user=person, conference=conference, status=OrderStatus.PENDING, reference="HELD1234", subtotal=0, total=0,
        hold_expires_at=timezone.now() + dt.timedelta(minutes=9),
    )  # fmt: skip
    is_refused(person, "Places held for you", reverse("conference", args=[conference.slug]))


@pytest.mark.both_databases
def test_last_organiser_stays_until_there_is_another(person, conference):
    factories.staff(conference=conference, role=Role.ORGANISER, user=person)
    factories.staff(conference=conference, role=Role.DESK)
    is_refused(person, "Conferences without another organiser", reverse("settings-staff", args=[conference.slug]))
    assert StaffRole.objects.filter(user=person, role=Role.ORGANISER).exists()


@pytest.mark.both_databases
def test_superuser_is_made_less_by_another_first(person):
    User.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    is_refused(person, "You look after this site")
