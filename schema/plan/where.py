"""From a coerced `where` input to one predicate.

Every condition is true or false and never unknown: `not` of a comparison with a missing value is true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from hub.errors import RequestError
from schema.plan.filters import GroupFilter, Path, Predicate, RelatedFilter, all_of, negated
from schema.plan.mapping import ConditionFilter, Filter, RowTypes, Scope
from schema.plan.reading import Reading

Permit = Callable[[str, str, Path], None]
"""Raises when the caller may not use a field, filter or order: called with the type, the name and the path."""

AND, OR, NOT = "and", "or", "not"
_CONNECTIVES = frozenset({AND, OR, NOT})


@dataclass(slots=True)
class WhereCompiler:
    """Compiles the `where` of one list."""

    types: RowTypes
    reading: Reading
    permit: Permit

    def compile(self, scope: Scope, where: Mapping[str, Any] | None, path: Path) -> Predicate:
        """The predicate of a whole `where`, and what lists of the type leave out unless it is asked about."""
        used: set[str] = set()
        predicate = self._all(scope, where or {}, path=path, used=used)
        self._demand(scope, where or {})
        hidden = [expression(scope) for name, expression in scope.row_type.hidden.items() if name not in used]
        return sa.and_(predicate, *hidden)

    def _all(self, scope: Scope, where: Mapping[str, Any], *, path: Path, used: set[str]) -> Predicate:
        return all_of([self._entry(scope, name, value, path=(*path, name), used=used) for name, value in where.items()])

    def _demand(self, scope: Scope, where: Mapping[str, Any]) -> None:
        """Demand the joined rows that a condition needs which must hold for every row: a comparison with what is not there never does."""
        filters = scope.row_type.all_filters
        for name, value in where.items():
            found = filters.get(name)
            if name == AND:
                for part in value:
                    self._demand(scope, part)
            elif isinstance(found, GroupFilter) and any(_needs_value(inner) for key, inner in value.items() if key not in _CONNECTIVES):
                scope.demand(found.join)

    def _entry(self, scope: Scope, name: str, value: Any, *, path: Path, used: set[str]) -> Predicate:  # noqa: ANN401 - a coerced input value
        if value is None:
            message = f"`{name}` cannot be null: leave it out."
            raise RequestError(message, path=path)
        if name in {AND, OR}:
            parts = [self._all(scope, part, path=(*path, str(position)), used=used) for position, part in enumerate(value)]
            return all_of(parts) if name == AND else sa.or_(sa.false(), *parts)
        if name == NOT:
            return negated(self._all(scope, value, path=path, used=used))
        self.permit(scope.row_type.name, name, path)
        used.add(name)
        return self._filter(scope, scope.row_type.all_filters[name], value, path=path)

    def _filter(self, scope: Scope, found: Filter, value: Any, *, path: Path) -> Predicate:  # noqa: ANN401
        if isinstance(found, RelatedFilter):
            return self._related(scope, found, value, path=path)
        if isinstance(found, GroupFilter):
            return self._all(scope.beside(found.join, self.types[found.target]), value, path=path, used=set())
        if isinstance(found, ConditionFilter):
            return found.predicate(scope, value, path=path)
        message = f"nobody compiles {type(found).__name__}"
        raise TypeError(message)

    def _related(self, scope: Scope, found: RelatedFilter, value: Mapping[str, Any], *, path: Path) -> Predicate:
        """Whether a readable row of the target belongs to the row and matches."""
        target = Scope(self.types[found.target], self.reading)
        readable = target.row_type.readable(self.reading.principal, target.rows)
        matching = sa.and_(readable, self.compile(target, value, path))
        own, foreign = scope.c[found.own], target.c[found.foreign]
        if found.foreign == target.row_type.key:  # few rows lead to many: their keys first, so that an index of `own` serves
            return own.in_(sa.select(foreign).select_from(target.from_clause()).where(matching))
        rows = sa.select(sa.literal(1)).select_from(target.from_clause())
        return sa.exists(rows.where(foreign == own, matching).correlate(scope.rows))


def _needs_value(operators: object) -> bool:
    """Whether the operators of a filter can hold only for a row that has the value."""
    return isinstance(operators, Mapping) and any(name != "isNull" for name in cast("Mapping[str, Any]", operators))
