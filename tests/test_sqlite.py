"""Waiting for SQLite's one write lock ends as its timeout says, and changes nothing for what comes after."""

import sqlite3

import pytest
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
    other.execute("ROLLBACK")
    with transaction.atomic(), impatient.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (100,)


def test_other_errors_are_not_waited_for(impatient):
    with transaction.atomic():
        impatient.connection.execute("PRAGMA busy_timeout = 77")
    with transaction.atomic(), pytest.raises(OperationalError, match="within a transaction"):
        impatient._start_transaction_under_autocommit()


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
