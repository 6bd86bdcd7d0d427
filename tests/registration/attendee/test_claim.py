"""Whoever proves an address takes the placeholder seats that wait for it, whichever way it was proved."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from registration.account.models import User
from registration.attendee.claim import claim_seats, claim_waiting
from registration.attendee.models import AttendeeProfile, AttendeeState
from registration.order.models import Order
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def waiting_seat(email: str, conference=None, name: str = "Ada"):
    holder = User.objects.create_placeholder(name=name)
    return factories.attendee(conference=conference or factories.conference(), user=holder, email=email)


def _code() -> str:
    return re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]


def _by_signup(client, email):
    client.post("/accounts/signup/", {"name": "Ada", "email": email})
    client.post("/accounts/confirm-email/", {"code": _code()})
    return User.objects.get(email=email)


def _by_login_code(client, email):
    user = factories.user(email=email, verified=False)
    client.post("/accounts/login/code/", {"email": email})
    client.post("/accounts/login/code/confirm/", {"code": _code()})
    return user


def _by_second_address(client, email):
    user = factories.user(email="first@example.org")
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    client.post("/accounts/email/", {"email": email, "action_add": ""})
    confirmed = client.post("/accounts/confirm-email/", {"code": _code()})
    assert confirmed["Location"] == "/accounts/email/"  # where it was added
    return user


@pytest.mark.both_databases
@pytest.mark.parametrize("prove", [_by_signup, _by_login_code, _by_second_address])
def test_confirmed_address_takes_its_seats_with_order_and_profile(client, prove):
    seat, elsewhere = waiting_seat("Ada@Example.org"), waiting_seat("ada@example.org")
    order = Order.objects.create(conference=seat.conference, user=seat.user, total=0)
    profile = AttendeeProfile.objects.create(user=seat.user, affiliation="Analytical Engines")
    user = prove(client, "ada@example.org")
    for record in (seat, elsewhere, order, profile):
        record.refresh_from_db()
    assert (seat.user, elsewhere.user, order.user, profile.user) == (user, user, user, user)


@pytest.mark.both_databases
def test_unconfirmed_address_takes_nothing(client):
    seat = waiting_seat("ada@example.org")
    client.post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org"})
    seat.refresh_from_db()
    assert seat.user.is_placeholder


def test_of_a_family_with_one_address_one_seat_moves():
    conference = factories.conference()
    first, second = (waiting_seat("family@example.org", conference, name) for name in ("Mother", "Child"))
    user = factories.user(email="family@example.org")
    assert claim_seats(user=user, email="family@example.org") == [first]
    second.refresh_from_db()
    assert second.user.is_placeholder
    assert claim_seats(user=user, email="family@example.org") == []


def test_valid_seat_moves_before_an_older_cancelled_one():
    conference = factories.conference()
    cancelled, bought_again = (waiting_seat("ada@example.org", conference) for _ in range(2))
    factories.end(cancelled)
    user = factories.user(email="ada@example.org")
    assert claim_waiting(user=user) == [bought_again]
    assert claim_waiting(user=user) == []


@pytest.mark.both_databases
def test_valid_seat_takes_the_place_of_an_own_cancelled_one():
    user = factories.user(email="ada@example.org")
    old = factories.attendee(conference=factories.conference(), user=user, state=AttendeeState.REFUNDED)
    cancelled = waiting_seat("ada@example.org", old.conference)
    factories.end(cancelled)
    assert claim_waiting(user=user) == []
    valid = waiting_seat("ada@example.org", old.conference)
    assert claim_waiting(user=user) == [valid]
    old.refresh_from_db()
    assert (list(user.attendees.all()), old.user.is_placeholder, old.name) == ([valid], True, user.name)


def test_no_seat_moves_where_the_account_has_one():
    seat = waiting_seat("ada@example.org")
    user = factories.user(email="ada@example.org")
    factories.attendee(conference=seat.conference, user=user)
    assert claim_seats(user=user, email="ada@example.org") == []


def test_seat_of_another_account_never_moves():
    other = factories.attendee(conference=factories.conference(), email="ada@example.org")
    assert claim_seats(user=factories.user(email="ada@example.org"), email="ada@example.org") == []
    other.refresh_from_db()
    assert other.user.email != "ada@example.org"


@pytest.mark.both_databases
def test_history_says_who_took_a_ticket_over():
    order = factories.order(conference=factories.conference(), seats=2)
    guest = order.attendees.exclude(user=order.user).get()
    type(guest).objects.filter(pk=guest.pk).update(email="ada@example.org", name="Ada")
    ada = factories.user(email="ada@example.org")
    claim_seats(user=ada, email="ada@example.org")
    event = order.events.get()
    assert (event.kind, event.by, event.details) == ("taken_over", ada, {"seat": "Ada"})
