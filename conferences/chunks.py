"""Long lists in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
# Less than the 32,766 values that SQLite takes in one statement, and the 65,535 of PostgreSQL.
CHUNK = 5000


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """As itertools.batched of Python 3.12, in lists."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
