"""Functions a test server calls before it serves (`start_server(hook="tests.hooks:no_locks")`).

A race test needs a control: the same run with the protection switched off must fail, or the test proves nothing.
"""

from __future__ import annotations

import os
import random
import time
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


def pause_before_a_scan_is_written() -> None:
    """Between deciding and writing a scan pass 20 ms, in which another tablet decides too."""
    from registration.checkin import admission

    insert_scan = admission.insert_scan

    def insert_slowly(scan: Any) -> None:
        time.sleep(0.02)
        insert_scan(scan)

    admission.insert_scan = insert_slowly


def admit_without_lock() -> None:
    """The rule of admission with no row locked and no transaction around it, and a pause in the middle."""
    from registration.checkin import admission

    pause_before_a_scan_is_written()
    type(connection.features).has_select_for_update_of = False
    admission._decide_and_record = admission._decide_and_record.__wrapped__


def impatient() -> None:
    """SQLite and the pool of PostgreSQL give up waiting after 0.3 s."""
    options = connections.settings["default"]["OPTIONS"]
    if connection.vendor == "sqlite":
        options["timeout"] = 0.3
    else:
        options["pool"] = options["pool"] | {"timeout": 0.3}
    connection.close()
    del connections["default"]
