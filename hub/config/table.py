"""One table of a settings file, read value by value; what does not fit becomes a problem and reads as absent."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from hub.config.freezing import frozen
from hub.config.keys import SETTING_KEYS
from hub.config.places import KeyPath
from hub.config.problems import Problems, nearest

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_KINDS: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    date: "a date such as 2026-01-31",
}


class Table:
    """A table at a place. `kind` is its entry in SETTING_KEYS; keys that are not there are problems at once."""

    def __init__(self, values: Mapping[str, Any], kind: str, *, path: KeyPath, problems: Problems) -> None:
        """Note the unknown keys."""
        self.path = path
        self.problems = problems
        self._values = values
        self._keys = SETTING_KEYS[kind]
        for key in values:
            if key not in self._keys:
                self.refuse(key, f"unknown key; {nearest(key, self._keys)}")

    def refuse(self, key: str, message: str) -> None:
        """Note what is wrong with the value of a key."""
        self.problems.add((*self.path, key), message)

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self._values

    def text(self, key: str) -> str | None:
        """A text that is not blank."""
        found = self._typed(key, str)
        if found is not None and not found.strip():
            self.refuse(key, "is empty")
            return None
        return found

    def required_text(self, key: str, *, example: str) -> str:
        """A text that must be there; empty text after a problem."""
        if not self.has(key):
            self.refuse(key, f"is missing; write for instance {key} = {example!r}")
        return self.text(key) or ""

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        found = self._typed(key, int)
        if found is None:
            return default
        if not least <= found <= most:
            self.refuse(key, f"{found} is not from {least} to {most}")
            return default
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        found = self._typed(key, bool)
        return default if found is None else found

    def day(self, key: str) -> date | None:
        """A date without a time."""
        return self._typed(key, date)

    def member(self, key: str, kind: type[E]) -> E | None:
        """A member of an enum, by name."""
        found = self.text(key)
        return None if found is None else self._member(found, kind, path=(*self.path, key))

    def members(self, key: str, kind: type[E]) -> tuple[E, ...] | None:
        """Members of an enum, by name, each once; None when the key is not written."""
        if not self.has(key):
            return None
        found = [self._member(text, kind, path=(*self.path, key)) for text in self.texts(key)]
        return tuple(member for member in found if member is not None)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none of them blank or there twice."""
        texts: list[str] = []
        for number, text in enumerate(self._elements(key)):
            if not isinstance(text, str) or not text.strip():
                self.problems.add((*self.path, key, number), "must be a text in quotes, not empty")
            elif text in texts:
                self.problems.add((*self.path, key, number), f"{text!r} stands in the list twice")
            else:
                texts.append(text)
        return tuple(texts)

    def table(self, key: str, kind: str) -> "Table":
        """The table below a key; an empty one when it is not written."""
        return Table(self._items(key), kind, path=(*self.path, key), problems=self.problems)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """The table below a key, whatever it holds, read-only; empty when it is not written."""
        return frozen(self._items(key))

    def named_tables(self, key: str, kind: str) -> "Iterator[tuple[str, Table]]":
        """The tables below a table of names, with their names."""
        for name, values in self._items(key).items():
            path = (*self.path, key, name)
            if isinstance(values, dict):
                yield name, Table(cast(dict[str, Any], values), kind, path=path, problems=self.problems)
            else:
                self.problems.add(path, f"must be a table: write [{key}.{name}]")

    def listed_tables(self, key: str, kind: str) -> "Iterator[Table]":
        """The tables of an array of tables, in the order of the file."""
        for number, values in enumerate(self._elements(key)):
            path = (*self.path, key, number)
            if isinstance(values, dict):
                yield Table(cast(dict[str, Any], values), kind, path=path, problems=self.problems)
            else:
                self.problems.add(path, f"must be a table: write [[{key}]]")

    def _member(self, text: str, kind: type[E], *, path: KeyPath) -> E | None:
        if text in kind.__members__:
            return kind[text]
        self.problems.add(path, f"unknown value {text!r}; {nearest(text, kind.__members__)}")
        return None

    def _items(self, key: str) -> dict[str, Any]:
        return cast(dict[str, Any], self._typed(key, dict) or {})

    def _elements(self, key: str) -> list[Any]:
        return cast(list[Any], self._typed(key, list) or [])

    def _typed(self, key: str, kind: type[T]) -> T | None:
        if key not in self._keys:
            message = f"{key} is not in SETTING_KEYS"
            raise KeyError(message)
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, kind) and not _is_another(value, kind):
            return value
        self.refuse(key, f"must be {_KINDS[kind]}")
        return None


def _is_another(value: object, kind: type) -> bool:
    """In Python a boolean is a whole number and an instant is a date; in a settings file neither is."""
    return (isinstance(value, bool) and kind is int) or (isinstance(value, datetime) and kind is date)
