"""Which seats may match, found without reading all of them: an index of letter groups beside the attendees.

Both databases find "any part of" a text only by reading every text. So each keeps, by triggers on the two search
columns, an index of the groups of letters in them: SQLite an FTS5 table of groups of three, PostgreSQL (without any
extension) a table with arrays of groups of two. A scan of a ticket changes neither column and costs nothing here.

The index only narrows; who really matches is decided by the columns themselves. Words shorter than a group, and words
that very many match, are left to a walk along the index by name, which meets enough hits soon.
"""

from __future__ import annotations

import functools
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# Up to so many seats are looked up one by one; what more seats match is common enough to be met soon along the names.
FEW = 500
_GROUP = {"sqlite": 3, "postgresql": 2}

_SQLITE = (
    (
        "CREATE VIRTUAL TABLE IF NOT EXISTS registration_attendee_find USING fts5(search_text, search_email,"
        " content='registration_attendee', content_rowid='id', tokenize='trigram', detail=column, columnsize=0)"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS registration_attendee_find_new AFTER INSERT ON registration_attendee BEGIN"
        " INSERT INTO registration_attendee_find(rowid, search_text, search_email)"
        " VALUES (new.id, new.search_text, new.search_email); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS registration_attendee_find_gone AFTER DELETE ON registration_attendee BEGIN"
        " INSERT INTO registration_attendee_find(registration_attendee_find, rowid, search_text, search_email)"
        " VALUES ('delete', old.id, old.search_text, old.search_email); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS registration_attendee_find_other AFTER UPDATE OF search_text, search_email"
        " ON registration_attendee"
        " WHEN old.search_text IS NOT new.search_text OR old.search_email IS NOT new.search_email BEGIN"
        " INSERT INTO registration_attendee_find(registration_attendee_find, rowid, search_text, search_email)"
        " VALUES ('delete', old.id, old.search_text, old.search_email);"
        " INSERT INTO registration_attendee_find(rowid, search_text, search_email)"
        " VALUES (new.id, new.search_text, new.search_email); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION registration_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS"
        " $$ SELECT coalesce(array_agg(DISTINCT substr(words, i, 2)), '{}') FROM generate_series(1, length(words) - 1) i $$"
    ),
    # No foreign key: `flush` truncates Django's tables, and knows nothing of this one.
    (
        "CREATE TABLE IF NOT EXISTS registration_attendee_find"
        " (attendee_id bigint PRIMARY KEY, in_text text[] NOT NULL, in_email text[] NOT NULL)"
    ),
    "CREATE INDEX IF NOT EXISTS registration_attendee_find_text ON registration_attendee_find USING gin (in_text)",
    "CREATE INDEX IF NOT EXISTS registration_attendee_find_email ON registration_attendee_find USING gin (in_email)",
    """CREATE OR REPLACE FUNCTION registration_attendee_find() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF TG_OP = 'TRUNCATE' THEN DELETE FROM registration_attendee_find; RETURN NULL; END IF;
         IF TG_OP = 'DELETE' THEN
           DELETE FROM registration_attendee_find WHERE attendee_id = old.id; RETURN NULL;
         END IF;
         INSERT INTO registration_attendee_find
           VALUES (new.id, registration_grams(new.search_text), registration_grams(new.search_email))
           ON CONFLICT (attendee_id) DO UPDATE SET in_text = excluded.in_text, in_email = excluded.in_email;
         RETURN NULL;
       END $$""",
    (
        "CREATE OR REPLACE TRIGGER registration_attendee_find AFTER INSERT OR DELETE OR UPDATE OF search_text, search_email"
        " ON registration_attendee FOR EACH ROW EXECUTE FUNCTION registration_attendee_find()"
    ),
    (
        "CREATE OR REPLACE TRIGGER registration_attendee_find_all AFTER TRUNCATE ON registration_attendee"
        " FOR EACH STATEMENT EXECUTE FUNCTION registration_attendee_find()"
    ),
)


def ensure_search_index(*, using: str, **kwargs: Any) -> None:
    """Make the index and its triggers where they are missing, and fill it; after each `migrate`, because a migration of
    the attendees on SQLite makes the table anew and drops its triggers. Without FTS5, searches read every name.
    """
    connection = connections[using]
    if connection.vendor not in _GROUP or "registration_attendee" not in connection.introspection.table_names():
        return
    try:
        with transaction.atomic(using=using):
            _make(connection)
    except OperationalError:
        if connection.vendor != "sqlite":
            raise
    _has_index.cache_clear()


def _make(connection: BaseDatabaseWrapper) -> None:
    if _triggers(connection):
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO registration_attendee_find(registration_attendee_find) VALUES ('rebuild')")
        else:
            cursor.execute(
                "INSERT INTO registration_attendee_find SELECT id, registration_grams(search_text),"
                " registration_grams(search_email) FROM registration_attendee ON CONFLICT DO NOTHING"
            )


def tell_planner(*, using: str = "default") -> None:
    """After many seats were added at once: until the database has counted them it takes a conference for ten rows, and
    reads all of it where the keys of a few are given. Takes about a second for 100,000 people.
    """
    with connections[using].cursor() as cursor:
        for table in ("registration_attendee", "registration_order"):
            cursor.execute(f"ANALYZE {table}")


def _triggers(connection: BaseDatabaseWrapper) -> int:
    counted = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'registration_attendee_find%'"
        if connection.vendor == "sqlite"
        else "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'registration_attendee_find%'"
        " AND tgrelid = 'registration_attendee'::regclass"
    )
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return int(cursor.fetchone()[0])


@functools.cache
def _has_index(using: str) -> bool:
    return connections[using].vendor in _GROUP and _triggers(connections[using]) > 0


def candidates(ways: list[list[str]], *, emails: bool, using: str) -> list[int] | None:
    """Primary keys of all seats, of whatever conference, in which every word of one of `ways` may occur; None when they
    are more than FEW, or when the index cannot tell. One query.
    """
    if not _has_index(using):
        return None
    connection = connections[using]
    grouped = [[_groups(word, _GROUP[connection.vendor]) for word in way] for way in ways]
    grouped = [[groups for groups in way if groups] for way in grouped]
    if not all(grouped):
        return None
    sql, values = (_sqlite_query if connection.vendor == "sqlite" else _postgresql_query)(grouped, emails=emails)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {FEW + 1}", values)
        found = [pk for (pk,) in cursor.fetchall()]
    return found if len(found) <= FEW else None


def _groups(word: str, size: int) -> list[str]:
    return list(dict.fromkeys(word[start : start + size] for start in range(len(word) - size + 1)))


def _sqlite_query(ways: list[list[list[str]]], *, emails: bool) -> tuple[str, list[Any]]:
    columns = "{search_text search_email}" if emails else "search_text"
    terms = []
    for way in ways:
        quoted = [group.replace('"', '""') for groups in way for group in groups]
        terms.append(" AND ".join(f'{columns} : "{group}"' for group in quoted))
    match = " OR ".join(f"({term})" for term in terms)
    return "SELECT rowid FROM registration_attendee_find WHERE registration_attendee_find MATCH %s", [match]


def _postgresql_query(ways: list[list[list[str]]], *, emails: bool) -> tuple[str, list[Any]]:
    one = "(in_text @> %s::text[] OR in_email @> %s::text[])" if emails else "in_text @> %s::text[]"
    where = " OR ".join(f"({' AND '.join([one] * len(way))})" for way in ways)
    values = [groups for way in ways for groups in way for _column in range(2 if emails else 1)]
    return f"SELECT attendee_id FROM registration_attendee_find WHERE {where}", values  # noqa: S608 -- no value in it
