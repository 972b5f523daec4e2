"""A file that is being written: its lines, how much there is of them, and a digest of them all."""

import hashlib
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson

from hub.exports import spreadsheet
from hub.plugins.exporter import ExportColumn, ExportQuery, Objects
from hub.vocabulary import ExportFormat

_OWNER_ONLY = 0o600


class Digest(Protocol):
    """What is fed bytes and tells them from others in the end."""

    def update(self, content: bytes, /) -> None:
        """Feed some bytes."""
        ...

    def hexdigest(self) -> str:
        """The digest of all of them, as text."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """How objects are written: what comes first, and the lines of some objects."""

    start: str
    lines: Callable[[Objects], bytes]


def form_of(kind: ExportFormat, query: ExportQuery) -> Form:
    """The form of a query's objects. Raises RequestError for what has no place in a table, where it is one."""
    if kind is ExportFormat.JSONL:
        return Form("", _json_lines)
    columns = query.columns()
    return Form(spreadsheet.BYTE_ORDER_MARK + spreadsheet.heading(columns), lambda objects: _rows(columns, objects))


def _json_lines(objects: Objects) -> bytes:
    return b"".join(orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE) for shown in objects)


def _rows(columns: Sequence[ExportColumn], objects: Objects) -> bytes:
    return "".join(spreadsheet.row(columns, shown) for shown in objects).encode()


@dataclass(slots=True)
class Draft:
    """An unfinished file. Nobody is given it before it is whole, on the disk, and under its name."""

    path: Path
    form: Form
    file: BinaryIO
    object_count: int = 0
    byte_size: int = 0
    _digest: Digest = field(default_factory=hashlib.sha256)

    def add(self, objects: Objects) -> None:
        """Write the lines of some objects."""
        self._write(self.form.lines(objects))
        self.object_count += len(objects)

    def begin(self) -> None:
        """Write what comes before the first object."""
        self._write(self.form.start.encode())

    def finish(self, path: Path) -> str:
        """Have it on the disk whole, then give it its name; returns the SHA-256 of what is in it, as text."""
        self.settle()
        self.path.replace(path)
        sync_folder(path.parent)
        return self.digest

    def settle(self) -> None:
        """Have all of it on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, as text."""
        return self._digest.hexdigest()

    def _write(self, content: bytes) -> None:
        self.file.write(content)
        self._digest.update(content)
        self.byte_size += len(content)


@contextmanager
def drafted(path: Path, form: Form) -> Generator[Draft]:
    """A new file that only its owner can read, with what comes first; it is gone in the end, unless it was given its name."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            draft = Draft(path, form, file)
            draft.begin()
            yield draft
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
