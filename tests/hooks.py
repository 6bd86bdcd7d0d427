"""Functions a test server calls before it serves (`start_server(hook="tests.hooks:no_locks")`).

A race test needs a control: the same run with the protection switched off must fail, or the test proves nothing.
"""

from __future__ import annotations

import os
import random
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet


def no_locks() -> None:
    """No row is locked: `select_for_update` asks for nothing, and SQLite takes its write lock at the first write only."""
    QuerySet.select_for_update = lambda self, *args, **kwargs: self  # type: ignore[method-assign]
    if connection.vendor == "sqlite":
        connections.settings["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"
        connection.close()
        del connections["default"]


def die_after_commit() -> None:
    """3 of 100 commits are the last thing their process does: stored, and never answered (as by kill -9)."""
    commit = BaseDatabaseWrapper.commit

    def commit_and_perhaps_die(self: BaseDatabaseWrapper) -> Any:
        commit(self)
        if random.random() < 0.03:
            os._exit(9)

    BaseDatabaseWrapper.commit = commit_and_perhaps_die  # type: ignore[method-assign]
