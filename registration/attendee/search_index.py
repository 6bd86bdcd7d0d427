"""Which seats may match, found without reading all of them: an index of letter groups beside the attendees.

Both databases find "any part of" a text only by reading every text. So each keeps, by triggers on the two search
columns, an index of the groups of three letters in them: SQLite an FTS5 table, PostgreSQL (without any extension) a
copy of both columns with an index of text search over it. A copy, because a scan of a ticket writes a new row of the
attendee, which would go into every index of that table; here it costs nothing.

The index only narrows; who really matches is decided by the columns themselves. Words shorter than a group (than two
letters on PostgreSQL), and words that very many match, are left to a walk along the index by name, which meets enough
hits soon.
"""

from __future__ import annotations

import functools
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# Up to so many seats are looked up one by one, in a few milliseconds. What more seats match is common enough to be met
# soon along the names, where it is spread over them: names in other scripts all stand at the end.
FEW = 2000
_SIZE = 3
# Before groups of the e-mail on PostgreSQL, where one index holds both columns. Nobody types it; see also `search.py`.
_OF_EMAIL = "\ue0fd"

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
    "INSERT INTO registration_attendee_find(registration_attendee_find) VALUES ('rebuild')",
)
_POSTGRESQL = (
    # The last groups of a text are shorter, so that a word of two letters is the beginning of some group wherever it is.
    # By its cost the planner prefers the index to the table; and not "parallel safe", because starting processes takes
    # longer than the search (measured: 9 ms).
    f"""CREATE OR REPLACE FUNCTION registration_letters(words text, email text) RETURNS tsvector
       LANGUAGE sql IMMUTABLE COST 1000 AS $$ SELECT array_to_tsvector(
         array(SELECT substr(words, i, {_SIZE}) FROM generate_series(1, length(words)) i)
         || array(SELECT '{_OF_EMAIL}' || substr(email, i, {_SIZE}) FROM generate_series(1, length(email)) i)) $$""",  # noqa: S608 -- no value in it
    # What was written while triggers were missing is not in it.
    "DROP TABLE IF EXISTS registration_attendee_letters",
    # No foreign key: `flush` truncates Django's tables, and knows nothing of this one.
    (
        "CREATE TABLE registration_attendee_letters"
        " (attendee_id bigint PRIMARY KEY, search_text text NOT NULL, search_email text NOT NULL)"
    ),
    """CREATE OR REPLACE FUNCTION registration_attendee_letters() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF TG_OP = 'TRUNCATE' THEN DELETE FROM registration_attendee_letters; RETURN NULL; END IF;
         IF TG_OP = 'DELETE' THEN
           DELETE FROM registration_attendee_letters WHERE attendee_id = old.id; RETURN NULL;
         END IF;
         INSERT INTO registration_attendee_letters VALUES (new.id, new.search_text, new.search_email)
           ON CONFLICT (attendee_id)
           DO UPDATE SET search_text = excluded.search_text, search_email = excluded.search_email;
         RETURN NULL;
       END $$""",
    (
        "CREATE OR REPLACE TRIGGER registration_attendee_letters AFTER INSERT OR DELETE OR UPDATE OF search_text,"
        " search_email ON registration_attendee FOR EACH ROW EXECUTE FUNCTION registration_attendee_letters()"
    ),
    (
        "CREATE OR REPLACE TRIGGER registration_attendee_letters_all AFTER TRUNCATE ON registration_attendee"
        " FOR EACH STATEMENT EXECUTE FUNCTION registration_attendee_letters()"
    ),
    # From the first trigger on nobody writes attendees until all this is done, so that no row is missed.
    "INSERT INTO registration_attendee_letters SELECT id, search_text, search_email FROM registration_attendee",
    # New groups wait in a list that every search reads through: at 1 MB in 0.3 ms. An import of 10,000 people without this
    # list would take 4 s more (measured).
    (
        "CREATE INDEX registration_attendee_letters_groups ON registration_attendee_letters"
        " USING gin (registration_letters(search_text, search_email)) WITH (gin_pending_list_limit = 1024)"
    ),
)
_VENDORS = {"sqlite", "postgresql"}
_SQLITE_QUERY = "SELECT rowid FROM registration_attendee_find WHERE registration_attendee_find MATCH %s"
_POSTGRESQL_QUERY = (
    "SELECT attendee_id FROM registration_attendee_letters"
    " WHERE registration_letters(search_text, search_email) @@ %s::tsquery"
)


def ensure_search_index(*, using: str, **kwargs: Any) -> None:
    """Make the index and its triggers where they are missing, and fill it; after each `migrate`, because a migration of
    the attendees on SQLite makes the table anew and drops its triggers. Without FTS5, searches read every name.
    """
    connection = connections[using]
    if connection.vendor not in _VENDORS or "registration_attendee" not in connection.introspection.table_names():
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
        else "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'registration_attendee_letters%'"
        " AND tgrelid = 'registration_attendee'::regclass"
    )
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return int(cursor.fetchone()[0])


@functools.cache
def _has_index(using: str) -> bool:
    return connections[using].vendor in _VENDORS and _triggers(connections[using]) > 0


def candidates(ways: list[list[str]], *, emails: bool, using: str) -> list[int] | None:
    """Primary keys of all seats, of whatever conference, in which every word of one of `ways` may occur; None when they
    are more than FEW, or when the index cannot tell. One query.
    """
    if not _has_index(using):
        return None
    connection = connections[using]
    sql, ask = (_SQLITE_QUERY, _ask_sqlite) if connection.vendor == "sqlite" else (_POSTGRESQL_QUERY, _ask_postgresql)
    asked = [[condition for word in way if (condition := ask(word, emails=emails))] for way in ways]
    if not all(asked):
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {FEW + 1}", [_join(asked, is_sqlite=connection.vendor == "sqlite")])
        found = [pk for (pk,) in cursor.fetchall()]
    return found if len(found) <= FEW else None


def _join(ways: list[list[str]], *, is_sqlite: bool) -> str:
    both, either = (" AND ", " OR ") if is_sqlite else (" & ", " | ")
    return either.join(f"({both.join(conditions)})" for conditions in ways)


def _ask_sqlite(word: str, *, emails: bool) -> str:
    columns = "{search_text search_email}" if emails else "search_text"
    quoted = (group.replace('"', '""') for group in _groups(word))
    return " AND ".join(f'{columns} : "{group}"' for group in quoted)


def _ask_postgresql(word: str, *, emails: bool) -> str:
    """A query of text search; empty for a single letter. Two letters are the beginning of a group."""
    wanted, mark = (_groups(word), "") if len(word) >= _SIZE else ([word], ":*")
    if len(word) < _SIZE - 1:
        return ""
    quoted = [group.replace("\\", "\\\\").replace("'", "''") for group in wanted]
    places = ("", _OF_EMAIL) if emails else ("",)
    return "(" + " | ".join(" & ".join(f"'{place}{group}'{mark}" for group in quoted) for place in places) + ")"


def _groups(word: str) -> list[str]:
    return list(dict.fromkeys(word[start : start + _SIZE] for start in range(len(word) - _SIZE + 1)))
