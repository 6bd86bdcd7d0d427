"""Between tests with transactions of their own: the database as it was migrated. Django's own `flush` is a command with
options, empties what the models are too, and works that out anew; on PostgreSQL it makes each table's files anew.
"""

from __future__ import annotations

import functools

from django.db import connection

_KEPT = {"auth_permission", "django_content_type"}


def empty_tables(*_arguments: object) -> None:
    """In place of `TransactionTestCase._fixture_teardown`."""
    connection.ops.execute_sql_flush(_deletions(connection.vendor))


@functools.cache
def _deletions(_vendor: str) -> list[str]:
    """In whatever order: that every row refers to one that is there is asked at the end of the transaction."""
    tables = connection.introspection.django_table_names(only_existing=True)
    return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables if table not in _KEPT]
