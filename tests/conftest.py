from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client, TransactionTestCase, override_settings
from pytest_django import DjangoDbBlocker

from conferences.models import Conference, Role
from tests import environment, factories
from tests.counters import every_counter_agrees, prove_counters
from tests.emptying import empty_tables
from tests.presses import presses_that_remember
from tests.server import Server, collect_static, fresh_database, orm_at, running_server
from tests.warm import Warm

__all__ = ["every_counter_agrees", "presses_that_remember"]

# No example has a deadline: how long one takes says how busy the machine is.
hypothesis.settings.register_profile("lanyard", deadline=None)
hypothesis.settings.load_profile("lanyard")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A copy of the migrated template instead of pytest-django's, which migrates anew in every process. On SQLite it is a
    file, as in real life, so that threads and processes meet as they would there; nobody needs it after a crash.
    """
    with (
        django_db_blocker.unblock(),
        fresh_database(environment.DATABASE, tmp_path_factory.mktemp("default")) as url,
        orm_at(url, is_durable=False),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both", action="store_true", help="run tests marked both_databases again, on PostgreSQL")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Among several processes half begin with the tests in a browser, which wait half of their time, while the others keep
    the processors busy; and the longest come first of all, so that none is left alone at the end. Of this list
    pytest-xdist gives each process one piece, and whoever has done its own takes from the end of another's.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes == 1:
        return
    long, in_browser = ([item for item in items if item.get_closest_marker(name)] for name in ("long", "browser"))
    first = list(dict.fromkeys([*sorted(long, key=lambda item: item.nodeid), *in_browser]))
    are_first = set(first)
    others = iter([item for item in items if item not in are_first])
    half = processes // 2
    left = len(items)
    pieces: list[pytest.Item] = []
    for number in range(processes):
        size = left // (processes - number)
        begun_with = first[number::half] if number < half else []
        pieces += begun_with + list(islice(others, max(0, size - len(begun_with))))
        left -= size
    items[:] = [*pieces, *others]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it again and again for garbage takes 6 % of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("both_databases")
    if metafunc.config.getoption("both") and marker:
        again = pytest.param("postgres", marks=[pytest.mark.hostile] if marker.kwargs.get("hostile") else [])
        metafunc.parametrize("_on_database", ["sqlite", again], indirect=True)


@pytest.fixture(scope="session")
def _postgres_for_tests(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_database("postgres", tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def _on_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--both` one run does it all: the default database is another one while the PostgreSQL tests run. Of session
    scope, so that it is changed before any test begins its transaction, and no more often than needed.
    """
    if getattr(request, "param", "") != "postgres" or environment.DATABASE == "postgres":
        yield
        return
    with request.getfixturevalue("django_db_blocker").unblock(), orm_at(request.getfixturevalue("_postgres_for_tests")):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Also for people who are made once for many tests."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _plain_surroundings(settings: pytest.FixtureRequest) -> None:
    settings.STORAGES = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    # Each test client loads the middleware anew; without this WhiteNoise would each time read all collected files.
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="module")
def for_this_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker, _on_database: None) -> Iterator[None]:
    """What a fixture of the file's scope writes after it asked for this is there for each of its tests, and gone after them.
    What one of them changes is rolled back, as ever.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


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
        factories.signed_in(user, client.session.session_key)
        client.user = user
        return client

    return make


@pytest.fixture(scope="session")
def warm() -> Warm:
    collect_static()  # which a server looks up while it is loaded, whether a worker or a server is asked for first
    return Warm()


@pytest.fixture
def start_server(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, warm: Warm
) -> Iterator[Callable[..., Server]]:
    """`start_server(workers=4)`: the real gunicorn on a database of its own, which the ORM of the test then uses too.

    See tests/server.py. Not together with `db`.
    """
    servers: list[Server] = []
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def start(**options: Any) -> Server:
            server = stack.enter_context(running_server(warm=None if servers else warm, **options))
            servers.append(server)
            # pytest shows what is printed beside a failure.
            stack.callback(lambda: print(server.log[-20_000:]))  # noqa: T201
            return server

        yield start
        if servers:
            prove_counters(request)


@pytest.fixture
def own_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A database for one test, in which every commit is one, and the ORM of all threads at it; its address. PostgreSQL or
    SQLite as the test run is, or as `@pytest.mark.parametrize("own_database", ["postgres"], indirect=True)` says.
    """
    from django.db import connection

    kind = getattr(request, "param", "") or ("postgres" if connection.vendor == "postgresql" else "sqlite")
    with (
        django_db_blocker.unblock(),
        fresh_database(kind, tmp_path_factory.mktemp("database")) as url,
        orm_at(url),
    ):
        yield url
        prove_counters(request)
