"""Waiting for SQLite's one write lock ends as its timeout says, and changes nothing for what comes after."""

import gc
import sqlite3
import threading
import time

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction

from config.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def impatient():
    """This connection, which waits 0.1 s; on PostgreSQL there is nothing to wait for."""
    options = connection.settings_dict["OPTIONS"]
    given = options["timeout"]
    options["timeout"] = 0.1
    connection.close()
    yield connection
    options["timeout"] = given
    connection.close()


@pytest.fixture
def other(impatient):
    """A second connection to the same file."""
    other = sqlite3.connect(impatient.settings_dict["NAME"], isolation_level=None)
    yield other
    other.close()


def test_waiting_for_the_write_lock_ends_with_the_timeout(impatient, other):
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction.atomic():
        pass
    with pytest.raises(OperationalError, match="locked"):
        Group.objects.create(name="by a statement of its own")
    other.execute("ROLLBACK")
    Group.objects.create(name="after all")


def test_other_errors_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("waited"))
    with transaction.atomic(), pytest.raises(OperationalError, match="within a transaction"):
        connection._start_transaction_under_autocommit()


def test_garbage_of_a_connection_that_waits_does_not_stop_the_one_it_waits_for(other):
    """Collecting a cursor needs its connection, and whoever collects may own the write lock."""
    tried, results = threading.Event(), []

    def wait_for_the_lock() -> None:
        connection.ensure_connection()
        circle = [connection.connection.execute("SELECT 1 UNION SELECT 2")]
        circle.append(circle)
        del circle
        tried.set()
        try:
            Group.objects.create(name="waited")
            results.append("written")
        except OperationalError as error:
            results.append(str(error))
        finally:
            connection.close()

    connection.settings_dict["OPTIONS"]["timeout"] = 5
    gc.disable()
    try:
        other.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=wait_for_the_lock)
        waiting.start()
        tried.wait()
        time.sleep(0.3)  # until it waits
        gc.collect()
        other.execute("ROLLBACK")
        waiting.join()
    finally:
        gc.enable()
    assert results == ["written"]


def test_literal_percent_is_one_where_there_are_values():
    with connection.cursor() as cursor:
        cursor.execute("SELECT '5 %%', %s, '%%s'", [7])
        assert cursor.fetchone() == ("5 %", 7, "%s")


def test_kept_connection_notices_another_file_in_its_place(tmp_path):
    """As after a backup was put back under a running server."""
    path = tmp_path / "site.sqlite3"
    settings = connection.settings_dict | {"NAME": str(path), "CONN_MAX_AGE": None}
    ours = DatabaseWrapper(settings, "kept")
    for number in (1, 2):
        with sqlite3.connect(tmp_path / "other") as other:
            other.execute("CREATE TABLE number AS SELECT ? AS number", [number])
        (tmp_path / "other").replace(path)
        ours.close_if_unusable_or_obsolete()
        with ours.cursor() as cursor:
            assert cursor.execute("SELECT number FROM number").fetchone() == (number,)
    kept = ours.connection
    ours.close_if_unusable_or_obsolete()
    assert ours.connection is kept
    ours.close()
