"""What a workbook may hold: it is looked through before it is opened, for what reads it builds each row as a whole."""

from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError

MOST_COLUMNS = 16_384
"""How many cells a row may have: as many as a spreadsheet program gives it."""

_FREE_BYTES = 50_000_000
_MOST_BYTES = 1_000_000_000
_MOST_TEXT_BYTES = 250_000_000
_MOST_TIMES = 200
_MOST_PARTS = 10_000
_MOST_STYLE_BYTES = 2_000_000
_MOST_ELEMENTS = 1_000_000
_CELL_BYTES = 4
_LONGEST_NUMBER = 9
_CHUNK = 1024 * 1024
_WHOLE = frozenset({"xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"})
_SHEETS = "xl/worksheets/"


def refuse_bombs(opened: BinaryIO, file: DataFile) -> None:
    """Raise FileContractError for a workbook that takes far more memory than it seems, and be at its start again otherwise."""
    with ZipFile(opened) as archive:
        _refuse_sizes(archive.infolist(), file)
        for part in archive.infolist():
            if part.file_size > MOST_COLUMNS * _CELL_BYTES:  # fewer bytes cannot hold more cells
                _refuse_wide_rows(archive, part, file)
    opened.seek(0)


def _refuse_sizes(parts: list[ZipInfo], file: DataFile) -> None:
    """Refuse a workbook that unpacks to far more than it seems: its texts are held in memory, its sheets are passed through.

    The sizes that a workbook states are those that are unpacked at the most. Real ones pack to a tenth, seldom to less than a fiftieth.
    """
    unpacked = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if not part.filename.startswith(_SHEETS))
    styled = max((part.file_size for part in parts if part.filename in _WHOLE), default=0)
    if styled > _MOST_STYLE_BYTES:
        raise FileContractError(f"{file.name} has {styled:,} bytes of styles, which no workbook of receivables has: save it as CSV")
    is_inflated = unpacked > max(_FREE_BYTES, _MOST_TIMES * file.path.stat().st_size)
    if is_inflated or unpacked > _MOST_BYTES or texts > _MOST_TEXT_BYTES or len(parts) > _MOST_PARTS:
        raise FileContractError(f"{file.name} unpacks to {unpacked:,} bytes in {len(parts)} parts, which no workbook of receivables does: save it as CSV")


def _refuse_wide_rows(archive: ZipFile, part: ZipInfo, file: DataFile) -> None:
    """Refuse a part with a row of too many cells. A sheet may have any name, so every part is looked at; one that is no XML is no sheet."""
    look = _width_watch(f"{file.name}, {part.filename}")
    with archive.open(part) as content:
        try:
            while chunk := content.read(_CHUNK):
                look(chunk)
        except expat.ExpatError:
            return


def _width_watch(place: str) -> Callable[[bytes], object]:
    """What takes the text of a part in and raises at a row that is too wide. It counts and keeps nothing; it runs for every cell, hence in one function."""
    row = cells = elements = 0
    names = {"c", "row"}

    def begin(name: str, attributes: list[str]) -> None:
        nonlocal row, cells, elements
        elements += 1
        kind = name if name in names else name.rpartition(":")[2]
        if kind == "c":
            cells += 1
            if cells > MOST_COLUMNS:
                raise FileContractError(f"{place}, line {row}: it has more than {MOST_COLUMNS:,} cells, which no spreadsheet has: save it as CSV")
        elif kind == "row":
            row = _stated_row(attributes) or row + 1
            cells = elements = 0
        elif row and elements > _MOST_ELEMENTS:
            raise FileContractError(f"{place}, line {row}: its cells have more than {_MOST_ELEMENTS:,} parts: save it as CSV")

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler = begin
    return parser.Parse


def _stated_row(attributes: list[str]) -> int | None:
    """The number that a row says it has."""
    stated = dict(zip(attributes[::2], attributes[1::2], strict=True)).get("r", "")
    return int(stated) if stated.isdecimal() and len(stated) <= _LONGEST_NUMBER else None
