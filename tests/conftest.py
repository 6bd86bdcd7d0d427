from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoDbBlocker

from conferences.models import Conference, Role
from tests import factories
from tests.server import Server, running_server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in real life, so that threads and processes meet as they would there; nobody needs it after a crash.
        database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


@pytest.fixture(autouse=True)
def _plain_surroundings(settings: pytest.FixtureRequest) -> None:
    settings.STORAGES = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clean_cache(db: None) -> Iterator[None]:
    """For tests of limits, which are counted in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def conference(db: None) -> Conference:
    return factories.conference()


@pytest.fixture
def client_as(conference: Conference):
    """`client_as(Role.DOOR)`: a signed-in client of a new member of staff of `conference`."""

    def make(role: Role | None = None, at: Conference | None = None) -> Client:
        user = factories.user()
        if role:
            factories.staff(user=user, conference=at or conference, role=role)
        client = Client()
        client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def start_server(django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[..., Server]]:
    """`start_server(workers=4)`: the real gunicorn on a database of its own, which the ORM of the test then uses too.

    See tests/server.py. Not together with `db`.
    """
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def start(**options: Any) -> Server:
            server = stack.enter_context(running_server(**options))
            # pytest shows what is printed beside a failure.
            stack.callback(lambda: print(server.log[-20_000:]))  # noqa: T201
            return server

        yield start
