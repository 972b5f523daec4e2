"""The other face of a rule: a document of plain JSON values, for user interfaces and for keeping. Each object has just one key.

    {"all": [...]}, {"any": [...]}, {"not": {...}}, {"always": true},
    {"compare": {"field", "operator", "values"}},
    {"related": {"quantifier", "relation", "condition"}},
    {"total": {"relation", "field" (none: how many), "condition" (none: of all), "operator", "values"}}

A value: {"amount": {"value": "500.00", "currency": "USD"}}, {"number": "5"}, {"text": "Ana"}, {"flag": true}, {"day": "2026-03-31"},
{"relativeDay": -30}, {"window": {"kind": "LAST_DAYS", "days": 7}}. Numbers are texts, since JSON's may be read as binary fractions.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar, assert_never, cast

from rules.errors import RuleSyntaxError, RuleTooLargeError
from rules.fields import Operator
from rules.limits import MOST_DEPTH, MOST_PARTS, MOST_SHOWN, MOST_VALUES, require_length, require_size
from rules.model import ALWAYS, All, Any, Comparison, Expression, Not, Quantifier, Related, Total, all_of, any_of
from rules.values import BASE, MOST_DAYS, Amount, Day, Flag, Number, RelativeDay, Text, Value, Window, WindowKind
from rules.words import DAY, NUMBER, PLURALS, is_currency, is_field

_HALVES = re.compile("[\ud800-\udfff]")
"""Code units that are no characters: what is left of one beyond the first 65,536 when it is cut in two."""

Document = object
"""A plain JSON value, of which nothing is known yet."""

Path = tuple[str | int, ...]
M = TypeVar("M", bound=StrEnum)


def to_document(expression: Expression) -> Mapping[str, Document]:  # noqa: PLR0911 - one a form
    """The document of an expression."""
    match expression:
        case All(()):
            return {"always": True}
        case All(parts):
            return {"all": [to_document(part) for part in parts]}
        case Any(parts):
            return {"any": [to_document(part) for part in parts]}
        case Not(part):
            return {"not": to_document(part)}
        case Comparison(field, operator, values):
            return {"compare": {"field": field, **_comparing(operator, values)}}
        case Related(quantifier, relation, condition):
            return {"related": {"quantifier": quantifier.value, "relation": relation, "condition": to_document(condition)}}
        case Total(relation, field, condition, operator, values):
            what = {} if field is None else {"field": field}
            where = {} if condition is None else {"condition": to_document(condition)}
            return {"total": {"relation": relation, **what, **where, **_comparing(operator, values)}}
        case _:
            assert_never(expression)


def _comparing(operator: Operator, values: Sequence[Value]) -> Mapping[str, Document]:
    return {"operator": operator.value, "values": [_value_document(value) for value in values]}


def _value_document(value: Value) -> Mapping[str, Document]:  # noqa: PLR0911 - one a kind
    match value:
        case Amount(number, currency):
            return {"amount": {"value": f"{number:f}", "currency": currency}}
        case Number(number):
            return {"number": f"{number:f}"}
        case Text(text):
            return {"text": text}
        case Flag(is_true):
            return {"flag": is_true}
        case Day(day):
            return {"day": day.isoformat()}
        case RelativeDay(days):
            return {"relativeDay": days}
        case Window(kind, days):
            return {"window": {"kind": kind.value} | ({} if kind is WindowKind.CURRENT_MONTH else {"days": days})}
        case _:
            assert_never(value)


def from_document(document: Document) -> Expression:
    """The expression that a document says. Raises RuleSyntaxError with the path of what is wrong, RuleTooLargeError beyond a limit."""
    found = _expression(document, ())
    require_size(found)
    return found


def _expression(document: Document, path: Path) -> Expression:
    if len(path) > 4 * MOST_DEPTH:
        raise RuleTooLargeError(f"the rule nests deeper than {MOST_DEPTH} levels")
    key, content = _only(document, path, of=_FORMS)
    return _FORMS[key](content, (*path, key))


def _only(document: Document, path: Path, *, of: Mapping[str, object]) -> tuple[str, Document]:
    """The one key of an object, which is one of some, and what it holds."""
    found = [(key, content) for key, content in _object(document, path).items() if content is not None]
    if len(found) != 1 or found[0][0] not in of:
        raise RuleSyntaxError(f"expected an object with just one of {', '.join(of)}", path=path, expected=list(of))
    return found[0]


def _object(document: Document, path: Path) -> Mapping[str, Document]:
    if not isinstance(document, Mapping):
        raise RuleSyntaxError("expected an object", path=path)
    return cast("Mapping[str, Document]", document)


def _list(document: Document, path: Path, *, most: int) -> Sequence[Document]:
    if not isinstance(document, list):
        raise RuleSyntaxError("expected a list", path=path)
    found = cast("list[Document]", document)
    if len(found) > most:
        raise RuleTooLargeError(f"a list of the rule holds {len(found)}; at most {most} are read")
    return found


def _members(document: Document, path: Path, *, required: str, optional: str = "") -> Mapping[str, Document]:
    """The members of an object that has these and no others; null is like none."""
    found = {name: content for name, content in _object(document, path).items() if content is not None}
    missing = [name for name in required.split() if name not in found]
    unknown = [name for name in found if name not in f"{required} {optional}".split()]
    if missing or unknown:
        what = f"{missing[0]!r} is missing" if missing else f"{unknown[0][:MOST_SHOWN]!r} is nothing that can stand here"
        raise RuleSyntaxError(what, path=path, expected=[*required.split(), *optional.split()])
    return found


def _parts(document: Document, path: Path) -> Sequence[Expression]:
    found = [_expression(part, (*path, number)) for number, part in enumerate(_list(document, path, most=MOST_PARTS))]
    if not found:
        raise RuleSyntaxError("expected at least one part", path=path)
    return found


def _always(document: Document, path: Path) -> Expression:
    if document is not True:
        raise RuleSyntaxError("expected true", path=path)
    return ALWAYS


def _compare(document: Document, path: Path) -> Expression:
    found = _members(document, path, required="field operator", optional="values")
    return Comparison(_field(found["field"], (*path, "field")), *_compared(found, path))


def _related(document: Document, path: Path) -> Expression:
    found = _members(document, path, required="quantifier relation condition")
    quantifier = _member(Quantifier, found["quantifier"], (*path, "quantifier"))
    return Related(quantifier, _relation(found["relation"], (*path, "relation")), _expression(found["condition"], (*path, "condition")))


def _total(document: Document, path: Path) -> Expression:
    found = _members(document, path, required="relation operator", optional="field condition values")
    relation = _relation(found["relation"], (*path, "relation"))
    field = None if "field" not in found else _field(found["field"], (*path, "field"))
    condition = None if "condition" not in found else _expression(found["condition"], (*path, "condition"))
    return Total(relation, field, condition, *_compared(found, path))


_FORMS: Mapping[str, Callable[[Document, Path], Expression]] = {
    "all": lambda content, path: all_of(_parts(content, path)),
    "any": lambda content, path: any_of(_parts(content, path)),
    "not": lambda content, path: Not(_expression(content, path)),
    "always": _always,
    "compare": _compare,
    "related": _related,
    "total": _total,
}


def _compared(found: Mapping[str, Document], path: Path) -> tuple[Operator, tuple[Value, ...]]:
    operator = _member(Operator, found["operator"], (*path, "operator"))
    given = _list(found.get("values", []), (*path, "values"), most=MOST_VALUES)
    values = [_value(value, (*path, "values", number)) for number, value in enumerate(given)]
    fewest, most = _HOW_MANY.get(operator, (1, 1))
    if len(values) < fewest or (most is not None and len(values) > most):
        wanted = "at least one value" if most is None else f"{fewest} value{'s' if fewest != 1 else ''}"
        raise RuleSyntaxError(f"{operator.value} takes {wanted}", path=(*path, "values"))
    if any(isinstance(value, Window) is not (operator is Operator.WITHIN) for value in values):
        raise RuleSyntaxError(f"a window stands with {Operator.WITHIN.value}, and only there", path=(*path, "values"))
    return operator, tuple(values)


_HOW_MANY: Mapping[Operator, tuple[int, int | None]] = {
    Operator.BETWEEN: (2, 2),
    Operator.INCLUDES: (1, None),
    Operator.EXCLUDES: (1, None),
    Operator.IS_SET: (0, 0),
    Operator.IS_NOT_SET: (0, 0),
}


def _field(document: Document, path: Path) -> str:
    name = _text(document, path)
    if not is_field(name):
        raise RuleSyntaxError(f"{name!r} is no field", path=path)
    return name


def _relation(document: Document, path: Path) -> str:
    name = _text(document, path)
    if name not in PLURALS:
        raise RuleSyntaxError(f"{name!r} is nothing that a rule can go through", path=path, expected=list(PLURALS))
    return name


def _member(kind: type[M], document: Document, path: Path) -> M:
    name = _text(document, path)
    if name not in kind.__members__:
        raise RuleSyntaxError(f"{name!r} is none of {', '.join(kind.__members__)}", path=path, expected=list(kind.__members__))
    return kind[name]


def _text(document: Document, path: Path) -> str:
    if not isinstance(document, str):
        raise RuleSyntaxError("expected a text", path=path)
    require_length(document)
    if _HALVES.search(document):
        raise RuleSyntaxError("a text holds half a character", path=path)
    return document


def _matching(pattern: re.Pattern[str], document: Document, path: Path, *, what: str) -> str:
    text = _text(document, path)
    if not pattern.fullmatch(text):
        raise RuleSyntaxError(f"{text!r} is no {what}", path=path)
    return text


def _value(document: Document, path: Path) -> Value:
    key, content = _only(document, path, of=_VALUES)
    return _VALUES[key](content, (*path, key))


def _decimal(document: Document, path: Path) -> Decimal:
    return Decimal(_matching(NUMBER, document, path, what="decimal number, as a text such as '500.00', of at most 30 digits before the point and 30 after it"))


def _amount(document: Document, path: Path) -> Value:
    found = _members(document, path, required="value currency")
    currency = _text(found["currency"], (*path, "currency"))
    if not is_currency(currency):
        raise RuleSyntaxError(f"{currency!r} is no currency: three capital letters, or {BASE}", path=(*path, "currency"))
    return Amount(_decimal(found["value"], (*path, "value")), currency)


def _flag(document: Document, path: Path) -> Value:
    if not isinstance(document, bool):
        raise RuleSyntaxError("expected true or false", path=path)
    return Flag(document)


def _day(document: Document, path: Path) -> Value:
    text = _matching(DAY, document, path, what="date such as 2026-03-31")
    try:
        return Day(date.fromisoformat(text))
    except ValueError:
        raise RuleSyntaxError(f"there is no day {text}", path=path) from None


def _days(document: Document, path: Path, *, fewest: int) -> int:
    if not isinstance(document, int) or isinstance(document, bool) or not fewest <= document <= MOST_DAYS:
        raise RuleSyntaxError(f"expected a whole number of days from {fewest} to {MOST_DAYS}", path=path)
    return document


def _window(document: Document, path: Path) -> Value:
    found = _members(document, path, required="kind", optional="days")
    kind = _member(WindowKind, found["kind"], (*path, "kind"))
    if (kind is WindowKind.CURRENT_MONTH) is ("days" in found):
        raise RuleSyntaxError("the last and next days have a number of days, a month has none", path=path)
    return Window(kind, _days(found["days"], (*path, "days"), fewest=0) if "days" in found else 0)


_VALUES: Mapping[str, Callable[[Document, Path], Value]] = {
    "amount": _amount,
    "number": lambda content, path: Number(_decimal(content, path)),
    "text": lambda content, path: Text(_text(content, path)),
    "flag": _flag,
    "day": _day,
    "relativeDay": lambda content, path: RelativeDay(_days(content, path, fewest=-MOST_DAYS)),
    "window": _window,
}
