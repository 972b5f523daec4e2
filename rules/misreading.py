"""A text that is no rule, explained: where it stops being one, what could stand there, and what was probably meant."""

import re
from collections.abc import Mapping, Sequence
from typing import cast

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from rules.errors import RuleSyntaxError

_MEANINGS: Mapping[str, str] = {
    "NAME": "a name",
    "NUMBER": "a number",
    "CURRENCY": "a currency such as USD",
    "QUOTED": 'a text in "quotes"',
    "DATE": "a date such as 2026-03-31",
    "SHIFT": "days from today such as -30d",
    "SIGN": "<, <=, >, >=, = or !=",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "DAY_COUNT": "days such as 30d",
    "PLUS_OR_MINUS": "+ or -",
    "$END": "the end",
}
_ORDER = {name: number for number, name in enumerate(_MEANINGS)}
_BUCKET = re.compile(r"\[(\d+)(?:-(\d+)|\+)\]")
"""A bucket of days as settings and reports write it."""

_PARTED = re.compile(r"[0-9](?: +[0-9]{3}|[.,'’][0-9])")
"""Two digits with something between them that parts thousands, or decimals, for people."""

_SEVERAL_PARTS = re.compile(r"[+-]?[0-9]+(?:[.,'’][0-9]+)+")
_UNSEPARATED = "amounts are written without separators, with a point before the decimals: 1000.00"


def explain_misreading(error: UnexpectedInput, text: str) -> RuleSyntaxError:
    """What the writer of a text is told when it cannot be read, with its place."""
    if isinstance(error, UnexpectedToken):
        return _unexpected_word(error, text)
    line = text.split("\n")[error.line - 1]
    before, rest = line[: error.column - 1], line[error.column - 1 :]
    several = _SEVERAL_PARTS.match(rest)
    if several is not None:
        message = f"{several[0]!r} is no number; {_UNSEPARATED}"
    else:
        hint = f"; {_UNSEPARATED}" if _parts_digits(before, rest) else _hint(rest)
        message = f"{rest[:1]!r} is nothing that a rule can hold{hint}"
    return RuleSyntaxError(message, line=error.line, column=error.column)


def listed(words: Sequence[str]) -> str:
    """Some words with commas and, before the last, `or`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _unexpected_word(error: UnexpectedToken, text: str) -> RuleSyntaxError:
    names = sorted(_accepted(error), key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    expected = [_MEANINGS.get(name, repr(name.lower())) for name in names]
    token = cast("Token", error.token)
    lines = text.split("\n")
    if token.type == "$END":
        message = f"the rule ends here; expected {listed(expected)}"
        return RuleSyntaxError(message, line=len(lines), column=len(lines[-1]) + 1, expected=expected)
    line = lines[error.line - 1]
    is_separator = token.type in {"COMMA", "NUMBER"} and _parts_digits(line[: error.column - 1], line[error.column - 1 :])
    hint = f"; {_UNSEPARATED}" if is_separator else ""
    return RuleSyntaxError(f"{token.value!r} cannot stand here; expected {listed(expected)}{hint}", line=error.line, column=error.column, expected=expected)


def _parts_digits(before: str, rest: str) -> bool:
    """Whether what cannot be read parts the digits of one number, as in `1,000.00`, `1'000` and `1 000`."""
    return _PARTED.match(before.rstrip()[-1:] + before[len(before.rstrip()) :] + rest) is not None


def _hint(rest: str) -> str:
    """What was probably meant by a text that begins with a character which no rule has."""
    if rest[:1] in "\"'“”„«»":
        return '; texts stand between straight quotes, as in "Ana"'
    bucket = _BUCKET.match(rest)
    return "" if bucket is None else f"; a bucket of days is written with two dots: [{bucket[1]}..{bucket[2] or ''}]"


def _accepted(error: UnexpectedToken) -> set[str]:
    """What could stand there. After a number, a name and the word `all` are currencies."""
    names = set(error.accepts or error.expected)
    return names - {"NAME", "ALL"} | {"CURRENCY"} if "BASE" in names else names
