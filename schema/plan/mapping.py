"""What a type of the API is over our tables, as data: its relation, its fields, its filters and orders, and who may see its rows."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from hub.access.principal import Principal
from schema.plan.reading import Reading

RowPredicate = Callable[[Principal, sa.FromClause], sa.ColumnElement[bool]]
"""From the caller and the rows, the predicate that every statement over them carries."""

Relation = Callable[[Reading], sa.FromClause]
"""Makes a fresh, aliased FROM element, so that one table can stand in a statement several times."""

Expression = Callable[["Scope"], sa.ColumnElement[Any]]
"""An SQL expression over one row of a scope."""

Join = Callable[["Scope"], tuple[sa.FromClause, sa.ColumnElement[bool]]]
"""What is joined (left, at most one row for each) and on what."""


class Filter(Protocol):
    """One entry of a `where` input."""

    @property
    def description(self) -> str:
        """What it asks, for the reader of the API."""
        ...

    @property
    def input_type(self) -> str:
        """The name of the input type of its value."""
        ...


@runtime_checkable
class ConditionFilter(Filter, Protocol):
    """A filter that is a condition on the row itself."""

    def predicate(self, scope: "Scope", value: Any, *, path: tuple[str, ...]) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a coerced input value
        """The predicate for a coerced value. Raises RequestError, naming `path`, for a value that cannot be compared."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """One way to order a list. `field` is the field whose policy guards it, as (type, field).

    `join` names the joined rows that the expression reads, None: the row itself. `tie` is their copy of the row's key, which breaks
    ties in place of it where there is a joined row, so that one index of theirs gives the whole order.
    """

    description: str
    expression: Expression
    is_nullable: bool
    field: tuple[str, str]
    join: str | None = None
    tie: Expression | None = None

    def through(self, join: str, row_type: "RowType") -> "Order":
        """The same order for a type to whose rows those of `row_type` are joined; one without a joined row comes where nulls do."""
        inner = self.expression
        return Order(
            self.description,
            lambda scope: inner(scope.beside(join, row_type)),
            is_nullable=True,
            field=self.field,
            join=join,
            tie=lambda scope: scope.beside(join, row_type).key,
        )


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a field; `type` as in the schema language."""

    type: str
    description: str
    default: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What every field has: its type as in the schema language (`[Invoice!]!`), and what it means.

    `cost` and `list_size` are what `schema.limits.cost` is told of it: how much it costs beside its objects, how long its list usually is.
    """

    type: str
    description: str
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, Argument])
    cost: int | None = None
    list_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueField(Field):
    """A value made from columns of the row: `make` is called with what the expressions of `needs` give, in their order.

    `make` None: the one expression's value as it is. `make_for` gives the function for a reading, where it needs to know one.
    """

    needs: tuple[Expression, ...]
    make: Callable[..., Any] | None = None
    make_for: Callable[[Reading], Callable[..., Any]] | None = None
    filter: Filter | None = None
    order: Expression | None = None
    is_order_nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupField(Field):
    """Values of the same row that stand together in an object of their own: `target` lends its fields, the row its joins.

    The group is null where `present` is null.
    """

    target: str
    present: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneField(Field):
    """One row of another type, found by `key` among the target's own keys. `takes_day`: its argument `asOf` decides the day."""

    target: str
    key: Expression
    takes_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyField(Field):
    """All rows of another type whose `foreign` column names this row, in a fixed order: short lists that belong to their parent.

    `when` restricts the target's rows further.
    """

    target: str
    foreign: str
    order: tuple[str, ...] = ()
    when: Callable[["Scope"], sa.ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageField(Field):
    """A page of rows of another type whose `foreign` column names this row: a Relay connection."""

    target: str
    foreign: str


@dataclass(frozen=True, kw_only=True)
class RowType:
    """A type of the API whose objects are rows.

    `readable` is what authorisation requires of every row, in every statement. `hidden` are predicates that lists carry as well,
    each dropped when the filter of its name is used. `key` identifies a row; cursors end with it. `order` names the default order
    of lists, None: by key.
    """

    name: str
    description: str
    relation: Relation
    readable: RowPredicate
    fields: Mapping[str, Field]
    key: str = "id"
    is_node: bool = False
    joins: Mapping[str, Join] = field(default_factory=dict[str, Join])
    filters: Mapping[str, Filter] = field(default_factory=dict[str, Filter])
    orders: Mapping[str, Order] = field(default_factory=dict[str, Order])
    hidden: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    default_order: Sequence[tuple[str, bool]] = ()

    @cached_property
    def all_filters(self) -> Mapping[str, Filter]:
        """Every entry of the type's `where`: those of its fields, then its own."""
        found = {name: made.filter for name, made in self.fields.items() if isinstance(made, ValueField) and made.filter is not None}
        return found | dict(self.filters)

    @cached_property
    def all_orders(self) -> Mapping[str, Order]:
        """Every member of the type's order enum: those of its fields, then its own."""
        found = {
            enum_name(name): Order(made.description, made.order, made.is_order_nullable, (self.name, name))
            for name, made in self.fields.items()
            if isinstance(made, ValueField) and made.order is not None
        }
        return found | dict(self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupType:
    """A type of the API whose objects are some values of another type's row."""

    name: str
    description: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class RowTypes:
    """All types over rows, by name."""

    by_name: Mapping[str, RowType]
    groups: Mapping[str, GroupType]

    def __getitem__(self, name: str) -> RowType:
        """The row type of a name; a KeyError is a fault in a declaration."""
        return self.by_name[name]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A join that a scope has made; `path` names it from the scope's own rows on."""

    path: tuple[str, ...]
    rows: sa.FromClause
    on: sa.ColumnElement[bool]


class Scope:
    """One FROM element, and what has been joined to it because an expression asked."""

    def __init__(self, row_type: RowType, reading: Reading) -> None:
        """Fresh rows of a type."""
        self.row_type = row_type
        self.reading = reading
        self.rows = row_type.relation(reading)
        self.path: tuple[str, ...] = ()
        self._joins: list[_Joined] = []
        self._demanded: set[tuple[str, ...]] = set()

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Any]:
        """The columns of the row."""
        return self.rows.c

    @property
    def key(self) -> sa.ColumnElement[Any]:
        """What identifies the row."""
        return self.c[self.row_type.key]

    def join(self, name: str) -> sa.FromClause:
        """The named join, made on first use."""
        path = (*self.path, name)
        known = next((joined for joined in self._joins if joined.path == path), None)
        if known is not None:
            return known.rows
        rows, on = self.row_type.joins[name](self)
        self._joins.append(_Joined(path, rows, on))
        return rows

    def beside(self, name: str, row_type: RowType) -> "Scope":
        """A joined row as a scope of its own type, which joins to the same rows."""
        joined = copy(self)
        joined.rows = self.join(name)
        joined.row_type = row_type
        joined.path = (*self.path, name)
        return joined

    def demand(self, name: str) -> None:
        """Leave out the rows without a joined row of this name, since a condition on it cannot hold for them."""
        self._demanded.add((*self.path, name))

    def from_clause(self, also_demanded: str | None = None) -> sa.FromClause:
        """The rows with everything joined so far; ask last."""
        found = self.rows
        for joined in self._joins:
            is_demanded = joined.path in self._demanded or joined.path == (also_demanded,)
            found = found.join(joined.rows, joined.on, isouter=not is_demanded)
        return found


def enum_name(field_name: str) -> str:
    """`overdueAmount` as an enum member: `OVERDUE_AMOUNT`."""
    return "".join(f"_{letter}" if letter.isupper() or letter.isdigit() else letter.upper() for letter in field_name)
