"""What a mapping may not say although every key of it is known: each check gives the key at fault and a reason."""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.files.mapping_model import CellTable, FileTable, OrderTable, Part, PartTable
from connectors.files.record_fields import FieldKind
from hub.plugins import KeyPath, is_currency

Problem = tuple[KeyPath, str]

DATE_GROUPS = frozenset({"year", "month", "day"})
_SOURCES = ("column", "columns", "value", "template", "sum")
_FITTING: dict[str, frozenset[FieldKind]] = {
    "width": frozenset({FieldKind.ID}),
    "lost_zeros": frozenset({FieldKind.ID}),
    "whole": frozenset({FieldKind.ID}),
    "sign": frozenset({FieldKind.AMOUNT}),
    "sum": frozenset({FieldKind.AMOUNT}),
    "date_order": frozenset({FieldKind.DATE}),
    "date_formats": frozenset({FieldKind.DATE}),
    "invert": frozenset({FieldKind.RATE}),
}
_WIDEST_ID = 64
_PROBE = datetime(2031, 12, 29, tzinfo=UTC)
_SUMMED = {"total": {"lines", "due_parts"}, "amount": {"allocations"}}


def cell_problems(table: CellTable, raw: Mapping[str, Any], kind: FieldKind | None) -> Iterator[str]:
    """What is wrong with one field written as a table; `kind` None: a custom field."""
    given = [key for key in _SOURCES if key in raw]
    if len(given) != 1:
        yield f"exactly one of {', '.join(_SOURCES)} is needed; given: {' and '.join(given) or 'none'}"
    for key, kinds in _FITTING.items():
        fits = kind in kinds if kind is not None else key.startswith("date_") and table.type == "date"
        if key in raw and not fits:
            yield f"{key} does not fit a field of this kind ({kind or table.type})"
    if "type" in raw and kind is not None:
        yield "type is for custom fields; this field has its own"
    if "lost_zeros" in raw and table.width is None:
        yield "lost_zeros needs a width"
    if table.width is not None and not 1 <= table.width <= _WIDEST_ID:
        yield f"width must lie between 1 and {_WIDEST_ID}"
    if "otherwise" in raw and table.map is None:
        yield "otherwise needs a map"
    if table.separator is not None and not (table.columns or kind in {FieldKind.TEXTS, FieldKind.CHOICES}):
        yield "separator is for columns that are joined, and for lists in one cell"
    yield from (problem for _, problem in _format_problems(table.date_formats))
    if table.template is not None:
        yield from _template_problems(table)


def _template_problems(table: CellTable) -> Iterator[str]:
    try:
        sources = table.sources
    except ValueError as error:
        yield f"the template cannot be read: {error}"
        return
    if not sources:
        yield "the template names no {column}; a constant is written { value = … }"


def part_problems(part: Part, table: PartTable) -> Iterator[Problem]:
    """What is wrong with one part as a whole."""
    missing = [one.name for one in part.shape.fields.values() if one.is_required and one.name not in part.fields and one.name != "currency"]
    if missing:
        yield ("fields",), f"{part.shape.phrase} needs {' and '.join(missing)}"
    for name, cell in part.fields.items():
        if cell.table.sum is not None and cell.table.sum not in _SUMMED.get(name, set()) & set(part.shape.items):
            yield ("fields", name), f"{name} of {part.shape.phrase} cannot be the sum of {cell.table.sum}"
    if part.custom and not part.shape.takes_custom:
        yield ("custom",), f"{part.shape.phrase} has no custom fields"
    if table.repeats is not None and part.shape.name not in {"customer", "contact"}:
        yield ("repeats",), "repeats is for customers and contacts that are named inside rows of other records"
    if part.is_group and part.is_mention:
        yield ("group",), "a customer or contact that is only mentioned is no group of rows"


def file_problems(top: FileTable, order: OrderTable, parts: Sequence[Part]) -> Iterator[Problem]:
    """What is wrong with the mapping as a whole."""
    if not top.parts:
        yield (), "no [[parts]]: say which records a row gives"
    yield from _writing_problems(top)
    for index, part in enumerate(parts):
        if top.currency is None and "currency" not in part.fields and _needs_currency(part):
            yield ("parts", index), f"{part.shape.phrase} needs a currency: fields.currency, or currency at the top for all"
        if top.format not in {None, "jsonl"} and any(items.each is not None for items in part.items):
            yield ("parts", index), "each is for the nested lists of JSON Lines"
    yield from _order_problems(order)
    if top.meaning == "full_open_list":
        yield from _open_list_problems(top, parts)


def _needs_currency(part: Part) -> bool:
    needed = part.shape.fields.get("currency")
    return (needed is not None and needed.is_required and part.shape.name != "exchange_rate") or "reported_balance" in part.fields


def _writing_problems(top: FileTable) -> Iterator[Problem]:
    try:
        codecs.lookup(top.encoding)
    except LookupError:
        yield ("encoding",), f"unknown encoding {top.encoding!r}"
    if top.time_zone is not None and not _is_zone(top.time_zone):
        yield ("time_zone",), f"unknown time zone {top.time_zone!r}"
    if top.currency is not None and not is_currency(top.currency):
        yield ("currency",), f"unknown currency code {top.currency!r}: use a three-letter ISO 4217 code such as USD"
    for key, value, allowed in (
        ("delimiter", top.delimiter or ",", {1}),
        ("quote", top.quote, {0, 1}),
        ("decimal", top.decimal, {1}),
        ("thousands", top.thousands, {0, 1}),
    ):
        if len(value) not in allowed:
            yield (key,), f"{value!r} must be one character"
    yield from _format_problems(top.date_formats)
    if top.decimal == top.thousands:
        yield ("thousands",), "decimal and thousands cannot be the same sign"
    if top.header_row < 1:
        yield ("header_row",), "lines are counted from 1"


def _format_problems(formats: Sequence[str]) -> Iterator[Problem]:
    """A format must tell day, month and year, or dates would be made up."""
    for format_ in formats:
        try:
            is_whole = datetime.strptime(_PROBE.strftime(format_), format_).replace(tzinfo=UTC) == _PROBE
        except ValueError:
            is_whole = False
        if not is_whole:
            yield ("date_formats",), f"{format_!r} does not tell day, month and year, in the notation of strptime: such as '%d %b %Y'"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _order_problems(order: OrderTable) -> Iterator[Problem]:
    if order.name_pattern is None:
        return
    try:
        groups = set(re.compile(order.name_pattern).groupindex)
    except re.error as error:
        yield ("order", "name_pattern"), f"the pattern cannot be read: {error}"
        return
    if not groups & {"sequence", "date"} and not groups >= DATE_GROUPS:
        yield ("order", "name_pattern"), "the pattern needs a group (?P<sequence>…), (?P<date>…), or the three groups year, month and day"
    if order.column is not None and "sequence" in groups:
        yield ("order", "column"), "the order is declared twice: by the name pattern's sequence and by a column"


def _open_list_problems(top: FileTable, parts: Sequence[Part]) -> Iterator[Problem]:
    if not any(part.shape.name == "invoice" for part in parts):
        yield ("meaning",), "a full_open_list lists open invoices: it needs a part with record = 'invoice'"
    if top.order is not None and top.list_date_column is not None and "date" in str(top.order.get("name_pattern")):
        yield ("list_date_column",), "the date of the list is declared twice: by the name pattern and by a column"
