"""Statements: one set of rows each, for a page, for the pages of many parents, for rows by key.

Where the databases differ in what is fast, the statement differs (LATERAL and arrays on PostgreSQL, window functions and JSON on
SQLite); the rows are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from schema.plan.columns import Columns
from schema.plan.keyset import Key, Values, after, before
from schema.plan.mapping import Scope

KEYS = "keys"
Predicate = sa.ColumnElement[bool]
Statement = sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of an ordered list are wanted: `limit` of them after `start` and before `end`, both exclusive, None: open."""

    keys: Sequence[Key]
    limit: int
    start: Values | None = None
    end: Values | None = None


def key_set(dialect: str, name: str = KEYS) -> sa.Select[Any]:
    """The bound keys as a set of rows: one parameter, however many keys there are."""
    if dialect == "postgresql":
        keys = (
            sa.func.unnest(sa.bindparam(name, type_=postgresql.ARRAY(sa.BigInteger)))
            .table_valued(sa.column("value", sa.BigInteger), name="wanted")
            .render_derived()
        )
    else:
        keys = sa.func.json_each(sa.bindparam(name, type_=sa.String)).table_valued(sa.column("value", sa.BigInteger), name="wanted")
    return sa.select(keys.c.value)


def bound_keys(dialect: str, keys: Sequence[int]) -> object:
    """Keys as the parameter that `key_set` expects."""
    return list(keys) if dialect == "postgresql" else orjson.dumps(list(keys)).decode()


def by_key(
    scope: Scope, columns: Columns, *, key: sa.ColumnElement[Any], predicate: Predicate, dialect: str, order: Sequence[sa.ColumnElement[Any]] = ()
) -> Statement:
    """The rows whose `key` is among the bound keys."""
    return sa.select(*columns.labelled()).select_from(scope.from_clause()).where(key.in_(key_set(dialect)), predicate).order_by(*order)


def counted(scope: Scope, predicate: Predicate) -> sa.Select[Any]:
    """How many rows there are."""
    return sa.select(sa.func.count()).select_from(scope.from_clause()).where(predicate)


# --- one list -------------------------------------------------------------------------------------


def one_page(scope: Scope, columns: Columns, *, predicate: Predicate, window: Window) -> Statement:
    """A page of one list.

    When the first key may be null, rows with a value and rows without are two parts, read one after the other: each is a plain
    range of an index, and the second is not touched when the first fills the page.
    """
    first = window.keys[0]
    if not first.is_nullable:
        return _part(scope, columns, predicate=predicate, window=window)
    parts = [part for part in _halves(first, window) if part is not None]
    selects = [_part(scope, columns, predicate=sa.and_(predicate, condition), window=inner) for condition, inner in parts]
    if len(selects) == 1:
        return selects[0]
    # Neither database reorders the arms of UNION ALL below a LIMIT; PostgreSQL never runs arms that have a LIMIT of their own in parallel.
    arms = [sa.select(select.subquery()) for select in selects]
    return sa.union_all(*arms).limit(window.limit)


def _part(scope: Scope, columns: Columns, *, predicate: Predicate, window: Window) -> sa.Select[*tuple[Any, ...]]:
    statement = sa.select(*columns.labelled()).select_from(scope.from_clause()).where(predicate)
    if window.start is not None:
        statement = statement.where(after(window.keys, window.start))
    if window.end is not None:
        statement = statement.where(before(window.keys, window.end))
    return statement.order_by(*(key.sorting() for key in window.keys)).limit(window.limit)


def _halves(first: Key, window: Window) -> Sequence[tuple[Predicate, Window] | None]:
    filled = _half(Key(first.expression, first.is_descending), window, is_null=False)
    empty = _half(None, window, is_null=True)
    with_values = (first.expression.is_not(None), filled) if filled else None
    without = (first.expression.is_(None), empty) if empty else None
    return (without, with_values) if first.nulls_first else (with_values, without)


def _half(first: Key | None, window: Window, *, is_null: bool) -> Window | None:
    """The part of a window whose rows have a value in the first key, or have none; None when it lies outside the window."""
    null_comes_first = window.keys[0].nulls_first
    start, end = window.start, window.end
    if start is not None and (start[0] is None) != is_null:
        if is_null == null_comes_first:
            return None  # the whole half comes before the start
        start = None
    if end is not None and (end[0] is None) != is_null:
        if is_null != null_comes_first:
            return None  # the whole half comes after the end
        end = None
    if first is not None:
        return Window((first, *window.keys[1:]), window.limit, start, end)
    return Window(window.keys[1:], window.limit, start[1:] if start else None, end[1:] if end else None)


# --- the lists of many parents --------------------------------------------------------------------


def pages_of_parents(
    scope: Scope, columns: Columns, *, foreign: sa.ColumnElement[Any], predicate: Predicate, window: Window, dialect: str, with_total: bool
) -> Statement:
    """The first rows of the list of each bound parent, in order; the last columns are the parent's key and, if asked for, its total."""
    build = _lateral if dialect == "postgresql" else _numbered
    return build(scope, columns, foreign=foreign, predicate=predicate, window=window, with_total=with_total)


def totals_of_parents(scope: Scope, *, foreign: sa.ColumnElement[Any], predicate: Predicate, dialect: str) -> Statement:
    """How many rows each bound parent has; a parent without rows is absent."""
    return sa.select(foreign, sa.func.count()).select_from(scope.from_clause()).where(foreign.in_(key_set(dialect)), predicate).group_by(foreign)


def _lateral(scope: Scope, columns: Columns, *, foreign: sa.ColumnElement[Any], predicate: Predicate, window: Window, with_total: bool) -> Statement:
    parents = key_set("postgresql").subquery("parents")
    rows = scope.from_clause()
    mine = sa.and_(foreign == parents.c.value, predicate)
    inner = sa.select(*columns.labelled()).select_from(rows).where(mine).order_by(*(key.sorting() for key in window.keys)).limit(window.limit)
    page = inner.correlate(parents).lateral("page")
    outer: list[sa.ColumnElement[Any]] = [*page.c, parents.c.value]
    if with_total:
        outer.append(sa.select(sa.func.count()).select_from(rows).where(mine).correlate(parents).scalar_subquery())
    # A correlated LATERAL can only be a nested loop, so the rows of one parent come in the order of its page.
    return sa.select(*outer).select_from(parents.join(page, sa.true()))


def _numbered(scope: Scope, columns: Columns, *, foreign: sa.ColumnElement[Any], predicate: Predicate, window: Window, with_total: bool) -> Statement:
    order = [key.sorting() for key in window.keys]
    extra = [foreign.label("parent"), sa.func.row_number().over(partition_by=foreign, order_by=order).label("place")]
    if with_total:
        extra.append(sa.func.count().over(partition_by=foreign).label("total"))
    mine = sa.and_(foreign.in_(key_set("sqlite")), predicate)
    page = sa.select(*columns.labelled(), *extra).select_from(scope.from_clause()).where(mine).subquery("page")
    outer = [column for column in page.c if column.name != "place"]
    return sa.select(*outer).where(page.c.place <= window.limit).order_by(page.c.parent, page.c.place)
