"""One world for all files of this folder, and what it answers kept: each property of an answer is looked up where the table
had it asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.access_world import World


@pytest.fixture(scope="package")
def shared_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, _on_database: None) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: World, presses_that_remember: None, clean_cache: None) -> World:
    return shared_world


@pytest.fixture(autouse=True)
def every_counter_agrees() -> None:
    """What is asked here is rolled back at once, so there is nothing to recount, which takes longer than to be refused."""
