"""CSV and TSV as rows, streamed. A broken line is refused by itself: the lines that it would have swallowed are read again."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import Any

from connectors.files.cells import CONTROL
from connectors.files.compiling import Row
from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError
from connectors.files.mapping_model import FileTable
from connectors.files.rows import Damage, read_header

_RAW_TEXT = 10_000


class _Lines:
    """The physical lines of a file, with those of the row at hand kept so that they can be given back."""

    def __init__(self, file: io.TextIOWrapper, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._again: deque[str] = deque()
        self.held: list[str] = []
        self.count = 0
        self.damage: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self.held.append(line)
        self.count += 1
        if "\0" in line:
            self.damage = "the line has a NUL character"
        elif not line.isascii() and CONTROL.search(line):
            self.damage = f"the line has bytes that are not {self._encoding}"
        return line

    def give_back(self) -> str:
        """Keep the first line of the row at hand as refused, and let the others be read again."""
        first, *others = self.held
        self._again.extendleft(reversed(others))
        self.count -= len(others)
        return first


class DelimitedReader:
    """One CSV or TSV file. Its label is the file's name; numbers are text, so nothing is typed."""

    tells_typed_numbers = False
    row_count = None

    def __init__(self, file: DataFile, table: FileTable, *, delimiter: str) -> None:
        self.label = file.name
        encoding = "utf-8-sig" if table.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else table.encoding
        self._binary = file.path.open("rb")
        self._file = io.TextIOWrapper(self._binary, encoding=encoding, errors="surrogateescape", newline="")
        self._lines = _Lines(self._file, table.encoding)
        quoting = csv.QUOTE_MINIMAL if table.quote else csv.QUOTE_NONE
        self._csv = csv.reader(self._lines, delimiter=delimiter, quotechar=table.quote or None, quoting=quoting, strict=True)
        try:
            self.header = table.columns or self._read_header(table.header_row)
        except BaseException:
            self.close()
            raise

    def _read_header(self, header_row: int) -> tuple[str, ...]:
        try:
            for _ in range(header_row - 1):
                next(self._lines)
            self._lines.held.clear()
            cells = next(self._csv, None)
        except (csv.Error, UnicodeError) as error:
            raise FileContractError(f"{self.label} line {self._lines.count}: the header cannot be read: {error}") from error
        except StopIteration:
            cells = None
        if cells is None:
            raise FileContractError(f"{self.label} has {self._lines.count} lines, and no header on line {header_row}")
        if self._lines.damage:
            raise FileContractError(f"{self.label} line {self._lines.count}: {self._lines.damage}; declare the right encoding in the mapping")
        return read_header(cells, self.label, header_row)

    def rows(self) -> Iterator[tuple[int, Row | Damage]]:
        """Line number and row, or the damage that a line is. Raises FileContractError when the encoding fails as a whole."""
        lines, reader, header, width = self._lines, self._csv, self.header, len(self.header)
        held = lines.held
        while True:
            line = lines.count + 1
            held.clear()
            lines.damage = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, self._damage(_in_words(error))
                continue
            except UnicodeError as error:
                raise FileContractError(f"{self.label} line {line}: the text is not {self._file.encoding}: {error}") from error
            if len(cells) == width and not lines.damage:
                yield line, dict(zip(header, cells, strict=True))
            elif lines.damage:
                yield line, self._damage(lines.damage)
            elif any(cells):
                yield line, self._damage(f"the line has {len(cells)} cells, the header has {width}")

    def _damage(self, reason: str) -> Damage:
        text = self._lines.give_back().rstrip("\r\n")
        return Damage(reason, {"text": text[:_RAW_TEXT].replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")})

    def plain(self, row: Row) -> dict[str, Any]:
        """The row itself: its cells are text."""
        return row  # pyright: ignore[reportReturnType] - rows of this reader are dicts

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the file, rounded up to whole buffers."""
        return self._binary.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _in_words(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return "a cell is longer than 131,072 characters: is a quotation mark never closed?"
    if "unexpected end" in text:
        return "a quotation mark is never closed"
    return f"the quotation marks are wrong: {text}"
