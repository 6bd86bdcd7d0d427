"""What `migrate` does for people who were to be found by an earlier version."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from registration.account.models import User
from registration.attendee.models import Attendee
from tests import factories
from tests.registration.attendee.test_search import found

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_seats_sold_before_their_code_was_searched_are_found_by_it(conference):
    """What `migrate` does for them, once; the others stay as they are."""
    put_codes_in = importlib.import_module("registration.migrations.0034_find_sold_seats_by_code").put_codes_in
    sold = factories.order(conference=conference, user=factories.user(name="Anna Berg"), seats=2)
    seat, other = sold.attendees.order_by("pk")
    Attendee.objects.filter(pk=seat.pk).update(search_text=f"anna berg\n{sold.reference.lower()}\nkapelle")
    assert found(conference, seat.access_code[:5]) == []
    put_codes_in(apps, SimpleNamespace(connection=connection))
    assert found(conference, seat.access_code[:5]) == found(conference, "kapelle") == ["Anna Berg"]
    assert found(conference, sold.reference) == ["Anna Berg", other.name]
    text = other.search_text
    other.refresh_from_db()
    assert other.search_text == text


def test_names_that_were_folded_with_their_apostrophes_are_found(conference):
    fold_anew = importlib.import_module("registration.migrations.0043_search_without_apostrophes").fold_anew
    seat = factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Jo O’Brien"))
    text = seat.search_text
    Attendee.objects.filter(pk=seat.pk).update(search_text=text.replace("obrien", "o’brien"), search_email="o'b@x")
    assert found(conference, "o'brien") == []
    fold_anew(apps, SimpleNamespace(connection=connection))
    seat.refresh_from_db()
    assert (seat.search_text, seat.search_email) == (text, "ob@x")
    assert found(conference, "o'brien") == ["Jo O’Brien"]


def test_index_of_pairs_of_letters_goes_when_migrated(conference):
    """PostgreSQL had one. Its trigger would write to a table of which nothing is read."""
    drop_pairs = importlib.import_module("registration.migrations.0038_search_by_groups_of_three").drop_pairs
    tables = connection.introspection.table_names
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE registration_attendee_find (attendee_id bigint PRIMARY KEY, in_text text[])")
            cursor.execute(
                "CREATE FUNCTION registration_attendee_find() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO registration_attendee_find VALUES (new.id, '{}'); RETURN NULL; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER registration_attendee_find AFTER INSERT ON registration_attendee"
                " FOR EACH ROW EXECUTE FUNCTION registration_attendee_find()"
            )
    had = "registration_attendee_find" in tables()
    drop_pairs(apps, SimpleNamespace(connection=connection, execute=connection.cursor().execute))
    assert (had, "registration_attendee_find" in tables()) == (True, connection.vendor == "sqlite")
    factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Anna Berg"))
    assert found(conference, "berg") == ["Anna Berg"]
