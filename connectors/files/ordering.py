"""Where a file stands among the files of its feed (P17), and of which day a full list is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from connectors.files.cells import read_text
from connectors.files.data_file import DataFile
from connectors.files.dates import DateReader
from connectors.files.findings import CellError, FileContractError
from connectors.files.mapping_checks import DATE_GROUPS
from connectors.files.mapping_model import FileMapping

_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """A file's place in its feed. `sequence` compares as text; None: no order is declared. `list_date` None: no full list."""

    sequence: str | None
    list_date: date | None


def standing_of(
    file: DataFile, mapping: FileMapping, first_row: Mapping[str, Any] | None, *, sequence: str | None = None, list_date: str | None = None
) -> Standing:
    """Read the standing from the file's name, from its first row (None: the file has no rows), or from what was given at the import.

    What was given counts before what is declared. Raises FileContractError when a declared place does not tell.
    """
    named = _from_name(file, mapping)
    row = first_row or {}
    column = mapping.order.column
    ordered = sequence or named.get("sequence") or (_first_value(row, column, file) if column and first_row else None)
    dated = _list_date(file, mapping, list_date or named.get("date"), row=row)
    if ordered is None and (named.get("date") or dated):
        day = dated or _as_date(named["date"], mapping, file)
        ordered = day.isoformat()
    return Standing(None if ordered is None else comparable(ordered, mapping), dated)


def comparable(sequence: str, mapping: FileMapping) -> str:
    """A sequence so that text order is its order: numbers filled with zeros, dates in ISO form, anything else as it is."""
    text = sequence.strip()
    if text.isdigit() and len(text) <= _DIGITS:
        return text.zfill(_DIGITS)
    try:
        return datetime.fromisoformat(text).isoformat() if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text) else _reader(mapping).read(text)[0].isoformat()
    except (CellError, FileContractError, ValueError):
        return text


def _from_name(file: DataFile, mapping: FileMapping) -> dict[str, str]:
    pattern = mapping.order.name_pattern
    if pattern is None:
        return {}
    match = re.search(pattern, file.name)
    if match is None:
        raise FileContractError(
            f"{file.name} does not fit order.name_pattern of {mapping.source} ({pattern}): rename the file, or give its sequence at the import"
        )
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    if groups.keys() >= DATE_GROUPS:
        groups["date"] = f"{groups['year']}-{groups['month']}-{groups['day']}"
    return groups


def _list_date(file: DataFile, mapping: FileMapping, text: str | None, *, row: Mapping[str, Any]) -> date | None:
    if mapping.table.meaning != "full_open_list":
        return None
    column = mapping.table.list_date_column
    if text is None and column is not None:
        value = row.get(column)
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        text = None if value is None else str(value).strip()
    if not text:
        raise FileContractError(
            f"{file.name} is a full list of open items, but of which day? Declare order.name_pattern with a group (?P<date>…) or list_date_column in "
            f"{mapping.source}, or give list_date at the import"
        )
    return _as_date(text, mapping, file)


def _first_value(row: Mapping[str, Any], column: str, file: DataFile) -> str:
    value = row.get(column)
    text = "" if value is None else read_text(value, None).strip()
    if not text:
        raise FileContractError(f"{file.name}: the first row is empty in column {column!r}, which declares the order of files")
    return text


def _as_date(text: str, mapping: FileMapping, file: DataFile) -> date:
    try:
        if re.fullmatch(r"\d{8}", text, re.ASCII):
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        return _reader(mapping).read(text)[0]
    except (CellError, FileContractError) as error:
        raise FileContractError(f"{file.name}: the date of the file cannot be read: {error}") from error


def _reader(mapping: FileMapping) -> DateReader:
    return DateReader(mapping.table.date_order)
