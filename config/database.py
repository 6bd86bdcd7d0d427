"""The two databases Lanyard runs on, and the options each needs so that every rule holds on it."""

from __future__ import annotations

from typing import Any

import environ


def from_url(url: str) -> dict[str, Any]:
    """What Django's DATABASES wants for an address such as `sqlite:////srv/lanyard.sqlite3` or `postgres://…`."""
    database: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        database["ENGINE"] = "config.sqlite3"
        # Kept for as long as its thread lives: opening the file and reading the schema anew for every request took a
        # tenth of a registration (measured).
        database["CONN_MAX_AGE"] = None
        options |= {
            # A transaction that reads first and writes later must own the write lock from the start, else two of them
            # end in "database is locked" at once instead of waiting (measured: eleven of twelve threads).
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Of a connection's prepared statements only the latest stay; with 100 wide ones each has 4 MB. A cache of 1 MB.
            # Each thread has both: with 128 and 4 MB a process of eight took 155 MB in place of 114, at 10,000
            # people, and no scan, search, registration or look at the dashboard took less processor time (measured).
            "cached_statements": 48,
            # FULL: a commit is on the disk before the door says green, also when the power fails.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1000;",
        }
    else:
        # Django keeps connections in psycopg's pool, one pool a process; a process has four threads, and may be given more.
        options.setdefault("pool", {"min_size": 1, "max_size": 16, "timeout": 5})
        # A statement is prepared on its third use: a scan then costs a third less (measured). A pooler in front that
        # hands out connections by transaction cannot know them: append `?prepare_threshold=0` to DATABASE_URL there.
        options["server_side_binding"] = True
        options["prepare_threshold"] = int(options.get("prepare_threshold", 3)) or None
    return database
