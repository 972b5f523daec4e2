"""Statements: one set of rows each, for a page, for the pages of many parents, for rows by key.

Where the databases differ in what is fast, the statement differs (LATERAL and arrays on PostgreSQL, window functions and JSON on
SQLite); the rows are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


def at_most(limit: int) -> sa.ColumnElement[int]:
    """A limit that stands in the statement as a number: PostgreSQL plans a prepared statement with an unknown limit for a tenth of all rows."""
    return sa.bindparam(None, limit, type_=sa.Integer, unique=True, literal_execute=True)


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
        return _part(scope.from_clause(), columns, predicate=predicate, window=window)
    filled = _half(_filled_keys(first, window.keys), window, is_null=False)
    empty = _half(window.keys[1:], window, is_null=True)
    halves: list[sa.Select[*tuple[Any, ...]]] = []
    if filled is not None:
        has_value = sa.and_(predicate, first.expression.is_not(None))
        halves.append(_part(scope.from_clause(first.join), columns, predicate=has_value, window=filled))
    if empty is not None:
        has_none = sa.and_(predicate, first.expression.is_(None))
        halves.append(_part(scope.from_clause(), columns, predicate=has_none, window=empty))
    if len(halves) == 1:
        return halves[0]
    # Neither database reorders the arms of UNION ALL below a LIMIT; PostgreSQL never runs arms that have a LIMIT of their own in parallel.
    ordered = reversed(halves) if first.nulls_first else halves
    return sa.union_all(*(sa.select(half.subquery()) for half in ordered)).limit(at_most(window.limit))


def _part(rows: sa.FromClause, columns: Columns, *, predicate: Predicate, window: Window) -> sa.Select[*tuple[Any, ...]]:
    statement = sa.select(*columns.labelled()).select_from(rows).where(predicate)
    if window.start is not None:
        statement = statement.where(after(window.keys, window.start))
    if window.end is not None:
        statement = statement.where(before(window.keys, window.end))
    return statement.order_by(*(key.sorting() for key in window.keys)).limit(at_most(window.limit))


def _filled_keys(first: Key, keys: Sequence[Key]) -> Sequence[Key]:
    """The keys among rows that have a value in the first one."""
    last = keys[-1] if first.tie is None else replace(keys[-1], expression=first.tie)
    return (replace(first, is_nullable=False), *keys[1:-1], last)


def _half(keys: Sequence[Key], window: Window, *, is_null: bool) -> Window | None:
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
    if is_null:
        return Window(keys, window.limit, start=start and start[1:], end=end and end[1:])
    return Window(keys, window.limit, start=start, end=end)


# --- the lists of many parents --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Children:
    """The rows of a list that hangs on parents: `foreign` names the parent, `keys` order the list of each, `bounds` cut the page out of it."""

    scope: Scope
    foreign: sa.ColumnElement[Any]
    predicate: Predicate
    keys: Sequence[Key]
    bounds: Sequence[Predicate] = ()

    def within(self, window: Window, *, is_backward: bool) -> "Children":
        """The rows of a window, read backwards if that is asked."""
        keys = [key.reversed() for key in self.keys] if is_backward else self.keys
        bounds = [bound(keys, values) for bound, values in ((after, window.start), (before, window.end)) if values is not None]
        return replace(self, keys=keys, bounds=bounds)


def pages_of_parents(children: Children, shown: Children, columns: Columns, *, limit: int, dialect: str, with_total: bool) -> Statement:
    """The first rows of the list of each bound parent, in order; the last columns are the parent's key and, if asked for, its total.

    `shown` are the same rows once more, in a scope of its own, from which `columns` are taken; only SQLite needs both.
    """
    if dialect == "postgresql":
        return _lateral(shown, columns, limit=limit, with_total=with_total)
    return _picked(children, shown, columns, limit=limit, with_total=with_total)


def totals_of_parents(children: Children, *, dialect: str) -> Statement:
    """How many rows each bound parent has; a parent without rows is absent."""
    rows = children.scope.from_clause()
    mine = sa.and_(children.foreign.in_(key_set(dialect)), children.predicate)
    return sa.select(children.foreign, sa.func.count()).select_from(rows).where(mine).group_by(children.foreign)


def _lateral(children: Children, columns: Columns, *, limit: int, with_total: bool) -> Statement:
    parents = key_set("postgresql").subquery("parents")
    order = [key.sorting() for key in children.keys]
    page = _mine(children, parents, *columns.labelled()).where(*children.bounds).order_by(*order).limit(at_most(limit)).lateral("page")
    outer: list[sa.ColumnElement[Any]] = [*page.c, parents.c.value]
    if with_total:
        outer.append(_mine(children, parents, sa.func.count()).scalar_subquery())
    # A correlated LATERAL can only be a nested loop, so the rows of one parent come in the order of its page.
    return sa.select(*outer).select_from(parents.join(page, sa.true()))


def _picked(children: Children, shown: Children, columns: Columns, *, limit: int, with_total: bool) -> Statement:
    """SQLite: the keys of each parent's first rows come from a subquery that stops at the limit, then the rows themselves."""
    parents = key_set("sqlite").cte("parents")
    outer: list[sa.ColumnElement[Any]] = [*columns.labelled()]
    if with_total:
        total = _mine(children, parents, sa.func.count()).scalar_subquery().label("total")
        parents = sa.select(parents.c.value, total).cte("counted").prefix_with("MATERIALIZED")  # else the total is counted once for each row
    outer += parents.c
    order = [key.sorting() for key in children.keys]
    picked = _mine(children, parents, children.scope.key).where(*children.bounds).order_by(*order).limit(at_most(limit))
    source = parents.join(shown.scope.from_clause(), shown.scope.key.in_(picked))
    return sa.select(*outer).select_from(source).order_by(parents.c.value, *(key.sorting() for key in shown.keys))


def _mine(children: Children, parents: sa.FromClause, *columns: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    """Columns of the rows of one parent, inside a statement that goes over parents."""
    mine = sa.and_(children.foreign == parents.c.value, children.predicate)
    return sa.select(*columns).select_from(children.scope.from_clause()).where(mine).correlate(parents)
