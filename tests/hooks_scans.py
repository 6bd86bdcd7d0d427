"""More of tests/hooks.py: functions a test server calls before it serves, about the ids by which scans are known again."""

from __future__ import annotations

import os
from typing import Any


def forget_ids_of_scans() -> None:
    """Each scan gets an id of its own here, whatever the tablet called it."""
    import uuid

    from registration.checkin import sync, views

    for module in (sync, views):
        rule = module.check_in
        module.check_in = lambda rule=rule, **given: rule(**given | {"scan_id": uuid.uuid4()})


def die_after_the_first_scan() -> None:
    """It is stored, and its process dies before it answers; the others are answered."""
    from multiprocessing import Value

    from registration.checkin import views

    scanned = Value("i", 0)  # of all processes: they are forked from this one
    check_in = views.check_in

    def check_in_and_die(**given: Any) -> Any:
        answer = check_in(**given)
        scanned.value += 1
        if scanned.value == 1:
            os._exit(9)
        return answer

    views.check_in = check_in_and_die


def die_after_the_first_scan_and_forget_ids() -> None:
    forget_ids_of_scans()
    die_after_the_first_scan()


def take_the_write_lock_late() -> None:
    """SQLite's transactions begin without the write lock, as is Django's default, and ask for it when a scan is written."""
    from tests import hooks

    hooks.no_locks()
    hooks.pause_before_a_scan_is_written()
