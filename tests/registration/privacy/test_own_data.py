"""Somebody has all that is held on them as one file, and nothing of others."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.order.models import Order
from registration.privacy.own_data import data_of, parts
from tests import factories
from tests.registration.privacy.everywhere import ADDRESS, NAME, NOTE, everywhere
from tests.registration.privacy.sweep import columns_of_attendees, not_handed_out
from tests.registration.privacy.test_leaving import past, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

PAGE = "/accounts/data/"
# They refer to people as staff.
NOT_THEIRS = {
    "admin.LogEntry", "registration.Announcement", "registration.BankLine", "registration.HeldBatch",
    "registration.Mailing", "registration.Tablet", "registration.User_user_permissions",
}  # fmt: skip


def test_every_text_that_may_tell_of_somebody_is_handed_out_or_said_not_to_be():
    handed_out = {
        f"{part.model._meta.db_table}.{part.model._meta.get_field(name).column}"
        for part in parts()
        for name in part.columns
        if "__" not in name
    }
    left_out = not_handed_out()
    assert (columns_of_attendees() - handed_out, handed_out & left_out) == (left_out, set())


def test_every_model_that_refers_to_people_is_handed_out_or_said_not_to_be():
    referring = {
        one.related_model._meta.label
        for model in (User, Attendee, Order)
        for one in model._meta.get_fields(include_hidden=True)
        if one.is_relation and one.auto_created and one.related_model is not model
    }
    assert referring - {part.model._meta.label for part in parts()} == NOT_THEIRS


@pytest.mark.both_databases
def test_file_has_all_of_them_and_nothing_that_opens_anything():
    world = everywhere(past())
    client = signed_in(world.user)
    page = client.get(PAGE).content.decode()
    assert "Tickets, with what staff noted about you" in page
    answer = client.post(PAGE)
    assert answer["Content-Disposition"] == f'attachment; filename="my-data-{timezone.localdate():%Y-%m-%d}.json"'
    assert "no-store" in answer["Cache-Control"]
    told = json.loads(answer.content)
    # What has no text of its own is not everywhere.
    empty = {"former_staff_roles", "waiting_list", "notices", "card_payments", "groups"}
    assert {name for name, rows in told.items() if not rows} == empty
    assert told["account"][0]["name"] == NAME
    assert {row["email"] for row in told["addresses"]} == {ADDRESS, "second@quillon.example"}
    assert NOTE in {row["staff_note"] for row in told["tickets"]}
    assert told["order_lines"] and {row["order__reference"] for row in told["order_lines"]} == {world.order.reference}
    assert told["profile"][0]["accessibility_needs"] == NOTE
    whole = answer.content.decode()
    assert world.user.password not in whole and client.session.session_key not in whole
    assert [each for each in ("bob@example.org", "sam@example.org", "Bob Buyer") if each in whole] == []


@pytest.mark.both_databases
def test_somebody_elses_is_not_in_it(conference):
    everywhere(past())
    other = factories.user(name="Olaf Other", email="olaf@example.org")
    told = data_of(other)
    assert {name for name, rows in told.items() if rows} == {"account", "addresses"}


def test_it_asks_the_same_for_few_and_many(conference):
    user, counts = factories.user(), []
    for _number in range(2):
        factories.order(conference=factories.conference(), user=user, total="20.00")
        with CaptureQueriesContext(connection) as queries:
            data_of(user)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_who_has_just_proved_that_it_is_they(client, conference):
    client.force_login(factories.user())
    for ask in (client.get, client.post):
        assert ask(PAGE)["Location"].startswith("/accounts/reauthenticate/")
