"""One read of one file: pages with their cursors, from where an earlier read left off."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec

from connectors.files.compiling import Row
from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError, Findings, plain_counts
from connectors.files.mapping import RowMapper
from connectors.files.mapping_model import FileMapping
from connectors.files.readers import open_rows
from connectors.files.rows import Damage
from hub.plugins import Page, Refusal

PAGE_ROWS = 1_000


class _Cursor(msgspec.Struct):
    """How many rows have been taken, damaged ones included, and the counts of notices up to there."""

    rows: int
    counts: dict[str, Any] = {}


class FileReading:
    """Reads a file once from front to end, or from a cursor on. Raises FileContractError when it cannot."""

    def __init__(
        self, file: DataFile, mapping: FileMapping, *, cursor: str | None, since: date | None, data_as_of: datetime | None, page_rows: int = PAGE_ROWS
    ) -> None:
        start = _read_cursor(cursor)
        self._reader = open_rows(file, mapping)
        self._findings = Findings(self._reader.label, plain_counts(start.counts))
        self._mapper = RowMapper(
            mapping,
            self._findings,
            since=since,
            is_nested=self._reader.header is None,
            tells_typed_numbers=self._reader.tells_typed_numbers,
            plain=self._reader.plain,
        )
        self._rows: Iterator[tuple[int, Row | Damage]] = islice(self._reader.rows(), start.rows, None)
        self._next = next(self._rows, None)
        self._row_count = start.rows
        self._bytes = 0
        self._page_rows = page_rows
        self._data_as_of = data_as_of
        self._is_finished = False

    def next_page(self) -> Page | None:
        """The next page; None after the last one. The last one's cursor is None, and there always is one, if only an empty one."""
        if self._is_finished:
            return None
        damages = self._take_rows()
        records, refusals = self._mapper.finish()
        self._is_finished = self._next is None
        if self._is_finished:
            self._mapper.report_unseen_paths()
        notices = self._findings.drain() + (self._findings.summaries() if self._is_finished else [])
        before, self._bytes = self._bytes, self._reader.bytes_read
        return Page(
            records,
            None if self._is_finished else self._cursor(),
            refusals=[*damages, *refusals],
            notices=notices,
            data_as_of=self._data_as_of,
            bytes_read=self._bytes - before,
        )

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _take_rows(self) -> list[Refusal]:
        """Map the rows of one page; a page ends only where no group of rows is open. What is no row at all is returned."""
        damages: list[Refusal] = []
        findings, mapper, rows = self._findings, self._mapper, self._rows
        taken, here = 0, self._next
        while here is not None:
            line, row = here
            findings.line = line
            if isinstance(row, Damage):
                damages.append(Refusal(place=findings.place(), reason=row.reason, raw=row.raw))
            elif taken >= self._page_rows and mapper.starts_anew(row):
                break
            else:
                mapper.map_row(row)
            taken += 1
            here = next(rows, None)
        self._next = here
        self._row_count += taken
        return damages

    def _cursor(self) -> str:
        return msgspec.json.encode(_Cursor(self._row_count, dict(self._findings.counts))).decode()


def _read_cursor(cursor: str | None) -> _Cursor:
    if cursor is None:
        return _Cursor(0)
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except msgspec.DecodeError as error:
        raise FileContractError(f"the saved cursor {cursor!r} is none of this connector: start the file again") from error
