"""Opens a file as rows: picks the reader by declared format or extension, and sees that the content is what that says."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from connectors.files.compiling import Row
from connectors.files.data_file import DataFile
from connectors.files.delimited import DelimitedReader
from connectors.files.findings import FileContractError
from connectors.files.json_lines import JsonLinesReader
from connectors.files.mapping_file import nearest
from connectors.files.mapping_model import EXTENSIONS, FileFormat, FileMapping
from connectors.files.rows import Damage
from connectors.files.spreadsheet import SpreadsheetReader

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a spreadsheet or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old .xls workbook: save it as .xlsx"),
    (b"\x1f\x8b", "compressed with gzip: unpack it"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "a database"),
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class RowReader(Protocol):
    """One file, opened for reading once. `header` None: rows are JSON objects without a header."""

    @property
    def header(self) -> tuple[str, ...] | None:
        """The names of the columns."""
        ...

    @property
    def label(self) -> str:
        """How places name the file: with its sheet, where it has several."""
        ...

    @property
    def tells_typed_numbers(self) -> bool:
        """Whether a number in a cell means that someone's program has typed it so, leading zeros lost."""
        ...

    @property
    def row_count(self) -> int | None:
        """About how many rows there are, where the format tells without reading; None where it does not."""
        ...

    def rows(self) -> Iterator[tuple[int, Row | Damage]]:
        """Line number and row, in order; a Damage where a line is no row. Blank rows are left out."""
        ...

    def plain(self, row: Row) -> dict[str, Any]:
        """A row as a raw payload that JSON can hold."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes of the file taken in so far."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def open_rows(file: DataFile, mapping: FileMapping) -> RowReader:
    """The file as rows, its columns checked against the mapping. Raises FileContractError."""
    format_ = file_format(file, mapping)
    _check_mark(file, format_, mapping.table.encoding)
    match format_:
        case "csv" | "tsv":
            reader: RowReader = DelimitedReader(file, mapping.table, delimiter=mapping.table.delimiter or ("," if format_ == "csv" else "\t"))
        case "xlsx":
            reader = SpreadsheetReader(file, mapping.table)
        case "jsonl":
            reader = JsonLinesReader(file)
    try:
        check_columns(reader.header, mapping, reader.label)
    except FileContractError:
        reader.close()
        raise
    return reader


def file_format(file: DataFile, mapping: FileMapping) -> FileFormat:
    """The declared format, else the one that the extension says. Raises FileContractError when neither does."""
    if mapping.table.format is not None:
        return mapping.table.format
    found = EXTENSIONS.get(file.extension)
    if found is None:
        raise FileContractError(f"{file.name}: the extension does not tell the format; declare format = 'csv', 'tsv', 'xlsx' or 'jsonl' in {mapping.source}")
    return found


def _check_mark(file: DataFile, format_: FileFormat, encoding: str) -> None:
    try:
        with file.path.open("rb") as opened:
            start = opened.read(16)
    except OSError as error:
        raise FileContractError(f"{file.name} cannot be read: {error.strerror}") from error
    if not start:
        raise FileContractError(f"{file.name} is empty: not even a header")
    is_zip = start.startswith(_MARKS[0][0])
    if format_ == "xlsx":
        if not is_zip:
            raise FileContractError(f"{file.name} is not an .xlsx workbook, whatever its extension says")
        return
    for mark, what in _MARKS:
        if start.startswith(mark):
            raise FileContractError(f"{file.name} is {what}, not {format_.upper()}")
    if start.startswith(_WIDE_MARKS) and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        raise FileContractError(f"{file.name} is written in UTF-16: declare encoding = 'utf-16' in its mapping, or export it as UTF-8")
    if format_ == "jsonl" and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise FileContractError(f"{file.name} is not JSON Lines: its first line does not begin with an object")


def check_columns(header: Sequence[str] | None, mapping: FileMapping, label: str) -> None:
    """Hold the columns that the mapping names against the header. Raises FileContractError with every missing one."""
    if header is None:
        return
    missing = {name: place for name, place in reversed(mapping.columns_asked_for()) if name not in header}
    if not missing:
        return
    lines = [f"{label} has no column {name!r}, which {place} names{nearest(name, header)}" for name, place in reversed(missing.items())]
    only = header[0]
    hint = next((sign for sign in (";", "\t", ",", "|") if len(header) == 1 and sign in only), None)
    if hint:
        lines = [f"{label} has one column only, {only!r}: is the delimiter {hint!r}? Declare delimiter in {mapping.source}"]
    raise FileContractError("\n".join(lines))
