"""The planner: from a selection to plans of rows and pages. It fetches nothing, and refuses what is wrong before anything is fetched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, GraphQLSchema

from schema.plan.columns import Columns
from schema.plan.keyset import Key, decode_cursor, list_digest
from schema.plan.mapping import Field, GroupField, GroupType, ManyField, OneField, PageField, RowType, RowTypes, Scope, ValueField
from schema.plan.order import order_keys
from schema.plan.pages import Connection, ListPlan, PagesPlan, Paging, add_part
from schema.plan.paging import PageRequest, page_request
from schema.plan.reading import Reading
from schema.plan.rows import Fetched, Follow, Link, ManyPlan, OnePlan, Reader, Record, RowPlan
from schema.plan.selection import Selected
from schema.plan.statement import Children, Window, by_key, counted, key_set, one_page, pages_of_parents, totals_of_parents
from schema.plan.where import Permit, WhereCompiler

Also = Callable[[Scope], sa.ColumnElement[bool]]
"""A condition on the rows of a scope."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are read: in which scope, into which columns, and whether there is one parent at most (then lists may have cursors)."""

    scope: Scope
    columns: Columns
    has_one_parent: bool

    @property
    def reading(self) -> Reading:
        """For whom and for which day."""
        return self.scope.reading

    def reader(self, expression: sa.ColumnElement[Any]) -> int:
        """The position of an expression."""
        return self.columns.add(expression)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans one root field. `permit` raises when the caller may not use a field, filter or order."""

    types: RowTypes
    schema: GraphQLSchema
    dialect: str
    permit: Permit

    def place(self, row_type: RowType, reading: Reading, *, has_one_parent: bool) -> Place:
        """A fresh place for rows of a type."""
        return Place(Scope(row_type, reading), Columns(), has_one_parent)

    def readable(self, scope: Scope) -> sa.ColumnElement[bool]:
        """What authorisation requires of the rows of a scope."""
        return scope.row_type.readable(scope.reading.principal, scope.rows)

    # --- rows -------------------------------------------------------------------------------------

    def rows(self, selected: Selected, place: Place, group: GroupType | None = None) -> RowPlan:
        """What is shown of each row, where `selected` is the field that gives the rows, or a `group` of their values."""
        shown = group or place.scope.row_type
        kind = self.schema.type_map[shown.name]
        if not isinstance(kind, GraphQLObjectType):
            message = f"{shown.name} is no object type"
            raise TypeError(message)
        plan = RowPlan(shown.name)
        for child in selected.children_of(kind):
            self.permit(shown.name, child.name, child.path)
            self._add(plan, child, shown.fields[child.name], place=place)
        return plan

    def _add(self, plan: RowPlan, child: Selected, field: Field, *, place: Place) -> None:
        match field:
            case ValueField():
                plan.readers.append((child.key, self._value(field, place)))
            case GroupField():
                plan.readers.append((child.key, self._group(child, field, place)))
            case OneField():
                plan.links.append(Link(child.key, place.reader(field.key(place.scope)), self.one(child, field, place)))
            case ManyField():
                plan.links.append(Link(child.key, place.reader(place.scope.key), self._many(child, field, place)))
            case PageField():
                plan.links.append(Link(child.key, place.reader(place.scope.key), self._pages(child, field, place)))
            case _:
                message = f"{child.name} is planned by nobody"
                raise TypeError(message)

    def _value(self, field: ValueField, place: Place) -> Reader:
        positions = [place.reader(need(place.scope)) for need in field.needs]
        make = field.make if field.make_for is None else field.make_for(place.reading)
        if make is None:
            return itemgetter(positions[0])
        if len(positions) == 1:
            position = positions[0]
            return lambda record: make(record[position])
        return lambda record: make(*(record[position] for position in positions))

    def _group(self, child: Selected, field: GroupField, place: Place) -> Reader:
        inner = self.rows(child, place, self.types.groups[field.target])
        if inner.links:
            message = f"{field.target} stands in its parent's row and cannot have rows of its own"
            raise TypeError(message)
        present = None if field.present is None else place.reader(field.present(place.scope))
        return partial(_read_group, inner, present)

    def one(self, child: Selected, field: OneField, place: Place) -> Follow:
        """The row of another type that each row refers to."""
        reading = place.reading.of_customers(None)
        if field.takes_day:
            reading = reading.on(child.arguments.get("asOf") or reading.as_of).of_customers(key_set(self.dialect))
        target = self.place(self.types[field.target], reading, has_one_parent=place.has_one_parent)
        rows = self.rows(child, target)
        position = target.reader(target.scope.key)
        return OnePlan(by_key(target.scope, target.columns, key=target.scope.key, predicate=self.readable(target.scope), dialect=self.dialect), position, rows)

    def _many(self, child: Selected, field: ManyField, place: Place) -> Follow:
        reading = place.reading.of_customers(key_set(self.dialect))
        target = self.place(self.types[field.target], reading, has_one_parent=False)
        scope = target.scope
        rows = self.rows(child, target)
        foreign = scope.c[field.foreign]
        predicate = sa.and_(self.readable(scope), *([field.when(scope)] if field.when else []))
        position = target.reader(foreign)
        order = [foreign, *(scope.c[name] for name in field.order)]
        return ManyPlan(by_key(scope, target.columns, key=foreign, predicate=predicate, dialect=self.dialect, order=order), position, rows)

    # --- pages ------------------------------------------------------------------------------------

    def page(self, selected: Selected, target: RowType, reading: Reading, *, also: Also | None = None) -> ListPlan:
        """A list at the root; `also` is a further condition on its rows, which hangs on the field's own arguments."""
        request = page_request(selected, has_one_parent=True)
        place = self.place(target, reading, has_one_parent=False)
        predicate = _with(also, place.scope, self._predicate(selected, place.scope))
        keys = self._keys(selected, place.scope)
        connection = self._connection(selected, place, keys)
        window = self._window(selected, request, keys=keys, digest=connection.digest)
        paging = Paging(request.limit, request.is_backward, request.after is not None, request.before is not None)
        total = counted(*self._counting(selected, place, also)) if connection.needs_total else None
        total_position = place.reader(total.scalar_subquery()) if total is not None and connection.needs_rows else None
        page = one_page(place.scope, place.columns, predicate=predicate, window=window) if connection.needs_rows else None
        return ListPlan(page, total, paging, connection=connection, total_position=total_position)

    def _counting(self, selected: Selected, place: Place, also: Also | None) -> tuple[Scope, sa.ColumnElement[bool]]:
        """The same rows in a scope of their own, which has no join that only the page needs."""
        counting = self.place(place.scope.row_type, place.reading, has_one_parent=False)
        return counting.scope, _with(also, counting.scope, self._predicate(selected, counting.scope))

    def _pages(self, child: Selected, field: PageField, place: Place) -> Follow:
        request = page_request(child, has_one_parent=place.has_one_parent)
        reading = place.reading.of_customers(None)
        target = self.place(self.types[field.target], reading, has_one_parent=False)
        shown = self._children(child, field, target.scope)
        connection = self._connection(child, target, shown.keys)
        paging = Paging(request.limit, request.is_backward, has_start=request.after is not None, has_end=request.before is not None)
        counts_alone = connection.needs_total and (not connection.needs_rows or paging.has_start or paging.has_end)
        totals = totals_of_parents(shown, dialect=self.dialect) if counts_alone else None
        if not connection.needs_rows:
            return PagesPlan(None, totals, 0, paging=paging, connection=connection)
        window = self._window(child, request, keys=shown.keys, digest=connection.digest)
        listed = self._children(child, field, Scope(self.types[field.target], reading))
        statement = pages_of_parents(
            listed.within(window, is_backward=request.is_backward),
            shown.within(window, is_backward=request.is_backward),
            target.columns,
            limit=window.limit,
            dialect=self.dialect,
            with_total=connection.needs_total,
        )
        return PagesPlan(statement, totals, len(target.columns.elements), paging=paging, connection=connection)

    def _children(self, child: Selected, field: PageField, scope: Scope) -> Children:
        predicate = self._predicate(child, scope)
        return Children(scope, scope.c[field.foreign], predicate, self._keys(child, scope))

    def _predicate(self, selected: Selected, scope: Scope) -> sa.ColumnElement[bool]:
        compiler = WhereCompiler(self.types, scope.reading, self.permit)
        where = compiler.compile(scope, selected.arguments.get("where"), selected.argument_path("where"))
        return sa.and_(self.readable(scope), where)

    def _keys(self, selected: Selected, scope: Scope) -> list[Key]:
        return order_keys(scope, selected.arguments.get("orderBy"), path=selected.argument_path("orderBy"), permit=self.permit)

    def _window(self, selected: Selected, request: PageRequest, *, keys: Sequence[Key], digest: str) -> Window:
        start, end = (
            None if cursor is None else decode_cursor(cursor, digest, keys, path=selected.argument_path(name))
            for name, cursor in (("after", request.after), ("before", request.before))
        )
        if request.is_backward:
            return Window([key.reversed() for key in keys], request.limit + 1, end, start)
        return Window(keys, request.limit + 1, start, end)

    def _connection(self, selected: Selected, place: Place, keys: Sequence[Key]) -> Connection:
        arguments = selected.arguments
        digest = list_digest(place.scope.row_type.name, str(place.reading.as_of), arguments.get("where"), arguments.get("orderBy"))
        made = Connection(digest)
        for child in selected.children:
            self.permit(child.parent.name, child.name, child.path)
            add_part(made, child, lambda inner: self.rows(inner, place))
        if made.needs_rows:
            made.key_positions = [place.reader(key.expression) for key in keys]
        return made

    # --- lookups ----------------------------------------------------------------------------------

    def lookup(self, selected: Selected, target: RowType, reading: Reading, *, has_one_parent: bool = True) -> OnePlan:
        """Rows by their keys."""
        place = self.place(target, reading, has_one_parent=has_one_parent)
        rows = self.rows(selected, place)
        position = place.reader(place.scope.key)
        return OnePlan(by_key(place.scope, place.columns, key=place.scope.key, predicate=self.readable(place.scope), dialect=self.dialect), position, rows)


def _with(also: Also | None, scope: Scope, predicate: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return predicate if also is None else sa.and_(predicate, also(scope))


def _read_group(inner: RowPlan, present: int | None, record: Record) -> Fetched | None:
    """The values of a group, null where what makes it present is null."""
    if present is not None and record[present] is None:
        return None
    return {key: read(record) for key, read in inner.readers}
