"""Builders of fields: a type over a table is declared as a table of these, and everything else (filters, orders, SQL) follows.

To add a field to a type, add one line to its table in `schema/rows/`, and its policy in `schema/policy.py`.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute
from sqlmodel.sql.sqltypes import UTCDateTime

from schema.ids import encode_id
from schema.plan.filters import IdFilter, MoneyFilter, ScalarFilter, TextFilter, enum_name_of, unchanged
from schema.plan.mapping import Argument, Expression, Filter, GroupField, ManyField, OneField, PageField, Scope, ValueField
from schema.plan.text import byte_order
from schema.values import Money

AS_OF = {"asOf": Argument("Date", "The day that the figures hold for; that day's own facts count. Without it: the list's day, else today.")}


# --- values ---------------------------------------------------------------------------------------


def id_of(type_name: str) -> ValueField:
    """The global id of a row."""
    return ValueField(
        type="ID!",
        description="The global id: opaque, and the same for ever.",
        needs=(_key,),
        make=partial(encode_id, type_name),
        filter=IdFilter("By id.", type_name, _key),
    )


def column(attribute: object, description: str, *, type: str | None = None, filtered: bool = False, ordered: bool = False) -> ValueField:
    """A column as it is; the type follows from it, unless it is a text that means more (`CurrencyCode`, `URL`)."""
    source = column_of(attribute)
    name = type or _scalar_name(source.type)
    return ValueField(
        type=name if source.nullable else f"{name}!",
        description=description,
        needs=(expression_of(attribute),),
        filter=_column_filter(source, name, expression=expression_of(attribute), description=description) if filtered else None,
        order=_ordering(source, expression_of(attribute)) if ordered else None,
        is_order_nullable=bool(source.nullable),
    )


def money(attribute: object, currency: object, description: str, *, filtered: bool = False, ordered: bool = False) -> ValueField:
    """An amount in minor units with the currency that stands beside it. Ordering by it orders by the number alone."""
    source, amount, code = column_of(attribute), expression_of(attribute), expression_of(currency)
    return ValueField(
        type="Money" if source.nullable else "Money!",
        description=description,
        needs=(amount, code),
        make=Money.of,
        filter=MoneyFilter(description, amount, code) if filtered else None,
        order=amount if ordered else None,
        is_order_nullable=bool(source.nullable),
    )


def computed(
    type: str,
    description: str,
    *,
    needs: tuple[Expression, ...],
    make: Callable[..., Any] | None = None,
    filter: Filter | None = None,
    order: Expression | None = None,
) -> ValueField:
    """A value of an expression, or made by a function from several."""
    return ValueField(type=type, description=description, needs=needs, make=make, filter=filter, order=order, is_order_nullable=not type.endswith("!"))


# --- rows -----------------------------------------------------------------------------------------


def one(target: str, key: object, description: str, *, required: bool = False) -> OneField:
    """The row of another type that a column refers to. Absent and forbidden are the same: null."""
    return OneField(type=f"{target}!" if required else target, description=description, target=target, key=expression_of(key))


def many(target: str, foreign: object, description: str, *, order: tuple[object, ...] = (), list_size: int | None = None) -> ManyField:
    """The rows that belong to this one, each naming it in the column `foreign`; `list_size` is how many there usually are."""
    names = tuple(column_of(item).name for item in order)
    return ManyField(type=f"[{target}!]!", description=description, target=target, foreign=column_of(foreign).name, order=names, list_size=list_size)


def page(target: str, foreign: object, description: str) -> PageField:
    """A connection to rows that name this one in the column `foreign`."""
    return PageField(type=f"{target}Connection!", description=description, target=target, foreign=column_of(foreign).name)


def group(target: str, description: str, *, present: Expression | None = None) -> GroupField:
    """Values of this row that stand together in an object."""
    return GroupField(type=target if present else f"{target}!", description=description, target=target, present=present)


# --- columns --------------------------------------------------------------------------------------


def column_of(attribute: object) -> sa.Column[Any]:
    """The table column behind a row class's attribute, `Invoice.number` for instance."""
    found = cast("QueryableAttribute[Any]", attribute)  # SQLModel types the attribute as the value that a row has there
    table: sa.Table = sa.inspect(found.class_).local_table
    return table.c[found.key]


def expression_of(attribute: object) -> Expression:
    """The column in a scope. Enums come out as their names, without a detour over the enum class."""
    source = column_of(attribute)
    name = source.name
    if isinstance(source.type, sa.Enum):
        return lambda scope: _named(scope, name)
    return lambda scope: scope.c[name]


def _named(scope: Scope, name: str) -> sa.ColumnElement[Any]:
    return sa.type_coerce(scope.c[name], sa.String)


def _key(scope: Scope) -> sa.ColumnElement[Any]:
    return scope.key


def _scalar_name(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, sa.Enum):
        return cast("type[StrEnum]", kind.enum_class).__name__
    if isinstance(kind, UTCDateTime):
        return "DateTime"
    if isinstance(kind, sa.types.TypeDecorator):
        return _scalar_name(kind.impl_instance)
    names = {bool: "Boolean", int: "Int", str: "String", date: "Date", datetime: "DateTime"}
    return names[kind.python_type]


def _column_filter(source: sa.Column[Any], name: str, *, expression: Expression, description: str) -> Filter:
    if name == "String":
        return TextFilter(description, expression)
    if isinstance(source.type, sa.Enum):
        return ScalarFilter(description, f"{name}Filter", expression, enum_name_of)
    return ScalarFilter(description, f"{name}Filter", expression, unchanged)


def _ordering(source: sa.Column[Any], expression: Expression) -> Expression:
    """Texts are ordered by code points, so that both databases agree."""
    return (lambda scope: byte_order(expression(scope))) if _scalar_name(source.type) == "String" else expression
