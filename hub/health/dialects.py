"""The few expressions that SQLite and PostgreSQL spell differently, each with the same result on both."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from hub.model.columns import JSON_DOCUMENT


class DayNumber(GenericFunction[int]):
    """Days from 0001-01-01 to a date, as an integer; the difference of two is the number of days between them."""

    type = sa.Integer()
    inherit_cache = True
    name = "day_number"


class JsonList(GenericFunction[Any]):
    """An aggregate: the values of a group as a JSON list, in the order in which they come."""

    type = JSON_DOCUMENT
    inherit_cache = True
    name = "json_list"


class JsonEntries(GenericFunction[Any]):
    """A relation: `key` and `value` of each entry of a JSON object, the value to be cast to its type; no row for NULL."""

    inherit_cache = True
    name = "json_entries"


class JsonItems(GenericFunction[Any]):
    """A relation: the `value` of each item of a JSON list of texts; no row for NULL."""

    inherit_cache = True
    name = "json_items"


class FreshMark(GenericFunction[str]):
    """A text of 32 characters that is another one in each row and each time."""

    type = sa.String()
    inherit_cache = True
    name = "fresh_mark"


class Unindexed(GenericFunction[Any]):
    """An expression for which SQLite uses no index, `unless` is true; that must follow from the statement alone, and is asked for SQLite only."""

    inherit_cache = True
    name = "unindexed"

    def __init__(self, expression: sa.ColumnElement[Any], unless: Callable[[], bool]) -> None:
        """It is of the expression's type."""
        self.type = expression.type
        self.unless = unless
        super().__init__(expression)


@compiles(Unindexed, "sqlite")
def _unindexed_sqlite(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own options
    text = compiler.process(element.clauses, **options)
    return text if element.unless() else f"+({text})"


@compiles(Unindexed, "postgresql")
def _unindexed_postgresql(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **options)


@compiles(DayNumber, "sqlite")
def _day_number_sqlite(element: DayNumber, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"CAST(julianday({compiler.process(element.clauses, **options)}) - 1721425.5 AS INTEGER)"


@compiles(DayNumber, "postgresql")
def _day_number_postgresql(element: DayNumber, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"(CAST({compiler.process(element.clauses, **options)} AS DATE) - DATE '0001-01-01')"


@compiles(JsonList, "sqlite")
def _json_list_sqlite(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(JsonList, "postgresql")
def _json_list_postgresql(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"jsonb_agg({compiler.process(element.clauses, **options)})"


@compiles(JsonEntries, "sqlite")
@compiles(JsonItems, "sqlite")
def _json_each_sqlite(element: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(JsonEntries, "postgresql")
def _json_entries_postgresql(element: JsonEntries, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"jsonb_each_text({compiler.process(element.clauses, **options)})"


@compiles(JsonItems, "postgresql")
def _json_items_postgresql(element: JsonItems, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **options)})"


@compiles(FreshMark, "sqlite")
def _fresh_mark_sqlite(_element: FreshMark, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401
    return "lower(hex(randomblob(16)))"


@compiles(FreshMark, "postgresql")
def _fresh_mark_postgresql(_element: FreshMark, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401
    return "replace(CAST(gen_random_uuid() AS TEXT), '-', '')"


def summed(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The sum of amounts as a 64-bit integer, 0 over nothing; PostgreSQL would give a numeric."""
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)
