"""The code on a ticket: how it is drawn, what it stays clear of, and what happens when two are drawn alike."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from registration.attendee import access_code
from registration.attendee.access_code import draw_codes, generate_access_code
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.profile import get_attendee_profile_model
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draw(monkeypatch):
    """`draw("AAAAAAAA", "BBBBBBBB")`: these are drawn, one after the other, and nothing else."""

    def draw(*drawn: str) -> None:
        letters = iter("".join(drawn))
        monkeypatch.setattr(access_code, "secrets", SimpleNamespace(choice=lambda alphabet: next(letters)))

    return draw


def test_code_is_of_letters_that_nobody_misreads():
    drawn = "".join(generate_access_code() for _ in range(40))
    assert len(drawn) == 40 * 8
    assert set(drawn) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    random.seed(1)
    first = generate_access_code()
    random.seed(1)
    assert generate_access_code() != first  # not of `random`, which can be foreseen


def test_code_stays_clear_of_attendees_retired_and_imported_ones(conference, draw):
    seat = factories.attendee(conference=conference, access_code="AAAAAAAA", imported_code="BBBBBBBB")
    RetiredCode.objects.create(attendee=seat, code="CCCCCCCC")
    draw("AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "DDDDDDDD")
    assert generate_access_code() == "DDDDDDDD"
    draw("AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "EEEEEEEE", "FFFFFFFF", "GGGGGGGG")
    assert set(draw_codes(2, avoid={"EEEEEEEE"})) == {"FFFFFFFF", "GGGGGGGG"}


def test_draws_that_are_all_taken_are_said_so(conference, draw):
    factories.attendee(conference=conference, access_code="AAAAAAAA")
    draw("AAAAAAAA", "AAAAAAAA", "AAAAAAAA", "BBBBBBBB")
    with pytest.raises(RuntimeError, match="3 draws"):
        generate_access_code(max_retries=3)
    draw(*["AAAAAAAA"] * 10, "BBBBBBBB")
    with pytest.raises(RuntimeError, match="10 draws"):
        generate_access_code()


@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_save_draws_again_and_the_transaction_around_it_lives_on(conference, draw, monkeypatch):
    """Nobody else's code was seen, and yet it is taken: what two registrations at the same moment meet."""
    user = factories.user()
    factories.attendee(conference=conference, access_code="AAAAAAAA")
    unseen, is_taken = iter([False]), access_code.is_taken
    monkeypatch.setattr(access_code, "is_taken", lambda code: next(unseen, is_taken(code)))
    draw("AAAAAAAA", "BBBBBBBB")
    with transaction.atomic():
        seat = Attendee(user=user, conference=conference)
        seat.save()
        assert Attendee.objects.count() == 2
    assert Attendee.objects.get(user=user).access_code == seat.access_code == "BBBBBBBB"


def test_second_seat_of_a_user_is_no_clash_of_codes(conference, draw):
    seat = factories.attendee(conference=conference)
    draw("AAAAAAAA", "BBBBBBBB")
    second = Attendee(user=seat.user, conference=conference)
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    assert second.access_code == ""
    assert Attendee.objects.get() == seat


def test_code_is_made_once_and_a_given_one_is_kept(conference):
    seat = factories.attendee(conference=conference, access_code="7KQ2M0XD")
    seat.name = "Another"
    seat.save()
    assert Attendee.objects.get().access_code == "7KQ2M0XD"
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendee(user=factories.user(), conference=conference, access_code="7KQ2M0XD").save()


@pytest.mark.counters_falsified
def test_records_can_be_made_of_the_fields_that_are_named_first():
    user, conference = factories.user(name="Ada", email="ada@example.org"), factories.conference(name="PyTest")
    seat = Attendee.objects.create(user=user, conference=conference)
    assert str(seat) == "Ada @ PyTest"
    assert (len(seat.access_code), seat.checked_in_at, seat.completed_registration) == (8, None, False)
    assert (seat.name, seat.email, seat.state, seat.order) == ("Ada", "ada@example.org", "valid", None)


@pytest.mark.both_databases
def test_code_of_a_profile_is_unique_among_profiles(conference, draw):
    profiles = get_attendee_profile_model().objects
    seat = factories.attendee(conference=conference, access_code="AAAAAAAA")
    draw("BBBBBBBB")
    first = profiles.create(user=seat.user)
    assert first.access_code == "BBBBBBBB"
    with pytest.raises(IntegrityError), transaction.atomic():
        profiles.create(user=factories.user(), access_code="BBBBBBBB")
    assert profiles.create(user=factories.user(), access_code="AAAAAAAA").access_code == seat.access_code
