"""Cells as texts, booleans, whole numbers and choices of a vocabulary."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from connectors.files.findings import CellError

_TRUE = frozenset({"true", "yes", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "n", "f", "0"})
_INTEGER_DIGITS = 15
CONTROL = re.compile(r"[\x00\ud800-\udfff]")


def read_text(value: object, limit: int | None) -> str:
    """A cell as text; `limit` is the longest that the hub keeps (None: any length). Raises CellError."""
    text = value if isinstance(value, str) else typed_text(value)
    if limit is not None and len(text) > limit:
        raise CellError(f"the text has {len(text)} characters; {limit} at most")
    if not text.isascii() and CONTROL.search(text):
        raise CellError("the text has characters that no database keeps")
    if "\0" in text:
        raise CellError("the text has a NUL character")
    return text


def text_reader(limit: int | None) -> Callable[[object], str]:
    """A function that reads a cell as text of at most `limit` characters (None: any length)."""
    if limit is None:
        return lambda value: read_text(value, None)

    def read(value: object) -> str:
        if isinstance(value, str) and len(value) <= limit and value.isprintable():
            return value
        return read_text(value, limit)

    return read


def typed_text(value: object) -> str:
    """A cell that is no text, as text; numbers with the 15 digits that a spreadsheet keeps. Raises CellError for a list or an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(format(value, ".15g")), "f")
    raise CellError(f"{type(value).__name__} is no text: name a path that leads to one value")


def read_boolean(value: object) -> bool:
    """A cell as a boolean: true, yes, y, t, 1 and their opposites, in any case. Raises CellError for any other word."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise CellError(f"{value!r} is neither yes nor no: declare what it means with `map`")


def read_integer(value: object) -> int:
    """A cell as a whole number. Raises CellError."""
    text = str(value)
    body = text.removeprefix("-")
    if isinstance(value, bool) or not (body.isdigit() and body.isascii() and len(body) <= _INTEGER_DIGITS):
        raise CellError(f"{value!r} is not a whole number")
    return int(text)


def choice_reader(choices: type[StrEnum]) -> Callable[[object], StrEnum]:
    """A function that reads a cell as a member of a vocabulary: its name in any case, with blanks or hyphens for underscores."""
    members = dict(choices.__members__)
    known = ", ".join(members)

    def read(value: object) -> StrEnum:
        word = str(value).upper().replace(" ", "_").replace("-", "_")
        found = members.get(word)
        if found is None:
            raise CellError(f"{value!r} is none of {known}: declare what it means with `map`")
        return found

    return read
