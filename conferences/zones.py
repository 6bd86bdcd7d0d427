"""The time zones of the world, as people look for them."""

from __future__ import annotations

import functools
import zoneinfo


@functools.cache
def known_zones() -> frozenset[str]:
    """Python looks through a folder of six hundred files for them, each time."""
    return frozenset(zoneinfo.available_timezones())


def zones() -> list[str]:
    """Those that are offered: a continent and a city, and UTC."""
    cities = (name for name in known_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    return ["UTC", *sorted(cities)]


def find_zone(typed: str) -> str:
    """The zone meant by `berlin`, `new york` or `europe/berlin`; empty when there is none."""
    wanted = typed.strip().replace(" ", "_").lower()
    return next((name for name in zones() if wanted in {name.lower(), name.lower().rpartition("/")[2]}), "")
