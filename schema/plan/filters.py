"""Filters: what one entry of a `where` input asks of a row.

A comparison with a value that is missing in the row is false, `ne` and `notIn` included.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import sqlalchemy as sa

from hub.errors import RequestError
from hub.money import AmountError, CurrencyError, to_minor
from schema.ids import decode_id
from schema.plan.mapping import Expression, Scope
from schema.plan.text import contains, folded, starts_with, storable

Path = tuple[str, ...]
Predicate = sa.ColumnElement[bool]
Prepare = Callable[[Any, Path], Any]
Operators = Mapping[str, Any]

_COMPARISONS: Mapping[str, Callable[[Any, Any], Predicate]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda expression, values: expression.in_(values),
    "notIn": lambda expression, values: sa.and_(expression.is_not(None), expression.not_in(values)),
    "isNull": lambda expression, is_null: expression.is_(None) if is_null else expression.is_not(None),
}


def plain(value: object) -> Any:  # noqa: ANN401 - an enum's value, or the value itself
    """An input's value without the enum class around it; defaults come without."""
    return value.value if isinstance(value, Enum) else value


def enum_name_of(value: object, _path: Path) -> Any:  # noqa: ANN401
    """The stored name of an enum value."""
    return plain(value)


def unchanged(value: object, _path: Path) -> object:
    """A value that needs no preparation."""
    return value


def negated(predicate: Predicate) -> Predicate:
    """True exactly where the predicate is not true: unknown counts as false."""
    return predicate.is_not(sa.true())


def all_of(predicates: list[Predicate]) -> Predicate:
    """Whether all hold; true of none."""
    return sa.and_(sa.true(), *predicates)


def prepared(name: str, value: Any, prepare: Prepare, *, path: Path) -> Any:  # noqa: ANN401 - a coerced input value
    """An operator's value, ready to be bound. Raises RequestError for null, which only `isNull` asks about."""
    if value is None:
        message = f"`{name}` cannot be null: ask `isNull` for rows without a value."
        raise RequestError(message, path=path)
    if name == "isNull":
        return value
    if isinstance(value, list):
        return [prepare(item, (*path, str(position))) for position, item in enumerate(cast("list[Any]", value))]
    return prepare(value, path)


def compared(expression: sa.ColumnElement[Any], name: str, value: Any, *, prepare: Prepare = unchanged, path: Path) -> Predicate:  # noqa: ANN401
    """One comparison with a prepared value."""
    return _COMPARISONS[name](expression, prepared(name, value, prepare, path=path))


@dataclass(frozen=True, slots=True)
class ScalarFilter:
    """Comparisons of one expression with values of its own type."""

    description: str
    input_type: str
    expression: Expression
    prepare: Prepare = unchanged

    def predicate(self, scope: Scope, value: Operators, *, path: Path) -> Predicate:
        """All given operators must hold."""
        expression = self.expression(scope)
        return all_of([compared(expression, name, found, prepare=self.prepare, path=(*path, name)) for name, found in value.items()])


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Comparisons of text. `search` is the expression that holds the case-folded text, None: the text is folded while it is read."""

    description: str
    expression: Expression
    search: Expression | None = None
    input_type: str = "StringFilter"

    def predicate(self, scope: Scope, value: Operators, *, path: Path) -> Predicate:
        """All given operators must hold; `contains` and `startsWith` ignore case."""
        return all_of([self._one(scope, name, found, path=(*path, name)) for name, found in value.items()])

    def _one(self, scope: Scope, name: str, value: Any, *, path: Path) -> Predicate:  # noqa: ANN401
        if name not in {"contains", "startsWith"}:
            return compared(self.expression(scope), name, value, prepare=storable, path=path)
        text: str = prepared(name, value, storable, path=path)
        target = self.search(scope) if self.search else folded(self.expression(scope))
        needle = text.casefold() if self.search else text.lower()
        return contains(target, needle) if name == "contains" else starts_with(target, needle)


@dataclass(frozen=True, slots=True)
class MoneyFilter:
    """Comparisons of an amount. Only amounts of the currency that is asked for match; a figure has the workspace currency only.

    `currency` None: the amount is a figure in the workspace currency.
    """

    description: str
    amount: Expression
    currency: Expression | None = None
    input_type: str = "MoneyFilter"

    def predicate(self, scope: Scope, value: Operators, *, path: Path) -> Predicate:
        """All given operators must hold."""
        return all_of([self._one(scope, name, found, path=(*path, name)) for name, found in value.items()])

    def _one(self, scope: Scope, name: str, value: Any, *, path: Path) -> Predicate:  # noqa: ANN401
        if name == "isNull":
            return compared(self.amount(scope), name, value, path=path)
        amount_minor, currency = _minor(prepared(name, value, unchanged, path=path), path)
        matches = compared(self.amount(scope), name, amount_minor, path=path)
        if self.currency is not None:
            return sa.and_(self.currency(scope) == currency, matches)
        if currency != scope.reading.workspace.base_currency:
            message = f"Figures are in {scope.reading.workspace.base_currency}; {currency} cannot be compared with them."
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
        message = f"{value['amount']} has more decimals than {currency} has."
        raise RequestError(message, path=(*path, "amount"))
    return parsed.amount_minor, currency


@dataclass(frozen=True, slots=True)
class IdFilter:
    """Comparisons of a row's key, or of a reference to a row of `type_name`, with global ids."""

    description: str
    type_name: str
    expression: Expression
    input_type: str = "IdFilter"

    def predicate(self, scope: Scope, value: Operators, *, path: Path) -> Predicate:
        """All given operators must hold; the id of another type matches no row."""
        expression = self.expression(scope)
        return all_of([compared(expression, name, found, prepare=self._key, path=(*path, name)) for name, found in value.items()])

    def _key(self, text: str, path: Path) -> int:
        type_name, key = decode_id(text, path)
        return key if type_name == self.type_name else -1


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """A yes-or-no question that is answered by a predicate of its own."""

    description: str
    question: Expression
    input_type: str = "Boolean"

    def predicate(self, scope: Scope, value: bool, *, path: Path) -> Predicate:  # noqa: ARG002, FBT001 - the signature is every filter's
        """The rows for which the answer is `value`."""
        answer = self.question(scope)
        return answer if value else negated(answer)


@dataclass(frozen=True, slots=True)
class RelatedFilter:
    """The rows that have a related row of type `target` that matches a `where` of that type.

    They are related when the row's column `own` equals the target's column `foreign`. One of the two is the key of its rows: `own`
    for many related rows, `foreign` for one.
    """

    description: str
    target: str
    own: str
    foreign: str = "id"

    @property
    def input_type(self) -> str:
        """The related type's own `where`."""
        return f"{self.target}Where"


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
