"""Several prepared querysets read in one statement, for pages that a crowd loads: each trip to the database costs more than
the few rows it brings, and what is read at once is of one moment.

Each queryset becomes a column, its rows in JSON. Numbers, texts, booleans and nulls are in JSON what they are; the rest
becomes Python's again as the database writes it there.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection, models

from conferences.prepared import Prepared, RowsMaker, bound

# What PostgreSQL writes as text, and JSON that comes parsed. SQLite has no such types: there JSON holds what its columns
# hold, and Django's converters are those of any query.
_FROM_JSON: dict[type[models.Field], Callable[[Any], Any]] = {
    models.DateTimeField: dt.datetime.fromisoformat,
    models.DateField: dt.date.fromisoformat,
    models.TimeField: dt.time.fromisoformat,
    models.UUIDField: uuid.UUID,
    models.FloatField: float,
}
_NOT_IN_JSON = (models.BinaryField, models.DurationField)
# A function takes a hundred values on PostgreSQL; a row with more columns is an array of arrays.
_MOST_VALUES = 90


class Together:
    """What each of `parts` gives, by its name. They are bound by the same `Given` values, and none locks its rows."""

    def __init__(self, **parts: Prepared[Any]) -> None:
        self._parts = parts
        self._compiled: dict[str, tuple[str, list[Any], dict[str, _Part]]] = {}

    def read(self, **given: Any) -> dict[str, list[Any]]:
        if connection.vendor not in self._compiled:
            self._compiled[connection.vendor] = self._compile()
        sql, params, parts = self._compiled[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(sql, bound(params, given))
            row = cursor.fetchone()
        return {name: part.made_of(text) for (name, part), text in zip(parts.items(), row, strict=True)}

    def _compile(self) -> tuple[str, list[Any], dict[str, _Part]]:
        parts = {name: _Part(prepared.queryset()) for name, prepared in self._parts.items()}
        columns = [f"({part.sql})" for part in parts.values()]
        return f"SELECT {', '.join(columns)}", [param for part in parts.values() for param in part.params], parts


class _Part:
    def __init__(self, queryset: models.QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        sql, self.params = compiler.as_sql(with_col_aliases=True)
        shown = compiler.select[: compiler.col_count]
        names = [f"q.{connection.ops.quote_name(alias)}" for _column, _sql, alias in shown]
        self._is_typed = connection.vendor == "postgresql"
        # Cast, since psycopg would parse it by itself, and every number with a fraction as a float.
        one, many = ("JSON_BUILD_ARRAY", "JSON_AGG") if self._is_typed else ("JSON_ARRAY", "JSON_GROUP_ARRAY")
        pieces = [f"{one}({', '.join(names[at : at + _MOST_VALUES])})" for at in range(0, len(names), _MOST_VALUES)]
        self._is_wide = len(pieces) > 1
        row = f"{one}({', '.join(pieces)})" if self._is_wide else pieces[0]
        rows = f"{many}({row})"
        self.sql = f"SELECT {f'{rows}::text' if self._is_typed else rows} FROM ({sql}) q"  # noqa: S608 -- made by the ORM
        self._maker = RowsMaker(queryset, compiler)
        if self._is_typed:
            columns = self._maker.columns
            self._maker.converters = dict(filter(None, map(self._typed, range(len(columns)), columns)))

    def _typed(self, position: int, column: Any) -> Any:
        field = column.output_field
        assert not isinstance(field, _NOT_IN_JSON), field
        own: list[Any] = [] if isinstance(field, models.JSONField) else self._maker.converters.get(position, ([],))[0]
        kind = next((kind for kind in type(field).__mro__ if kind in _FROM_JSON), None)
        if kind is not None:
            read = _FROM_JSON[kind]
            own = [lambda value, _column, _connection: None if value is None else read(value), *own]
        return (position, (own, column)) if own else None

    def made_of(self, text: str | None) -> list[Any]:
        if text in {None, "[]"}:
            return []
        rows = json.loads(text, parse_float=Decimal if self._is_typed else float)
        if self._is_wide:
            rows = [list(itertools.chain.from_iterable(row)) for row in rows]
        return self._maker.made_of(rows)
