"""Filters: from a coerced `where` input to one predicate.

A comparison with a value that is missing in the row is false, `ne` and `notIn` included; `not` turns that into true, so that every
condition is true or false and never unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from hub.errors import RequestError
from hub.money import AmountError, CurrencyError, to_minor
from schema.ids import decode_id
from schema.plan.mapping import Expression, Filter, Reading, RowType, RowTypes, Scope
from schema.plan.text import contains, folded, starts_with, storable

Path = tuple[str, ...]
Predicate = sa.ColumnElement[bool]
Prepare = Callable[[Any, Path], Any]
Permit = Callable[[str, str, Path], None]
"""Raises when the caller may not use a filter: called with the type, the filter's name and the path."""

AND, OR, NOT = "and", "or", "not"


def unchanged(value: object, _path: Path) -> object:
    """A value that needs no preparation."""
    return value


def plain(value: object) -> Any:  # noqa: ANN401 - an enum's value, or the value itself
    """An input's value without the enum class around it; defaults come without."""
    return value.value if isinstance(value, Enum) else value


def enum_name_of(value: object, _path: Path) -> Any:  # noqa: ANN401
    """The stored name of an enum value."""
    return plain(value)


def compare(expression: sa.ColumnElement[Any], operator: str, value: Any, path: Path) -> Predicate:  # noqa: ANN401 - any comparable value
    """One comparison. Raises RequestError for null, which only `isNull` asks about."""
    match operator:
        case "eq":
            return expression == value
        case "ne":
            return expression != value
        case "lt":
            return expression < value
        case "lte":
            return expression <= value
        case "gt":
            return expression > value
        case "gte":
            return expression >= value
        case "in":
            return expression.in_(value)
        case "notIn":
            return expression.not_in(value)
        case "isNull":
            return expression.is_(None) if value else expression.is_not(None)
        case _:
            raise RequestError(f"There is no operator {operator!r}.", path=path)


def prepared(operator: str, value: Any, prepare: Prepare, path: Path) -> Any:  # noqa: ANN401
    """An operator's value, ready to be bound."""
    if value is None:
        message = f"`{operator}` cannot be null: ask `isNull` for rows without a value."
        raise RequestError(message, path=path)
    if operator == "isNull":
        return value
    if isinstance(value, list):
        items: Sequence[Any] = value
        return [prepare(item, (*path, str(position))) for position, item in enumerate(items)]
    return prepare(value, path)


@dataclass(frozen=True, slots=True)
class ScalarFilter:
    """Comparisons of one expression with values of its own type."""

    description: str
    input_type: str
    expression: Expression
    prepare: Prepare = unchanged

    def predicate(self, scope: Scope, value: Mapping[str, Any], path: Path) -> Predicate:
        """All given operators must hold."""
        expression = self.expression(scope)
        return sa.and_(
            sa.true(),
            *(compare(expression, name, prepared(name, found, self.prepare, (*path, name)), (*path, name)) for name, found in value.items()),
        )


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Comparisons of text. `search` is the expression that holds the case-folded text, None: the text is folded while it is read."""

    description: str
    expression: Expression
    search: Expression | None = None
    input_type: str = "StringFilter"

    def predicate(self, scope: Scope, value: Mapping[str, Any], path: Path) -> Predicate:
        """All given operators must hold; `contains` and `startsWith` ignore case."""
        return sa.and_(sa.true(), *(self._one(scope, name, found, (*path, name)) for name, found in value.items()))

    def _one(self, scope: Scope, operator: str, value: Any, path: Path) -> Predicate:  # noqa: ANN401
        text = prepared(operator, value, storable, path)
        if operator not in {"contains", "startsWith"}:
            return compare(self.expression(scope), operator, text, path)
        target = self.search(scope) if self.search else folded(self.expression(scope))
        needle = text.casefold() if self.search else text.lower()
        return contains(target, needle) if operator == "contains" else starts_with(target, needle)


@dataclass(frozen=True, slots=True)
class MoneyFilter:
    """Comparisons of an amount. Only amounts of the currency that is asked for match; a figure has the workspace currency only.

    `currency` None: the amount is a figure in the workspace currency.
    """

    description: str
    amount: Expression
    currency: Expression | None = None
    input_type: str = "MoneyFilter"

    def predicate(self, scope: Scope, value: Mapping[str, Any], path: Path) -> Predicate:
        """All given operators must hold."""
        return sa.and_(sa.true(), *(self._one(scope, name, found, (*path, name)) for name, found in value.items()))

    def _one(self, scope: Scope, operator: str, value: Any, path: Path) -> Predicate:  # noqa: ANN401
        if operator == "isNull":
            return compare(self.amount(scope), operator, prepared(operator, value, unchanged, path), path)
        amount_minor, currency = _minor(prepared(operator, value, unchanged, path), path)
        matches = compare(self.amount(scope), operator, amount_minor, path)
        if self.currency is not None:
            return sa.and_(self.currency(scope) == currency, matches)
        if currency != scope.reading.workspace.base_currency:
            message = f"figures are in {scope.reading.workspace.base_currency}; {currency} cannot be compared with them"
            raise RequestError(message, path=(*path, "currency"))
        return matches


def _minor(value: Mapping[str, Any], path: Path) -> tuple[int, str]:
    """The minor units of a MoneyInput; an amount with more decimals than its currency has is refused, not rounded."""
    currency: str = value["currency"]
    try:
        parsed = to_minor(value["amount"], currency)
    except CurrencyError as error:
        raise RequestError(str(error), path=(*path, "currency")) from error
    except AmountError as error:
        raise RequestError(str(error), path=(*path, "amount")) from error
    if parsed.rounded:
        message = f"{value['amount']} has more decimals than {currency} has"
        raise RequestError(message, path=(*path, "amount"))
    return parsed.amount_minor, currency


@dataclass(frozen=True, slots=True)
class IdFilter:
    """Comparisons of a row's key, or of a reference to a row of `type_name`, with global ids."""

    description: str
    type_name: str
    expression: Expression
    input_type: str = "IdFilter"

    def predicate(self, scope: Scope, value: Mapping[str, Any], path: Path) -> Predicate:
        """All given operators must hold; the id of another type matches no row."""
        return sa.and_(
            sa.true(),
            *(compare(self.expression(scope), name, prepared(name, found, self._key, (*path, name)), (*path, name)) for name, found in value.items()),
        )

    def _key(self, text: str, path: Path) -> int:
        type_name, key = decode_id(text, path)
        return key if type_name == self.type_name else -1


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """A yes-or-no question that is answered by a predicate of its own."""

    description: str
    question: Expression
    input_type: str = "Boolean"

    def predicate(self, scope: Scope, value: bool | None, path: Path) -> Predicate:  # noqa: FBT001 - the value of the input
        """The rows for which the answer is `value`."""
        answer = self.question(scope)
        return answer if prepared("eq", value, unchanged, path) else negated(answer)


@dataclass(frozen=True, slots=True)
class RelatedFilter:
    """The rows that have a related row of type `target` that matches a `where` of that type."""

    description: str
    target: str
    on: Callable[[Scope, Scope], sa.ColumnElement[bool]]

    @property
    def input_type(self) -> str:
        """The related type's own `where`."""
        return f"{self.target}Where"

    def predicate(self, scope: Scope, value: object, path: Path) -> Predicate:
        """Never called: a where compiler goes into relations itself."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Filters on a joined row of type `target` (the figures of a customer)."""

    description: str
    target: str
    join: str

    @property
    def input_type(self) -> str:
        """The joined type's own `where`."""
        return f"{self.target}Where"

    def predicate(self, scope: Scope, value: object, path: Path) -> Predicate:
        """Never called: a where compiler goes into groups itself."""
        raise NotImplementedError


@dataclass(slots=True)
class WhereCompiler:
    """Compiles one `where`, and remembers which filters of the list's own type it used."""

    types: RowTypes
    reading: Reading
    permit: Permit

    def compile(self, scope: Scope, where: Mapping[str, Any] | None, path: Path) -> Predicate:
        """The predicate of a whole `where`, and what lists of the type leave out unless it is asked about."""
        used: set[str] = set()
        predicate = self._all(scope, where or {}, path, used)
        hidden = [expression(scope) for name, expression in scope.row_type.hidden.items() if name not in used]
        return sa.and_(predicate, *hidden)

    def _all(self, scope: Scope, where: Mapping[str, Any], path: Path, used: set[str]) -> Predicate:
        return sa.and_(sa.true(), *(self._entry(scope, name, value, path=(*path, name), used=used) for name, value in where.items()))

    def _entry(self, scope: Scope, name: str, value: Any, *, path: Path, used: set[str]) -> Predicate:  # noqa: ANN401
        if value is None:
            message = f"`{name}` cannot be null: leave it out."
            raise RequestError(message, path=path)
        if name in {AND, OR}:
            parts = [self._all(scope, part, (*path, str(position)), used) for position, part in enumerate(value)]
            return sa.and_(sa.true(), *parts) if name == AND else sa.or_(sa.false(), *parts)
        if name == NOT:
            return negated(self._all(scope, value, path, used))
        self.permit(scope.row_type.name, name, path)
        used.add(name)
        return self._filter(scope, scope.row_type.all_filters()[name], value, path)

    def _filter(self, scope: Scope, found: Filter, value: Any, path: Path) -> Predicate:  # noqa: ANN401
        if isinstance(found, RelatedFilter):
            return self._related(scope, found, value, path)
        if isinstance(found, GroupFilter):
            return self._all(scope.beside(found.join, self.types[found.target]), value, path, set())
        return found.predicate(scope, value, path)

    def _related(self, scope: Scope, found: RelatedFilter, value: Mapping[str, Any], path: Path) -> Predicate:
        target = Scope(self.types[found.target], self.reading)
        inside = self.compile(target, value, path)
        return related(scope, target, found.on, inside)


def related(scope: Scope, target: Scope, on: Callable[[Scope, Scope], Predicate], inside: Predicate) -> Predicate:
    """Whether a readable row of `target` belongs to the row and matches."""
    readable = target.row_type.readable(scope.reading.principal, target.rows)
    return sa.exists(sa.select(sa.literal(1)).select_from(target.from_clause()).where(on(scope, target), readable, inside).correlate(scope.rows))


def negated(predicate: Predicate) -> Predicate:
    """True exactly where the predicate is not true: unknown counts as false."""
    return predicate.is_not(sa.true())
