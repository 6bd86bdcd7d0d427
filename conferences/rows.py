"""Rows by ready-made statements, for what every request of every tablet reads.

Building the same query in the ORM each time took longer than running it, and `Model.objects.raw` works out anew each
time which column is which field (measured: a quarter of the processor time of a scan).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.sql import Query

M = TypeVar("M", bound=models.Model)
Params = Mapping[str, Any] | Sequence[Any]


class ReadyMade(Generic[M]):
    """A statement that gives instances of `model`; or none, for a caller whose own statement has `columns` of it and gives
    each row to `instance`.

    In `sql` the `{table}` is called `t`, and `{columns}` stands for the model's columns: those of the `fields` named, or
    all; what is not named is fetched when asked for. Columns that follow become the attributes named in `also`, as the
    database gives them. Other braces are filled by the caller, in `all`.
    """

    def __init__(self, model: type[M], sql: str = "", *, fields: Sequence[str] = (), also: Sequence[str] = ()) -> None:
        self.model, self.sql, self.also = model, sql, also
        self._named = frozenset(fields)

    @functools.cached_property
    def _fields(self) -> list[models.Field]:
        """In the order of the model, which `from_db` counts on."""
        every = self.model._meta.concrete_fields
        return [field for field in every if not self._named or field.attname in self._named]

    @functools.cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._fields]

    @functools.cached_property
    def _columns(self) -> str:
        return ", ".join(self.columns("t"))

    @functools.cached_property
    def _table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @functools.cached_property
    def _converters(self) -> dict[str, list[tuple[int, list[Any], Any]]]:
        """By database: position, what makes the database's value Python's, the column."""
        return {}

    def columns(self, table: str) -> list[str]:
        """Those of the model, whose table is called `table`."""
        return [f"{table}.{field.column}" for field in self._fields]

    def one(self, params: Params) -> M | None:
        """The first row, or None."""
        return next(iter(self.all(params)), None)

    def all(self, params: Params, **more: str) -> list[M]:
        """`more` fills the other braces of the statement."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql.format(table=self._table, columns=self._columns, **more), params)
            rows = cursor.fetchall()
        return [self.instance(row) for row in rows]

    def instance(self, row: Sequence[Any]) -> M:
        """Of the values of its columns and of what is named in `also`."""
        values = list(row[: len(self._fields)])
        for position, converters, column in self._converters_here():
            for convert in converters:
                values[position] = convert(values[position], column, connection)
        made = self.model.from_db(connection.alias, self._names, values)
        for name, value in zip(self.also, row[len(values) :], strict=True):
            setattr(made, name, value)
        return made

    def _converters_here(self) -> list[tuple[int, list[Any], Any]]:
        if connection.vendor not in self._converters:
            compiler = Query(self.model).get_compiler(connection=connection)
            columns = [field.get_col(self.model._meta.db_table) for field in self._fields]
            found = compiler.get_converters(columns)
            self._converters[connection.vendor] = [(at, convs, column) for at, (convs, column) in found.items()]
        return self._converters[connection.vendor]
