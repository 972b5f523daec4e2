"""From the input of a mutation to what its command is called with, and to what the audit log tells of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from types import NoneType
from typing import Any, cast

from hub.commands.command import UnreadItem
from hub.errors import InputProblem, InputRefusedError
from hub.money import AmountError, CurrencyError, Money, to_minor
from hub.vocabulary import UserErrorCode
from schema.ids import decode_id
from schema.meanings import MEANINGS
from schema.mutation.declaring import KEY, REASON, InputField, Mutation, RowId
from schema.plan.filters import plain
from schema.plan.text import is_storable, storable

NO_ROW = 0
"""The key for an id of another type in a list: it leads to no row, as one that is unknown."""

_HIDDEN = "hidden"
_PLAIN = frozenset({NoneType, bool, int, Decimal, date, datetime})
_TEXTS = frozenset({"String", "URL", "CurrencyCode"})
_WORDS: Mapping[str, type[StrEnum]] = {kind.__name__: kind for kind in MEANINGS}

Path = tuple[str, ...]
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadInput:
    """An input, read. `values` are the arguments of the command; `told` is what the audit log tells."""

    values: Given
    told: Given
    key: str | None
    reason: str | None


def read_input(mutation: Mutation, given: Given, path: Path) -> ReadInput:
    """Read a coerced input; `path` is where it stands in the operation.

    Raises InputRefusedError for a value that no command can be called with, RequestError for what is no id or cannot be stored.
    """
    place = _Place(path, ())
    values = _fields(mutation.input, {name: value for name, value in given.items() if name in mutation.input}, place)
    key, reason = (_value(mutation.fields[name], given.get(name), place.at(name)) for name in (KEY, REASON))
    return ReadInput(values, _told(mutation.input, given), key, reason)


@cache
def snake_case(name: str) -> str:
    """`expiresAt` as an argument of a command: `expires_at`."""
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: `path` below the input, `above` down to the input."""

    above: Path
    path: Path

    def at(self, name: str) -> "_Place":
        return _Place(self.above, (*self.path, name))

    @property
    def whole(self) -> Path:
        return (*self.above, *self.path)

    def refusal(self, message: str, code: UserErrorCode = UserErrorCode.INVALID) -> InputRefusedError:
        return InputRefusedError([InputProblem(self.path, message, code)])


def _fields(declared: Mapping[str, InputField], given: Given, place: _Place) -> dict[str, Any]:
    return {snake_case(name): value if _is_plain(declared[name], value) else _value(declared[name], value, place.at(name)) for name, value in given.items()}


def _is_plain(declared: InputField, value: object) -> bool:
    """Whether a value is handed on as it is; most are, and their place need not be known."""
    return type(value) in _PLAIN or (type(value) is str and _named(declared.type) in _TEXTS and is_storable(value))


@cache
def _named(type_text: str) -> str:
    return type_text.strip("[]!")


def _value(declared: InputField, value: Any, place: _Place, *, in_list: bool = False) -> Any:  # noqa: ANN401 - any value of an input
    if value is None:
        return None
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if declared.at_most is not None and len(items) > declared.at_most:
            raise place.refusal(f"{len(items)} are too many: {declared.at_most} at most")
        read = _apart if declared.is_each_apart else partial(_value, in_list=True)
        return [read(declared, item, place.at(str(number))) for number, item in enumerate(items)]
    return _single(declared, value, place, in_list=in_list)


def _apart(declared: InputField, item: Any, place: _Place) -> Any:  # noqa: ANN401 - the same
    try:
        return _single(declared, item, place, in_list=True)
    except InputRefusedError as error:
        return UnreadItem(item, error.problems)


def _single(declared: InputField, value: Any, place: _Place, *, in_list: bool) -> Any:  # noqa: ANN401 - the same
    name = _named(declared.type)
    if name == "ID":
        return _row(declared, value, place, in_list=in_list)
    if name == "MoneyInput":
        return _money(value, place)
    if name in _WORDS:
        return _WORDS[name](plain(value))
    if declared.of is not None:
        return _fields(declared.of.fields, value, place)
    _require_storable(value, place.whole)
    return value


def _require_storable(value: object, path: Path) -> None:
    """Raise RequestError for a text, however deep it stands in a value, that no database can hold."""
    match value:
        case str():
            storable(value, path)
        case Mapping():
            for name, inner in cast("Mapping[str, object]", value).items():
                _require_storable(inner, (*path, name))
        case list():
            for number, inner in enumerate(cast("list[object]", value)):
                _require_storable(inner, (*path, str(number)))
        case _:
            pass


def _row(declared: InputField, text: str, place: _Place, *, in_list: bool) -> int | RowId:
    found, key = decode_id(text, place.whole)
    if declared.any_row:
        if found in declared.any_row:
            return RowId(found, key)
        raise place.refusal(f"this is no id of one of these: {', '.join(declared.any_row)}", UserErrorCode.NOT_FOUND)
    if found == declared.row:
        return key
    if in_list:
        return NO_ROW
    raise place.refusal(f"this is no id of a {declared.row}", UserErrorCode.NOT_FOUND)


def _money(given: Given, place: _Place) -> Money:
    try:
        parsed = to_minor(given["amount"], given["currency"])
    except CurrencyError as error:
        raise place.at("currency").refusal(str(error)) from error
    except AmountError as error:
        raise place.at("amount").refusal(str(error)) from error
    if parsed.rounded:
        raise place.at("amount").refusal(f"{given['amount']} has more decimals than {given['currency']}")
    return Money(parsed.amount_minor, given["currency"])


def _told(declared: Mapping[str, InputField], given: Given) -> dict[str, Any]:
    return {name: _told_value(declared[name], value) for name, value in given.items() if name in declared}


def _told_value(declared: InputField, value: Any) -> Any:  # noqa: ANN401 - any value of an input
    if declared.is_only_counted and isinstance(value, list):
        return {"count": len(cast("list[Any]", value))}
    if declared.is_secret and value is not None:
        return _HIDDEN
    if isinstance(value, list):
        return [_told_value(declared, item) for item in cast("list[Any]", value)]
    return _told(declared.of.fields, value) if declared.of is not None and value is not None else value
