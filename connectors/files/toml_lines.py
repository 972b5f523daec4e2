"""Where the keys of a TOML text stand, so that an error can name the line; the standard parser does not tell."""

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_LINE = re.compile(rf"\s*(?:\[\[\s*(?P<array>{_DOTTED})\s*\]\]|\[\s*(?P<table>{_DOTTED})\s*\]|(?P<key>{_DOTTED})\s*=(?P<value>.*))")
_LONG_QUOTES = ('"""', "'''")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table and every key outside inline tables, by its path: `("parts", 0, "record")`."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    open_quote: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if open_quote:
            open_quote = None if open_quote in line else open_quote
            continue
        match = _LINE.match(line)
        if not match:
            continue
        if match["key"]:
            found.setdefault(table + _split(match["key"]), number)
            open_quote = next((quote for quote in _LONG_QUOTES if match["value"].count(quote) == 1), None)
        else:
            table = _table(_split(match["array"] or match["table"]), counts, is_array=bool(match["array"]))
            found.setdefault(table, number)
    return found


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """The line of a key, or of the nearest thing around it that has one. None when the text does not have it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def dotted(path: KeyPath) -> str:
    """A path for people: `parts[0].fields.total`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _table(names: KeyPath, counts: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    """The path of a table header, with the present index after every name that is an array of tables."""
    path: KeyPath = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if is_array and position == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _split(key: str) -> KeyPath:
    return tuple(word.strip("\"'") for word in re.findall(_WORD, key))
