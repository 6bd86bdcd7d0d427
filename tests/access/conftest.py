"""One world for all files of this folder, and what it answers kept: each property of an answer is looked up where the table
had it asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from registration.badge import typesetting
from registration.logo import drawing
from registration.order import invoice_pdf
from registration.ticket import pdf
from registration.typesetting.process import run_press
from tests.access_world import World


@pytest.fixture(scope="package")
def shared_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, _on_database: None) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def presses_that_remember() -> Iterator[None]:
    """What was once made of a job is what it is for the next who asks: a press is a process, and twelve roles ask."""
    made: dict[tuple[str, ...], bytes] = {}

    def press_or_remember(press: str, job: dict[str, Any], output: str, **options: Any) -> IO[bytes]:
        key = (press, json.dumps(job), output)
        if key not in made:
            with run_press(press, job, output, **options) as file:
                made[key] = file.read()
        return BytesIO(made[key])

    with pytest.MonkeyPatch.context() as patch:
        for module in (typesetting, drawing, invoice_pdf, pdf):
            patch.setattr(module, "run_press", press_or_remember)
        yield


@pytest.fixture
def world(shared_world: World, presses_that_remember: None, clean_cache: None) -> World:
    return shared_world


@pytest.fixture(autouse=True)
def every_counter_agrees() -> None:
    """What is asked here is rolled back at once, so there is nothing to recount, which takes longer than to be refused."""
