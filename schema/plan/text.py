"""Text in statements: prefixes that an index serves, parts, and what the databases can store."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from hub.errors import RequestError

_LAST_CHARACTER = chr(0x10FFFF)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class ByteOrder(GenericFunction[str]):
    """A text in the order of its code points, the same on both databases; SQLite has no other order."""

    type = sa.String()
    inherit_cache = True
    name = "byte_order"


@compiles(ByteOrder, "sqlite")
def _byte_order_sqlite(element: ByteOrder, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own options
    return compiler.process(element.clauses, **options)


@compiles(ByteOrder, "postgresql")
def _byte_order_postgresql(element: ByteOrder, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


def byte_order(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text in the order of its code points."""
    return ByteOrder(expression)


def folded(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text without case; on SQLite of ASCII letters only."""
    return sa.func.lower(expression)


def starts_with(expression: sa.ColumnElement[Any], prefix: str) -> sa.ColumnElement[bool]:
    """Whether a text starts with a prefix, as a range that an index in the order of code points serves."""
    if not prefix:
        return expression.is_not(None)
    ordered = byte_order(expression)
    return sa.and_(ordered >= prefix, ordered < prefix + _LAST_CHARACTER)


def contains(expression: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[bool]:
    """Whether a text has a part; `%` and `_` stand for themselves."""
    return expression.contains(part, autoescape=True)


def is_storable(text: str) -> bool:
    """Whether both databases can hold a text."""
    return _UNSTORABLE.search(text) is None


def storable(text: str, path: tuple[str, ...]) -> str:
    """The text as it is. Raises RequestError, naming `path`, for what no database can hold: NUL and halves of surrogate pairs."""
    if not is_storable(text):
        message = "The text has a character that cannot be stored."
        raise RequestError(message, path=path)
    return text
