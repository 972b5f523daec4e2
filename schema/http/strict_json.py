"""JSON from strangers: read whole or refused, with nothing in it that a database or an answer could choke on."""

import json
import math
import re
from collections import Counter
from typing import Any, cast

_STRINGS = re.compile(r'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)  # matches from any quote, also without an end: what fails is tried again at the next one
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StrictJsonError(ValueError):
    """The text is not JSON that the API takes; the message says what is wrong and where. The caller mends the request."""


def parse_strict(text: str, *, depth: int, number_length: int) -> Any:  # noqa: ANN401 - the JSON edge
    """The value of a JSON text.

    Refused with StrictJsonError, beside what is no JSON at all: arrays and objects nested deeper than `depth`, numbers longer than
    `number_length` characters or too large for a float, NaN and Infinity, the same key twice in one object, NUL and lone surrogates.
    """
    _refuse_deeper_than(depth, text)
    decoder = _decoder(number_length)
    try:
        value: Any = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    if _SUSPICIOUS_ESCAPE.search(text):
        refuse_unstorable(value)
    return value


def refuse_unstorable(value: Any) -> None:  # noqa: ANN401 - the JSON edge
    """Raise StrictJsonError when a string anywhere in the value has a character that no database or UTF-8 text can hold."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            if _UNSTORABLE.search(found):
                raise StrictJsonError("a text contains NUL or half of a surrogate pair")
        elif isinstance(found, dict):
            members = cast("dict[str, Any]", found)
            waiting.extend(members)
            waiting.extend(members.values())
        elif isinstance(found, list):
            waiting.extend(cast("list[Any]", found))


def _refuse_deeper_than(limit: int, text: str) -> None:
    """Before parsing, in time linear to the text: a parser that recurses would meet the end of its stack first."""
    if text.count("[") + text.count("{") <= limit:
        return
    depth = 0
    for bracket in _NO_BRACKETS.sub("", _STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limit:
            raise StrictJsonError(f"nested deeper than {limit}")


def _decoder(number_length: int) -> json.JSONDecoder:
    def integer(text: str) -> int:
        _refuse_long(text)
        return int(text)

    def decimal(text: str) -> float:
        _refuse_long(text)
        number = float(text)
        if not math.isfinite(number):
            raise StrictJsonError(f"the number {text} is too large")
        return number

    def _refuse_long(text: str) -> None:
        if len(text) > number_length:
            raise StrictJsonError(f"a number has {len(text)} characters; {number_length} at most")

    return json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_int=integer, parse_float=decimal, parse_constant=_refuse_constant)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise StrictJsonError(f"the key {twice[:50]!r} appears twice in one object")
    return found


def _refuse_constant(name: str) -> float:
    raise StrictJsonError(f"{name} is no JSON")
