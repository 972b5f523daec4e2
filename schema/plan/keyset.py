"""Keyset paging: where a page starts and ends, as values of its order keys, and the predicates that follow from them.

A cursor carries the values of the order keys of one row and a digest of the list that it belongs to (type, order, filter, day,
parent), so that it cannot be used for another list.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
import sqlalchemy as sa

from hub.errors import RequestError

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order. `nulls_first` says where rows without a value go; it means nothing where `is_nullable` is false.

    `join` and `tie` are those of the order that the key comes from: where the key has a value, the joined row is there, and `tie` equals the row's key.
    """

    expression: sa.ColumnElement[Any]
    is_descending: bool = False
    is_nullable: bool = False
    nulls_first: bool = False
    join: str | None = None
    tie: sa.ColumnElement[Any] | None = None

    def reversed(self) -> "Key":
        """The same key, read backwards."""
        return replace(self, is_descending=not self.is_descending, nulls_first=not self.nulls_first)

    def sorting(self) -> sa.ColumnElement[Any]:
        """The key in an ORDER BY."""
        directed = self.expression.desc() if self.is_descending else self.expression.asc()
        if not self.is_nullable:
            return directed
        return directed.nulls_first() if self.nulls_first else directed.nulls_last()

    def bound(self, value: object) -> sa.ColumnElement[Any]:
        """A value of this key as a bound parameter."""
        return sa.literal(value, self.expression.type)


def after(keys: Sequence[Key], values: Values) -> sa.ColumnElement[bool]:
    """The rows that come after the one with these values, in the order of the keys."""
    first = keys[0]
    if all(not key.is_nullable and key.is_descending == first.is_descending for key in keys):
        row = sa.tuple_(*(key.expression for key in keys))
        bounds = sa.tuple_(*(key.bound(value) for key, value in zip(keys, values, strict=True)))
        return row < bounds if first.is_descending else row > bounds
    alternatives: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for key, value in zip(keys, values, strict=True):
        alternatives.append(sa.and_(*equal, _strictly_after(key, value)))
        equal.append(key.expression.is_(None) if value is None else key.expression == key.bound(value))
    return sa.or_(*alternatives)


def before(keys: Sequence[Key], values: Values) -> sa.ColumnElement[bool]:
    """The rows that come before the one with these values."""
    return after([key.reversed() for key in keys], values)


def _strictly_after(key: Key, value: object) -> sa.ColumnElement[bool]:
    if value is None:
        return key.expression.is_not(None) if key.nulls_first else sa.false()
    bound = key.bound(value)
    beyond = key.expression < bound if key.is_descending else key.expression > bound
    return sa.or_(beyond, key.expression.is_(None)) if key.is_nullable and not key.nulls_first else beyond


# --- cursors --------------------------------------------------------------------------------------


def list_digest(*parts: object) -> str:
    """A short digest of what makes a list this list; the parts must be made of plain values."""
    return blake2b(orjson.dumps(parts, default=str), digest_size=6).hexdigest()


def encode_cursor(digest: str, values: Sequence[object]) -> str:
    """The cursor of a row with these order values."""
    return urlsafe_b64encode(orjson.dumps([digest, *values], default=str)).decode().rstrip("=")


def decode_cursor(text: str, digest: str, keys: Sequence[Key], *, path: tuple[str, ...]) -> Values:
    """The order values of a cursor. Raises RequestError, naming `path`, for a broken cursor and for one of another list."""
    try:
        content = orjson.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        found, *values = content
        decoded = tuple(_decode_value(value, key) for value, key in zip(values, keys, strict=True)) if found == digest else None
    except (ValueError, TypeError):  # base64, UTF-8 and JSON errors are ValueErrors
        message = "This is no cursor: send one as `cursor`, `startCursor` or `endCursor` gave it."
        raise RequestError(message, path=path) from None
    if decoded is None:
        message = "This cursor belongs to a list with another order or filter: start again without a cursor."
        raise RequestError(message, path=path)
    return decoded


def _decode_value(value: object, key: Key) -> object:
    """A cursor's JSON value as the type of its key; ValueError or TypeError when it cannot be one."""
    if value is None:
        if key.is_nullable:
            return None
        message = "null for a key that has no nulls"
        raise ValueError(message)
    kind = key.expression.type
    expected = kind.impl_instance.python_type if isinstance(kind, sa.types.TypeDecorator) else kind.python_type
    if expected is datetime and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if expected is date and isinstance(value, str):
        return date.fromisoformat(value)
    if expected is Decimal and isinstance(value, str):
        return Decimal(value)
    if expected is float and isinstance(value, int | float):
        return float(value)
    if isinstance(value, bool) is (expected is bool) and isinstance(value, expected):
        return value
    message = f"{value!r} is not of type {expected}"
    raise TypeError(message)
