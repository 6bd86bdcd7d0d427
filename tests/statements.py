"""Which tests are worth a second run on PostgreSQL. A plugin of pytest, for whoever marks a test `both_databases`:

    python -m pytest -p tests.statements -n 0 --both -m "both_databases and not hostile" -k postgres

names at the end the marked tests all of whose statements, with how they ended, others of the run send as well, more
cheaply. What is marked for its locks, its processes or what its rows hold is to stay: statements do not say that. Those of
a server that a test starts are not seen.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper

# Of functions of tests: the seconds of all their examples, and what they sent.
_seconds: defaultdict[str, float] = defaultdict(float)
_sent: defaultdict[str, set[str]] = defaultdict(set)
_now: set[str] = set()
_execute = CursorWrapper._execute_with_wrappers


def _shape(sql: object) -> str:
    """However many values a list holds, and whatever a savepoint or cursor is called."""
    text = re.sub(r'"?(s\d+_x\d+|_django_curs_\w+)"?', "…", str(sql))
    return re.sub(r"(\(?%s\)?, ?)+(\(?%s\)?)", r"\2", re.sub(r"\b\d+\b", "0", text))


def _record(self: CursorWrapper, sql: object, *args: Any, **options: Any) -> Any:
    try:
        result = _execute(self, sql, *args, **options)
    except Exception as error:
        _now.add(f"{type(error).__name__}: {_shape(sql)}")
        raise
    _now.add(_shape(sql))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    function, began = item.nodeid.split("[", 1)[0], time.process_time()
    _now.clear()
    result = yield
    _seconds[function] += time.process_time() - began
    _sent[function] |= _now
    return result


def spare() -> list[str]:
    """What is left when the one that adds most for its time is taken again and again, until all statements are there."""
    left, seen = set(_sent), set[str]()
    while left:
        best = max(left, key=lambda name: (len(_sent[name] - seen) / (_seconds[name] + 0.05), name))
        if _sent[best] <= seen:
            break
        seen |= _sent[best]
        left.remove(best)
    return sorted(left)


def pytest_configure() -> None:
    CursorWrapper._execute_with_wrappers = _record


def pytest_terminal_summary(terminalreporter: Any) -> None:
    names = spare()
    terminalreporter.section(f"{len(names)} of {len(_sent)} tests send nothing that others do not")
    for name in names:
        terminalreporter.line(f"{_seconds[name]:6.2f} s  {name}")
