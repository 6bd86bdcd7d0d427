"""Code and database of two versions, as in an upgrade that was forgotten or taken back."""

import threading

import pytest
from django.core.management import CommandError
from django.db import OperationalError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from conferences import serving
from registration.management.commands import worker

pytestmark = pytest.mark.django_db

OLDER = "migrations are missing: run manage.py migrate"
TOO_OLD = "the database is too old for this version: migrate it with one between them first"
NEWER = "the database is of a newer version (registration.9999_what_comes): install that, or restore a backup"


@pytest.fixture
def older():
    """The last migration is not there yet."""
    [(app, name)] = MigrationLoader(None).graph.leaf_nodes("registration")
    assert MigrationRecorder.Migration.objects.filter(app=app, name=name).delete()[0] == 1


@pytest.fixture
def newer():
    MigrationRecorder.Migration.objects.create(app="registration", name="9999_what_comes")


@pytest.fixture
def too_old():
    """It stopped among the migrations that one took the place of."""
    of_this_version = ["0001_user", "0002_registration", "0003_next_mail"]
    ours = MigrationRecorder.Migration.objects.filter(app="registration")
    ours.filter(name__in=[*of_this_version, "0045_seats_by_address", "0046_next_mail"]).delete()


@pytest.mark.both_databases
@pytest.mark.parametrize(("state", "reason"), [("older", OLDER), ("too_old", TOO_OLD), ("newer", NEWER)])
def test_site_and_worker_say_that_the_database_is_of_another_version(client, request, state, reason):
    assert client.get("/healthz/").status_code == 200
    request.getfixturevalue(state)
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.content.decode()) == (503, f"{reason}\n")
    with pytest.raises(CommandError) as refused:
        worker.refuse_other_version(threading.Event())
    assert str(refused.value) == f"Not started: {reason}."


@pytest.mark.both_databases
def test_database_made_by_the_migrations_that_were_replaced_is_of_this_version(client):
    replacing = {"0001_user", "0002_registration", "0003_next_mail", "0001_conferences"}
    MigrationRecorder.Migration.objects.filter(app__in=["conferences", "registration"], name__in=replacing).delete()
    assert MigrationRecorder.Migration.objects.filter(name="0046_next_mail").exists()
    assert client.get("/healthz/").status_code == 200


def test_migration_that_another_app_has_dropped_says_nothing(client):
    MigrationRecorder.Migration.objects.create(app="sites", name="0009_dropped")
    assert client.get("/healthz/").status_code == 200


def test_worker_waits_for_a_database_that_is_away_before_it_asks_for_its_version(monkeypatch):
    told = iter([OperationalError("away"), OLDER])

    def ask() -> str:
        answer = next(told)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(worker, "why_not_of_this_version", ask)
    monkeypatch.setattr(worker, "POLL_SECONDS", 0)
    monkeypatch.setattr(worker.connection, "close", lambda: None)  # the test's own, in its transaction
    with pytest.raises(CommandError, match=OLDER):
        worker.refuse_other_version(threading.Event())


@pytest.mark.both_databases
def test_newer_database_is_refused_before_anything_is_done_to_it(newer, monkeypatch):
    monkeypatch.setattr(serving, "call_command", pytest.fail)
    with pytest.raises(CommandError) as refused:
        serving.prepare_database()
    assert str(refused.value) == f"Not started: {NEWER}."
