"""What a workbook may hold: it is looked through before it is opened, for what reads it builds each row as a whole."""

from math import inf
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError

MOST_COLUMNS = 16_384
"""How many cells a row may have: as many as a spreadsheet program gives it."""
MOST_ROWS = 1_048_576
"""How many rows a sheet may have, and the highest number that one may state: as many as a spreadsheet program gives it."""

_FREE_BYTES = 50_000_000
_MOST_BYTES = 1_000_000_000
_MOST_TEXT_BYTES = 250_000_000
_MOST_TIMES = 200
_MOST_PARTS = 10_000
_MOST_STYLE_BYTES = 2_000_000
_MOST_ELEMENTS = 1_000_000
_MOST_LISTED = 5_000_000
_CHUNK = 1024 * 1024
_WHOLE = frozenset({"xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"})
_SHEETS = "xl/worksheets/"
_SEPARATOR = "}"  # as in ElementTree, which reads the parts: expat refuses names of namespaces by it
_MAIN = f"http://schemas.openxmlformats.org/spreadsheetml/2006/main{_SEPARATOR}"
_ROW = f"{_MAIN}row"
_LISTS = frozenset(f"{_MAIN}{root}" for root in ("sst", "calcChain", "pivotCacheRecords"))


def refuse_bombs(opened: BinaryIO, file: DataFile) -> None:
    """Raise FileContractError for a workbook that takes far more memory than it seems, and be at its start again otherwise."""
    with ZipFile(opened) as archive:
        _refuse_sizes(archive.infolist(), file)
        for part in archive.infolist():
            _look_through(archive, part, file)
    opened.seek(0)


def _refuse_sizes(parts: list[ZipInfo], file: DataFile) -> None:
    """Refuse a workbook that unpacks to far more than it seems: its texts are held in memory, its sheets are passed through.

    The sizes that a workbook states are those that are unpacked at the most, for a part that could expand is refused. Real ones pack to a
    tenth, seldom to less than a fiftieth.
    """
    unpacked = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if not part.filename.startswith(_SHEETS))
    styled = max((part.file_size for part in parts if part.filename in _WHOLE), default=0)
    if styled > _MOST_STYLE_BYTES:
        raise FileContractError(f"{file.name} has {styled:,} bytes of styles, which no workbook of receivables has: save it as CSV")
    is_inflated = unpacked > max(_FREE_BYTES, _MOST_TIMES * file.path.stat().st_size)
    if is_inflated or unpacked > _MOST_BYTES or texts > _MOST_TEXT_BYTES or len(parts) > _MOST_PARTS:
        raise FileContractError(f"{file.name} unpacks to {unpacked:,} bytes in {len(parts)} parts, which no workbook of receivables does: save it as CSV")


def _look_through(archive: ZipFile, part: ZipInfo, file: DataFile) -> None:
    """Refuse a part that goes beyond what a sheet may hold. A sheet may have any name, so every part is looked at; one that is no XML is no sheet."""
    watch = _Watch(f"{file.name}, {part.filename}")
    with archive.open(part) as content:
        try:
            while chunk := content.read(_CHUNK):
                watch.take(chunk)
            watch.take(b"", is_last=True)  # expat may hold the last elements back until then
        except (expat.ExpatError, LookupError, ValueError):  # the latter two: an encoding that expat does not know
            return


class _Watch:
    """Takes the text of a part in and raises at what no spreadsheet has. It counts and keeps nothing.

    What reads a sheet makes a cell of each element directly in a row, whatever its name, and keeps each element outside rows until the end.
    """

    __slots__ = ("_cells", "_depth", "_inside", "_most_outside", "_outside", "_parser", "_place", "_row", "_rows")

    def __init__(self, place: str) -> None:
        self._place = place
        self._row = 0.0
        self._rows = self._cells = self._inside = self._outside = 0
        self._depth = 0  # counted from the row, and 0 outside
        self._most_outside = _MOST_ELEMENTS
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type

    def take(self, text: bytes, *, is_last: bool = False) -> None:
        """Look at the next piece of the part."""
        self._parser.Parse(text, is_last)

    def _begin(self, name: str, attributes: list[str]) -> None:
        if self._depth:
            self._count_inside(name)
        elif name == _ROW:
            self._begin_row(attributes)
        else:
            self._count_outside(name)

    def _end(self, _name: str) -> None:
        if self._depth:
            self._depth -= 1

    def _begin_row(self, attributes: list[str]) -> None:
        self._row = _row_number(attributes, self._row + 1)
        self._rows += 1
        self._depth, self._cells, self._inside = 1, 0, 0
        if self._rows > MOST_ROWS or not self._row <= MOST_ROWS:  # turned round, so that "nan" is refused
            raise FileContractError(f"{self._place}: it has a row beyond the {MOST_ROWS:,} that a spreadsheet has: save it as CSV")

    def _count_inside(self, name: str) -> None:
        self._inside += 1
        if self._depth == 1:
            self._cells += 1
        self._depth += 1
        if name == _ROW:
            raise self._refusal("it has a row within a row, which no spreadsheet has")
        if self._cells > MOST_COLUMNS:
            raise self._refusal(f"it has more than {MOST_COLUMNS:,} cells, which no spreadsheet has")
        if self._inside > _MOST_ELEMENTS:
            raise self._refusal(f"its cells have more than {_MOST_ELEMENTS:,} parts")

    def _count_outside(self, name: str) -> None:
        self._outside += 1
        if self._outside == 1 and name in _LISTS:
            self._most_outside = _MOST_LISTED
        if self._outside > self._most_outside:
            raise FileContractError(f"{self._place}: it has more than {self._most_outside:,} elements outside its rows: save it as CSV")

    def _refuse_document_type(self, *_declared: object) -> None:
        """Its entities would expand to more than the sizes of the parts tell."""
        line = self._parser.CurrentLineNumber
        raise FileContractError(f"{self._place}, line {line}: it declares a document type, which no workbook does: save it as CSV")

    def _refusal(self, reason: str) -> FileContractError:
        return FileContractError(f"{self._place}, line {self._row:.0f}: {reason}: save it as CSV")


def _row_number(attributes: list[str], following: float) -> float:
    """The number that a row says it has, else the following one. What is no number is beyond every sheet."""
    try:
        return float(dict(zip(attributes[::2], attributes[1::2], strict=True)).get("r", following))
    except ValueError:
        return inf
