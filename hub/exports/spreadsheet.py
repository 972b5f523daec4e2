"""Rows of CSV by RFC 4180 that no spreadsheet takes for formulas. Values in, text out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from hub.plugins.exporter import ExportColumn

BYTE_ORDER_MARK = "\ufeff"
"""How a file of CSV begins: without it, Excel takes UTF-8 for another encoding. JSON Lines are for programs that would stumble over it."""

_END = "\r\n"
_FORMULA_STARTS = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
"""With these a spreadsheet begins a formula; the last four are the full-width forms of the first four."""

_INNER_START = re.compile("([;\t\r\n])([=+\\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_NEEDS_QUOTES = re.compile(r'[",\r\n\0]|^[ \t]|[ \t]$')


def heading(columns: Sequence[ExportColumn]) -> str:
    """The first row."""
    return ",".join(text_cell(column.title) for column in columns) + _END


def row(columns: Sequence[ExportColumn], shown: Mapping[str, Any]) -> str:
    """The row of one object."""
    return ",".join(cell(_value_at(column.path, shown), is_number=column.is_number) for column in columns) + _END


def cell(value: Any, *, is_number: bool) -> str:  # noqa: ANN401 - what JSON holds
    """One cell: a missing value is nothing, an empty text is in quotes, a list is JSON. Numbers, and nothing but numbers, stay as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if is_number and _NUMBER.fullmatch(text):
        return text
    return text_cell(text)


def text_cell(text: str) -> str:
    """A text: with an apostrophe before it where it would be a formula, and in quotes where it needs them.

    So too within it, where a spreadsheet that separates by semicolons or tabs would begin a cell of its own.
    """
    safe = _INNER_START.sub(r"\1'\2", f"'{text}" if text[:1] in _FORMULA_STARTS else text)
    if not safe or _NEEDS_QUOTES.search(safe):
        return '"' + safe.replace('"', '""') + '"'
    return safe


def _value_at(path: Sequence[str], shown: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
    """The value at the end of a path; None where an object on the way is missing."""
    found: Any = shown
    for key in path:
        if found is None:
            return None
        found = found[key]
    return found
