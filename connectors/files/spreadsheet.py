"""XLSX as rows, streamed in read-only mode. Formulas give the value that was saved with them."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from connectors.files.compiling import Row
from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError
from connectors.files.mapping_file import nearest
from connectors.files.mapping_model import FileTable
from connectors.files.rows import Damage, read_header
from connectors.files.workbook_limits import refuse_bombs

_UNREADABLE = (BadZipFile, zlib.error, InvalidFileException, ParseError, LookupError, ValueError, OSError, RuntimeError)
"""What a damaged workbook raises; the last one is one that is locked with a password, or packed in a way that is not known."""


class SpreadsheetReader:
    """One sheet of a workbook: the declared one, else the only one. Cells keep the types that the workbook gives them."""

    tells_typed_numbers = True

    def __init__(self, file: DataFile, table: FileTable) -> None:
        self._file = file
        self._is_read = False
        self._binary = file.path.open("rb")
        try:
            refuse_bombs(self._binary, file)
            self._book = load_workbook(self._binary, read_only=True, data_only=True)  # an opened file: its path need not tell what it is
        except _UNREADABLE as error:
            self._binary.close()
            raise FileContractError(f"{file.name} is not an .xlsx workbook that can be read: {error}") from error
        except BaseException:
            self._binary.close()
            raise
        try:
            self._sheet = self._book[self._sheet_name(table.sheet)]
            self.label = f"{file.name}, sheet {self._sheet.title}," if len(self._book.sheetnames) > 1 else file.name
            self.row_count = max((self._sheet.max_row or 0) - table.header_row, 0) or None
            self._sheet.reset_dimensions()
            self._numbered = enumerate(self._sheet.iter_rows(values_only=True), start=1)
            self.header = table.columns or self._read_header(table.header_row)
        except BaseException:
            self.close()
            raise

    def _sheet_name(self, declared: str | None) -> str:
        names = self._book.sheetnames
        if declared is None:
            if len(names) != 1:
                raise FileContractError(f"{self._file.name} has the sheets {', '.join(repr(name) for name in names)}: declare sheet in the mapping")
            return names[0]
        if declared not in names:
            raise FileContractError(f"{self._file.name} has no sheet {declared!r}{nearest(declared, names)}")
        return declared

    def _read_header(self, header_row: int) -> tuple[str, ...]:
        cells = next((row for number, row in self._numbered if number == header_row), None)
        if cells is None:
            raise FileContractError(f"{self.label} has no header on line {header_row}")
        return read_header([_header_text(cell) for cell in _without_tail(cells)], self.label, header_row)

    def rows(self) -> Iterator[tuple[int, Row | Damage]]:
        """Line number and row, or the damage that a line is."""
        header, width = self.header, len(self.header)
        for number, cells in self._numbered:
            if len(cells) < width:
                cells = (*cells, *[None] * (width - len(cells)))  # noqa: PLW2901 - a short row ends in empty cells
            if any(cell is not None for cell in cells[width:]):
                raw = {f"column {position}": _plain(cell) for position, cell in enumerate(cells, start=1) if cell is not None}
                yield number, Damage(f"the line has {len(_without_tail(cells))} cells, the header has {width}", raw)
            elif any(cell is not None for cell in cells):
                yield number, {name: _usable(cell) for name, cell in zip(header, cells, strict=False)}
        self._is_read = True

    def plain(self, row: Row) -> dict[str, Any]:
        """The row with dates as ISO text."""
        return {name: _plain(cell) for name, cell in row.items()}

    @property
    def bytes_read(self) -> int:
        """The size of the file once it is read to its end, nothing before: a workbook is compressed."""
        return self._file.path.stat().st_size if self._is_read else 0

    def close(self) -> None:
        """Close the workbook."""
        self._book.close()
        self._binary.close()


def _without_tail(cells: Sequence[object]) -> list[object]:
    found = list(cells)
    while found and found[-1] is None:
        found.pop()
    return found


def _header_text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _usable(cell: object) -> object:
    """Times and durations have no field; as text they are refused with a reason where a date is needed."""
    return str(cell) if isinstance(cell, time | timedelta) else cell


def _plain(cell: object) -> object:
    return (
        cell.isoformat() if isinstance(cell, datetime | date) else cell if isinstance(cell, str | int | float | bool) else None if cell is None else str(cell)
    )
