"""Querysets that are written once in the ORM, made SQL once a process, and run with other values each time; and rows that
are written likewise.

Building a queryset and its SQL takes far longer than running it where the page is one that a crowd loads (measured: half of
the processor time of an order). Where a rule is a queryset method, as nearly all are, it stays in its one place; `rows` is
for statements that are SQL to begin with.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import Expression
from django.db.models.sql import UpdateQuery

R = TypeVar("R")
M = TypeVar("M", bound=models.Model)


class Given(Expression):
    """Stands in a prepared queryset for the value that is named when it is run, a primary key unless `field` says what
    else: `filter(slug=Given("slug", SlugField()))`. It is never None.
    """

    def __init__(self, name: str, field: models.Field | None = None) -> None:
        super().__init__(output_field=field or models.BigIntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Prepared(Generic[R]):
    """What the queryset that `make` returns gives for the values of its `Given`. It must have no prefetches, and nothing in
    it that another moment or language would change.
    """

    def __init__(self, make: Callable[[], models.QuerySet[Any, R]]) -> None:
        self._make = make

    @functools.cached_property
    def _compiled(self) -> dict[str, _Statement]:
        """By database."""
        return {}

    def queryset(self) -> models.QuerySet[Any, R]:
        return self._make()

    def all(self, **given: Any) -> list[R]:
        statement = self._compiled.get(connection.vendor)
        if statement is None:
            statement = self._compiled[connection.vendor] = _Statement(self._make())
        return statement.read(given)

    def first(self, **given: Any) -> R | None:
        return next(iter(self.all(**given)), None)


def counted(queryset: models.QuerySet[Any, Any]) -> models.QuerySet[Any, int]:
    """How many `queryset` has, as a queryset of that one number. (`count` runs at once.)"""
    # Grouped by what is the same for all.
    rows = queryset.order_by().values(all=models.Value(1)).annotate(count=models.Count("pk"))
    return rows.values_list("count", flat=True)


class PreparedUpdate:
    """What `queryset.update(**values)` does for the queryset and the values that `make` returns, as `Prepared`."""

    def __init__(self, make: Callable[[], tuple[models.QuerySet[Any, Any], dict[str, Any]]]) -> None:
        self._make = make
        self._compiled: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def run(self, **given: Any) -> int:
        """How many rows it met."""
        if connection.vendor not in self._compiled:
            queryset, values = self._make()
            query: Any = queryset.query.chain(UpdateQuery)
            query.add_update_values(values)
            self._compiled[connection.vendor] = query.get_compiler(connection=connection).as_sql()
        sql, params = self._compiled[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(sql, bound(params, given))
            return cursor.rowcount


class _Statement:
    def __init__(self, queryset: models.QuerySet[Any, Any]) -> None:
        # `connection` stands for that of the thread that asks.
        compiler = queryset.query.get_compiler(connection=connection)
        self._sql, self._params = compiler.as_sql()
        self._width = compiler.col_count if compiler.has_extra_select else None
        self._maker = RowsMaker(queryset, compiler)

    def read(self, given: dict[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql, bound(self._params, given))
            rows = cursor.fetchall()
        return self._maker.made_of([row[: self._width] for row in rows] if self._width else rows)


class RowsMaker:
    """Makes of rows of the database what the queryset gives, by Django's own iterables. `compiler` has made the SQL."""

    def __init__(self, queryset: models.QuerySet[Any, Any], compiler: Any) -> None:
        self._compiler, self._iterable = compiler, cast(Any, queryset._iterable_class)
        self.columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        self.converters = compiler.get_converters(self.columns)
        self._is_composite = compiler.has_composite_fields(self.columns)

    def made_of(self, rows: list[Any]) -> list[Any]:
        if not rows:
            return []
        compiler = copy.copy(self._compiler)
        compiler.execute_sql = lambda *_args, **_kwargs: [rows]
        compiler.get_converters = lambda _columns: self.converters
        compiler.has_composite_fields = lambda _columns: self._is_composite
        return list(self._iterable(_Source(compiler)))


def bound(params: Iterable[Any], given: dict[str, Any]) -> list[Any]:
    """The parameters of a compiled query as the driver takes them: the value given, where one is a `Given`."""
    this = _of_this_thread()
    return [
        param.output_field.get_db_prep_value(given[param.name], connection=this) if isinstance(param, Given) else param
        for param in params
    ]


def _of_this_thread() -> Any:
    """What `connection` stands for, which looks it up for each value that is prepared: as long as preparing it takes."""
    return connections[DEFAULT_DB_ALIAS]


class _Source:
    """What Django's own iterables ask of a queryset and its query, to make instances or values of the rows."""

    db = "default"
    _known_related_objects: dict[Any, Any] = {}

    def __init__(self, compiler: Any) -> None:
        self.query, self._compiler = self, compiler

    def get_compiler(self, using: str) -> Any:
        return self._compiler


class PreparedSave(models.Model):
    """A base for models of which every sale writes rows: `save` inserts and updates by statements that are made once. A
    subclass may have a key of any kind, and a table besides that of its parent: each is then written by itself.
    """

    class Meta:
        abstract = True

    def _do_insert(self, *given: Any) -> Any:
        manager, _using, fields, returning_fields, is_raw = given
        rows = None if is_raw else _insert(manager.model, [self], fields=fields, returning_fields=returning_fields)
        return super()._do_insert(*given) if rows is None else rows  # type: ignore[misc]

    def _do_update(self, *given: Any) -> Any:
        base, _using, key, values, _update_fields, _is_forced = given
        count = _update(base.model, key, {field: value for field, _model, value in values})
        return super()._do_update(*given) if count is None else count > 0  # type: ignore[misc]


def insert_all(rows: list[M]) -> list[M]:
    """As `bulk_create`, of new rows of one model, in one statement; none for no rows."""
    if not rows:
        return rows
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.generated and field is not model._meta.pk]
    keys = _insert(model, rows, fields=fields, returning_fields=[model._meta.pk])
    if keys is None:
        return model._default_manager.bulk_create(rows)
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return rows


def update_all(rows: Sequence[models.Model], field: str) -> None:
    """As `bulk_update` of this one field, whose values are plain, in one statement; none for no rows."""
    if not rows:
        return
    column: Any = type(rows[0])._meta.get_field(field)
    this = _of_this_thread()
    values = [column.get_db_prep_save(getattr(row, column.attname), connection=this) for row in rows]
    keys = _keys(rows)
    pairs = zip(keys, values, strict=True)
    sql = _update_all_sql(connection.vendor, type(rows[0]), column, len(rows))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*itertools.chain.from_iterable(pairs), *keys])


def delete_all(rows: Sequence[models.Model]) -> None:
    """Of one model, in one statement and nothing else: no signals, and nothing that refers to them. None for no rows."""
    if not rows:
        return
    sql = _delete_all_sql(connection.vendor, type(rows[0]), len(rows))
    with connection.cursor() as cursor:
        cursor.execute(sql, _keys(rows))


def _keys(rows: Sequence[models.Model]) -> list[Any]:
    """Of rows of one model, as the driver takes them."""
    key: Any = rows[0]._meta.pk
    this = _of_this_thread()
    return [key.get_db_prep_value(row.pk, connection=this) for row in rows]


def _insert(
    model: type[models.Model], rows: Sequence[models.Model], *, fields: Sequence[Any], returning_fields: Sequence[Any]
) -> Any:
    """The keys that the database made, a tuple a row; None, and nothing done, where it is to return anything else, which
    Django makes values of Python of, where a value is an expression, or there are no values.
    """
    if not fields or list(returning_fields) != [model._meta.auto_field]:
        return None
    given = [(field, field.pre_save(row, add=True)) for row in rows for field in fields]
    if _has_expressions(value for _field, value in given):
        return None
    this = _of_this_thread()
    sql = _insert_sql(connection.vendor, model, tuple(field.column for field in fields), len(rows))
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(value, connection=this) for field, value in given])
        return cursor.fetchall()


def _update(model: type[models.Model], key: Any, values: dict[Any, Any]) -> int | None:
    """How many rows it met; None, and nothing done, where there are no values, or one is an expression."""
    if not values or _has_expressions(values.values()):
        return None
    this = _of_this_thread()
    params = [field.get_db_prep_save(value, connection=this) for field, value in values.items()]
    params.append(cast(Any, model._meta.pk).get_db_prep_value(key, connection=this))
    sql = _update_sql(connection.vendor, model, tuple(field.column for field in values))
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def _has_expressions(values: Iterable[Any]) -> bool:
    """Of values as they were given: a field takes an `F` for a text when it prepares it."""
    return any(hasattr(value, "resolve_expression") for value in values)


@functools.lru_cache(maxsize=256)
def _insert_sql(vendor: str, model: type[models.Model], columns: tuple[str, ...], count: int) -> str:
    table, key = _table_and_key(model)
    named, given = ", ".join(map(connection.ops.quote_name, columns)), ", ".join(["%s"] * len(columns))
    rows = ", ".join([f"({given})"] * count)
    return f"INSERT INTO {table} ({named}) VALUES {rows} RETURNING {key}"  # noqa: S608 -- names of the model alone


@functools.lru_cache(maxsize=256)
def _update_sql(vendor: str, model: type[models.Model], columns: tuple[str, ...]) -> str:
    table, key = _table_and_key(model)
    given = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    return f"UPDATE {table} SET {given} WHERE {key} = %s"  # noqa: S608 -- names of the model alone


@functools.lru_cache(maxsize=256)
def _update_all_sql(vendor: str, model: type[models.Model], field: Any, count: int) -> str:
    table, key = _table_and_key(model)
    value = f"CASE {key}{' WHEN %s THEN %s' * count} END"
    if connection.features.requires_casted_case_in_updates:
        value = f"CAST({value} AS {field.db_type(connection)})"
    column, keys = connection.ops.quote_name(field.column), ", ".join(["%s"] * count)
    return f"UPDATE {table} SET {column} = {value} WHERE {key} IN ({keys})"  # noqa: S608 -- names of the model alone


@functools.lru_cache(maxsize=256)
def _delete_all_sql(vendor: str, model: type[models.Model], count: int) -> str:
    table, key = _table_and_key(model)
    return f"DELETE FROM {table} WHERE {key} IN ({', '.join(['%s'] * count)})"  # noqa: S608 -- names of the model alone


def _table_and_key(model: type[models.Model]) -> tuple[str, str]:
    meta: Any = model._meta
    return connection.ops.quote_name(meta.db_table), connection.ops.quote_name(meta.pk.column)
