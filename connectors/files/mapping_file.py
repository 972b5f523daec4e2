"""Loads a mapping from TOML and checks it: every problem names file, line and key, and the nearest known name."""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

import msgspec

from connectors.files.mapping_checks import cell_problems, file_problems, part_problems
from connectors.files.mapping_model import (
    Cell,
    CellTable,
    Condition,
    FileMapping,
    FileTable,
    ItemsPart,
    ItemsTable,
    OrderTable,
    Part,
    PartTable,
    WhenTable,
)
from connectors.files.record_fields import RECORDS, FieldKind, RecordField, RecordShape
from hub.plugins import ConfigurationError, KeyPath, SettingsPlaces, dotted, locate_keys

_LONGEST_SENT = 64_000
_MOST_DOTS = 100
_MOST_PROBLEMS = 50
_MENTIONED = frozenset({"customer", "contact"})
_Table = TypeVar("_Table", bound=msgspec.Struct)


class MappingError(ConfigurationError):
    """A mapping cannot be used; `problems` are all of them, each with its place. Mend the mapping."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load_mapping(path: Path) -> FileMapping:
    """Read and check a mapping file. Raises MappingError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError([f"the mapping {path} cannot be read: {error}"]) from error
    return parse_mapping(text, file_name=path.name)


def parse_sent_mapping(text: str, *, file_name: str) -> FileMapping:
    """The same for a mapping that somebody sent: it may not be made to keep this process busy. Raises MappingError.

    Its size, the dots of its keys and its problems are bounded, and it has no pattern for names of files: whoever sends a file
    says with it where it stands.
    """
    if len(text) > _LONGEST_SENT:
        raise MappingError([f"{file_name} has {len(text):,} characters: a mapping that is sent has at most {_LONGEST_SENT:,}"])
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") > _MOST_DOTS:
            raise MappingError([f"{file_name} line {number}: it has more than {_MOST_DOTS} dots"])
    mapping = parse_mapping(text, file_name=file_name)
    if mapping.order.name_pattern is not None:
        reason = "a mapping that is sent has no pattern for names: say the sequence or the date of the list with the import"
        raise MappingError([f"{file_name}, key order.name_pattern: {reason}"])
    return mapping


def parse_mapping(text: str, *, file_name: str) -> FileMapping:
    """Check the text of a mapping file; `file_name` names it, and the mapping where it gives itself no name. Raises MappingError."""
    try:
        table = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([f"{file_name} is not TOML: {error}"]) from error
    except RecursionError as error:
        raise MappingError([f"{file_name} nests its values too deep"]) from error
    places = SettingsPlaces(Path(file_name), locate_keys(text))
    return read_mapping(table, source=file_name, name=PurePosixPath(file_name).stem, line=places.line)


def read_mapping(table: Mapping[str, Any], *, source: str, name: str, line: Callable[[KeyPath], int | None] = lambda _: None) -> FileMapping:
    """Check a mapping that is already a table. `name` is its name when it has none; `line` tells where a key stands, None where nobody knows.

    Raises MappingError with all problems.
    """
    reader = _Reader(source, line)
    mapping = reader.read(table, name)
    if reader.problems or mapping is None:
        raise MappingError(reader.problems)
    return mapping


def nearest(word: str, known: Collection[str]) -> str:
    """`; did you mean 'total'?` when a known word is near, else the known words."""
    close = get_close_matches(word, known, n=1) or [one for one in known if one.casefold() == word.casefold()]
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(repr(one) for one in known)}"


class _Reader:
    """Walks one mapping and collects its problems; of very many it tells the first ones."""

    def __init__(self, source: str, line: Callable[[KeyPath], int | None]) -> None:
        self._source = source
        self._line = line
        self.problems: list[str] = []

    def read(self, table: Mapping[str, Any], name: str) -> FileMapping | None:
        top = self._struct(table, FileTable, ())
        if top is None:
            return None
        order = self._struct(top.order or {}, OrderTable, ("order",)) or OrderTable()
        kinds = {str(part.get("record")) for part in top.parts}
        has_documents = bool(kinds - _MENTIONED)
        parts = [self._part(part, ("parts", index), has_documents=has_documents) for index, part in enumerate(top.parts)]
        read = tuple(part for part in parts if part is not None)
        for key, problem in file_problems(top, order, read):
            self._problem(key, problem)
        named = [(order.column, ("order", "column")), (top.list_date_column, ("list_date_column",))]
        places = tuple((column, self._place(key)) for column, key in named if column is not None)
        digest = blake2b(msgspec.json.encode(table, order="deterministic"), digest_size=16).hexdigest()
        return FileMapping(top.name or name, self._source, digest, table=top, order=order, parts=read, column_places=places)

    def _part(self, raw: dict[str, Any], path: KeyPath, *, has_documents: bool) -> Part | None:
        table = self._struct(raw, PartTable, path)
        if table is None:
            return None
        shape = RECORDS.get(table.record)
        if shape is None:
            self._problem((*path, "record"), f"unknown kind of record {table.record!r}{nearest(table.record, RECORDS)}")
            return None
        items = [self._items(shape, getattr(table, name), (*path, name)) for name in ("lines", "due_parts", "allocations")]
        part = Part(
            self._place(path),
            shape,
            fields=self._cells(table.fields, shape.fields, (*path, "fields")),
            custom=self._custom(table.custom, (*path, "custom")),
            conditions=self._conditions(table.when, (*path, "when")),
            items=tuple(one for group in items for one in group),
            is_mention=table.record in _MENTIONED and (table.repeats == "ignore" or (table.repeats is None and has_documents)),
            is_group=table.group,
            sign=table.sign,
        )
        for key, problem in part_problems(part, table):
            self._problem((*path, *key), problem)
        return part

    def _items(self, shape: RecordShape, tables: Sequence[dict[str, Any]], path: KeyPath) -> list[ItemsPart]:
        name = str(path[-1])
        known = shape.items.get(name)
        if known is None:
            if tables:
                self._problem(path, f"{shape.phrase} has no {name}")
            return []
        own_keys = ItemsTable.__struct_fields__
        found: list[ItemsPart] = []
        for index, raw in enumerate(tables):
            here = (*path, index)
            own = self._struct({key: value for key, value in raw.items() if key in own_keys}, ItemsTable, here)
            fields = self._cells({key: value for key, value in raw.items() if key not in own_keys}, known.fields, here)
            if own is not None:
                found.append(ItemsPart(self._place(here), name, own.each, conditions=self._conditions(own.when, (*here, "when")), fields=fields))
            missing = [one.name for one in known.fields.values() if one.is_required and one.name not in raw]
            if missing:
                self._problem(here, f"{name} need {' and '.join(missing)}")
        return found

    def _cells(self, table: Mapping[str, Any], known: Mapping[str, RecordField], path: KeyPath) -> dict[str, Cell]:
        cells: dict[str, Cell] = {}
        for name, value in table.items():
            if name not in known:
                self._problem((*path, name), f"unknown field {name!r}{nearest(name, known)}")
                continue
            cell = self._cell(value, (*path, name), known[name].kind)
            if cell is not None:
                cells[name] = cell
        return cells

    def _custom(self, table: Mapping[str, Any], path: KeyPath) -> dict[str, Cell]:
        cells = {name: self._cell(value, (*path, name), None) for name, value in table.items()}
        return {name: cell for name, cell in cells.items() if cell is not None}

    def _cell(self, value: object, path: KeyPath, kind: FieldKind | None) -> Cell | None:
        if isinstance(value, str):
            return Cell(self._place(path), CellTable(column=value))
        if not isinstance(value, dict):
            self._problem(path, f"{value!r} is neither the name of a column nor a table; a constant is written {{ value = … }}")
            return None
        raw = cast("dict[str, Any]", value)
        table = self._struct(raw, CellTable, path)
        if table is None:
            return None
        for problem in cell_problems(table, raw, kind):
            self._problem(path, problem)
        return Cell(self._place(path), table)

    def _conditions(self, value: object, path: KeyPath) -> tuple[Condition, ...]:
        if value is None:
            return ()
        tables = cast("list[object]", value if isinstance(value, list) else [value])
        found: list[Condition] = []
        for raw in tables:
            if not isinstance(raw, dict):
                self._problem(path, "a condition is a table such as { column = …, equals = … }")
                continue
            table = self._struct(cast("dict[str, Any]", raw), WhenTable, path)
            if table is not None and len(cast("dict[str, Any]", raw)) == 1:
                self._problem(path, "the condition says nothing: add is_set, equals, differs or amount")
            if table is not None:
                found.append(Condition(self._place(path), table))
        return tuple(found)

    def _struct(self, table: Mapping[str, Any], kind: type[_Table], path: KeyPath) -> _Table | None:
        known = kind.__struct_fields__
        unknown = [key for key in table if key not in known]
        for key in unknown:
            self._problem((*path, key), f"unknown key {key!r}{nearest(key, known)}")
        try:
            return msgspec.convert({key: value for key, value in table.items() if key in known}, kind)
        except msgspec.ValidationError as error:
            reason, _, where = str(error).partition(" - at `$.")
            key = where.rstrip("`").partition("[")[0].partition(".")[0]
            self._problem((*path, key) if key else path, reason)
            return None

    def _problem(self, path: KeyPath, problem: str) -> None:
        self.problems.append(f"{self._place(path)}: {problem}")
        if len(self.problems) >= _MOST_PROBLEMS:
            raise MappingError([*self.problems, f"{self._source}: there may be more; mend these first"])

    def _place(self, path: KeyPath) -> str:
        line = self._line(path)
        at = f" line {line}" if line is not None else ""
        return f"{self._source}{at}, key {dotted(path)}" if path else self._source
