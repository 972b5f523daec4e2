"""What payloads look like: which fields they have, of which JSON types, counted over a sample at little cost.

Most payloads of a stream look alike, so payloads are counted by their shape (field names and types in order), and shapes are taken
apart into fields only when somebody asks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import NoneType
from typing import Any, cast

from hub.sync.texts import clean

_MOST_SHAPES = 500
"""Payloads used as maps have ever new shapes: from so many on they are taken apart at once, so that memory stays bounded."""
_MOST_PATHS = 500
_PATH_LENGTH = 300

NULL = "null"
_JSON_TYPES: Mapping[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    NoneType: NULL,
    dict: "object",
    list: "list",
    tuple: "list",
}

Payload = Mapping[str, Any]
_Shape = tuple[tuple[str, ...], tuple[type, ...]]


@dataclass(slots=True)
class FieldSeen:
    """One field in a sample: how many payloads had it, with null included, and the JSON types of its values."""

    count: int = 0
    types: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Shapes:
    """The payloads of one stream that were looked at; fields of objects inside them stand under the object's name."""

    sampled_count: int = 0
    _shapes: Counter[tuple[str, _Shape]] = field(default_factory=Counter[tuple[str, _Shape]])
    _fields: dict[str, FieldSeen] = field(default_factory=dict[str, FieldSeen])

    def fields(self) -> Mapping[str, FieldSeen]:
        """The fields of one or two levels, by dotted path; at most so many that payloads used as maps cannot flood the table."""
        self._take_apart()
        return self._fields

    def add(self, payload: Payload) -> None:
        """Count a payload."""
        self.sampled_count += 1
        kinds = tuple(map(type, payload.values()))
        self._shapes["", (tuple(payload), kinds)] += 1
        if dict in kinds:
            for name, value in payload.items():
                if type(value) is dict:
                    inner = cast("Payload", value)
                    self._shapes[name, (tuple(inner), tuple(map(type, inner.values())))] += 1
        if len(self._shapes) > _MOST_SHAPES:
            self._take_apart()

    def _take_apart(self) -> None:
        for (parent, (names, kinds)), count in self._shapes.items():
            for name, kind in zip(names, kinds, strict=True):
                path = clean(f"{parent}.{name}" if parent else name)
                if path not in self._fields and (len(self._fields) >= _MOST_PATHS or len(path) > _PATH_LENGTH):
                    continue
                seen = self._fields.setdefault(path, FieldSeen())
                seen.count += count
                seen.types.add(_JSON_TYPES.get(kind, "text"))
        self._shapes.clear()
