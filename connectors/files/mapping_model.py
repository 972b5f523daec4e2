"""A mapping as values: which cell gives which field of which record. `docs/files.md` explains every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from connectors.files.dates import DateOrder
from connectors.files.record_fields import RecordShape

FileFormat = Literal["csv", "tsv", "xlsx", "jsonl"]
Meaning = Literal["delta", "full_open_list"]
Repeats = Literal["ignore", "update"]
Sign = Literal["negate"]

EXTENSIONS: Mapping[str, FileFormat] = MappingProxyType(
    {"csv": "csv", "txt": "csv", "tsv": "tsv", "tab": "tsv", "xlsx": "xlsx", "xlsm": "xlsx", "jsonl": "jsonl", "ndjson": "jsonl"},
)
"""The format that an extension means, where the mapping does not declare one."""


class FileTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys at the top of a mapping."""

    name: str | None = None
    format: FileFormat | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = None
    header_row: int = 1
    columns: tuple[str, ...] = ()
    date_order: DateOrder | None = None
    date_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    decimal: str = "."
    thousands: str = ""
    amount_symbols: str = ""
    currency: str | None = None
    meaning: Meaning = "delta"
    list_date_column: str | None = None
    keep_raw: bool = True
    order: dict[str, Any] | None = None
    parts: list[dict[str, Any]] = []


class OrderTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of `[order]`: where the order of the files of one feed stands."""

    name_pattern: str | None = None
    column: str | None = None


class PartTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one of `[[parts]]`."""

    record: str
    fields: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    when: Any = None
    repeats: Repeats | None = None
    group: bool = False
    sign: Sign | None = None
    lines: list[dict[str, Any]] = []
    due_parts: list[dict[str, Any]] = []
    allocations: list[dict[str, Any]] = []


class CellTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a field that is written as a table."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    value: Any = None
    template: str | None = None
    sum: Literal["lines", "due_parts", "allocations"] | None = None
    default: Any = None
    map: dict[str, Any] | None = None
    otherwise: Any = None
    type: Literal["text", "integer", "decimal", "date", "boolean"] = "text"
    width: int | None = None
    lost_zeros: Literal["restore", "report"] = "restore"
    whole: bool = False
    sign: Sign | None = None
    date_order: DateOrder | None = None
    date_formats: tuple[str, ...] = ()
    separator: str | None = None
    invert: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns (or paths) that the cell is made from."""
        if self.template is not None:
            return tuple(name for _, name, _, _ in Formatter().parse(self.template) if name)
        return self.columns or ((self.column,) if self.column is not None else ())


class WhenTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a condition; all that are given must hold."""

    column: str
    is_set: bool | None = None
    equals: Any = None
    differs: Any = None
    amount: Literal["negative", "positive", "zero"] | None = None


class ItemsTable(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one of `[[parts.lines]]`, `[[parts.due_parts]]`, `[[parts.allocations]]` that are no fields."""

    each: str | None = None
    when: Any = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One field's cell, and where in the mapping it is declared."""

    place: str
    table: CellTable


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, and where it is declared."""

    place: str
    table: WhenTable


@dataclass(frozen=True, slots=True)
class ItemsPart:
    """One source of items of a list of a record. `each` is the path of a nested list; None: the row itself gives one item."""

    place: str
    list_name: str
    each: str | None
    conditions: tuple[Condition, ...]
    fields: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of record that every row gives. `is_mention`: the record is named inside another's row, and never changes what is known."""

    place: str
    shape: RecordShape
    fields: dict[str, Cell]
    custom: dict[str, Cell]
    conditions: tuple[Condition, ...]
    items: tuple[ItemsPart, ...]
    is_mention: bool
    is_group: bool
    sign: Sign | None


@dataclass(frozen=True, slots=True)
class FileMapping:
    """A checked mapping. `source` is how errors call it; `digest` changes with its meaning."""

    name: str
    source: str
    digest: str
    table: FileTable
    order: OrderTable
    parts: tuple[Part, ...]
    column_places: tuple[tuple[str, str], ...] = field(default=())

    def columns_asked_for(self) -> list[tuple[str, str]]:
        """Every column of a row that the mapping names, with the place where it does."""
        asked = list(self.column_places)
        for part in self.parts:
            cells = [*part.fields.values(), *part.custom.values(), *(cell for items in part.items if items.each is None for cell in items.fields.values())]
            asked += [(name, cell.place) for cell in cells for name in cell.table.sources]
            conditions = [*part.conditions, *(one for items in part.items if items.each is None for one in items.conditions)]
            asked += [(condition.table.column, condition.place) for condition in conditions]
        return asked
