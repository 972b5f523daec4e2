"""Texts as both databases keep them: what is no valid Unicode, or a NUL, is shown by a mark."""

import json
import re
from typing import Any

import msgspec
import orjson

_MARK = "\ufffd"
_NUL_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The escape of a NUL in JSON, and not a text that only looks like it after an escaped backslash."""


NUL = b"\\u0000"
"""What a JSON form that holds a NUL has in it; nearly none has, and `has_nul` tells for certain."""


def clean(text: str, limit: int | None = None) -> str:
    """A text that can be kept, shortened to `limit` characters."""
    return text.encode(errors="replace").decode().replace("\x00", _MARK)[:limit]


def clean_or_none(text: str | None, limit: int | None = None) -> str | None:
    """The same where there may be none."""
    return None if text is None else clean(text, limit)


def has_nul(encoded: bytes) -> bool:
    """Whether a JSON form holds a NUL."""
    return _NUL_ESCAPE.search(encoded.decode()) is not None


def clean_json(encoded: bytes) -> str:
    """A JSON form as text that can be kept."""
    return _NUL_ESCAPE.sub(rf"\1{_MARK}", clean(encoded.decode(errors="replace")))


def raw_json(value: Any) -> str | None:  # noqa: ANN401 - a payload as it came
    """A payload as JSON text, whatever is in it; None for none."""
    if value is None:
        return None
    try:
        return clean_json(orjson.dumps(msgspec.to_builtins(value), default=str))
    except (TypeError, ValueError, RecursionError):
        pass
    try:
        return clean_json(json.dumps(value, default=str, ensure_ascii=False, skipkeys=True).encode(errors="replace"))
    except (TypeError, ValueError, RecursionError):
        return clean_json(json.dumps(repr(value), ensure_ascii=False).encode(errors="replace"))
