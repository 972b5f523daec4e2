"""Where each setting stands: the line of every key of a TOML file, which the standard parser does not tell."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of tables and, from 0, positions in arrays."""


@dataclass(frozen=True, slots=True)
class SettingsPlaces:
    """The lines of a settings file. `file` None: the settings were not read from a file."""

    file: Path | None = None
    lines: Mapping[KeyPath, int] = field(default_factory=lambda: MappingProxyType({}))

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, from 1; that of the nearest table around it where the key itself is not written; None without either."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def of(self, *path: str | int) -> str:
        """The place of a key for people: `plugins.toml line 12, connections.erp.connector`."""
        line = self.line(path)
        file = "settings" if self.file is None else self.file.name
        return f"{file}{'' if line is None else f' line {line}'}{', ' if path else ''}{dotted(path)}"


def dotted(path: KeyPath) -> str:
    """A key path as it is written in TOML, array positions in brackets from 1: `plugins[2].module`."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def locate_keys(text: str) -> Mapping[KeyPath, int]:
    """The line, from 1, of every key, table and array element of a TOML document that `tomllib` accepts.

    A key that several headers extend has the line where it stands first.
    """
    scanner = _Scanner(text)
    scanner.document()
    return MappingProxyType(scanner.lines)


class _Scanner:
    """Walks valid TOML and notes where keys stand; what they mean is the parser's business."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._position = 0
        self._table: KeyPath = ()
        self._elements: dict[KeyPath, int] = {}
        self._line_starts = [0, *(position + 1 for position, character in enumerate(text) if character == "\n")]

    def document(self) -> None:
        self._skip_blank()
        while self._position < len(self._text):
            if self._peek() == "[":
                self._header()
            else:
                self._pair(self._table)
            self._skip_blank()

    def _header(self) -> None:
        is_element = self._text.startswith("[[", self._position)
        self._position += 2 if is_element else 1
        parts = self._key()
        self._position += 2 if is_element else 1
        path: KeyPath = ()
        for part in parts[:-1]:
            path = self._inside((*path, part))
        path = (*path, parts[-1])
        if is_element:
            self._note(path)
            self._elements[path] = self._elements.get(path, -1) + 1
        self._table = self._inside(path)
        self._note(self._table)

    def _inside(self, path: KeyPath) -> KeyPath:
        """Headers below an array of tables mean its last element."""
        self._note(path)
        return (*path, self._elements[path]) if path in self._elements else path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path)
        self._position += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip_blank()
            start = self._position
            if self._peek() in "\"'":
                self._string()
                parts.append(str(tomllib.loads(f"key = {self._text[start : self._position]}")["key"]))
            else:
                while self._peek().isalnum() or self._peek() in ("-", "_"):
                    self._position += 1
                parts.append(self._text[start : self._position])
            self._skip_blank()
            if self._peek() != ".":
                return parts
            self._position += 1

    def _value(self, path: KeyPath) -> None:
        match self._peek():
            case '"' | "'":
                self._string()
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                while self._peek() not in ("", ",", "]", "}", "\n", "#"):
                    self._position += 1

    def _array(self, path: KeyPath) -> None:
        for number in self._items("]"):
            self._note((*path, number))
            self._value((*path, number))

    def _inline_table(self, path: KeyPath) -> None:
        for _ in self._items("}"):
            self._pair(path)

    def _items(self, end: str) -> Iterator[int]:
        self._position += 1
        self._skip_blank()
        number = 0
        while self._peek() != end:
            yield number
            number += 1
            self._skip_blank()
            if self._peek() == ",":
                self._position += 1
                self._skip_blank()
        self._position += 1

    def _string(self) -> None:
        quote = self._peek()
        mark = quote * 3 if self._text.startswith(quote * 3, self._position) else quote
        self._position += len(mark)
        while not self._text.startswith(mark, self._position):
            self._position += 2 if quote == '"' and self._peek() == "\\" else 1
        self._position += len(mark)
        while len(mark) > 1 and self._peek() == quote:  # up to two quotes may stand before the closing three
            self._position += 1

    def _skip_blank(self) -> None:
        while self._peek() in (" ", "\t", "\r", "\n", "#"):
            if self._peek() == "#":
                end = self._text.find("\n", self._position)
                self._position = len(self._text) if end < 0 else end
            else:
                self._position += 1

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, bisect_right(self._line_starts, self._position))
