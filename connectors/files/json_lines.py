"""JSON Lines as rows, streamed. Decimals keep the digits of the text; a line that is no object is refused by itself."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.files.compiling import Row
from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError
from connectors.files.rows import Damage

LINE_BYTES = 8 * 1024 * 1024
_RAW_TEXT = 10_000
_NUL = re.compile(rb"\\u0000")


class JsonLinesReader:
    """One JSON Lines file, in UTF-8. Whole numbers are exact; others come as text."""

    header = None
    tells_typed_numbers = False
    row_count = None

    def __init__(self, file: DataFile) -> None:
        self.label = file.name
        self._file = file.path.open("rb")
        self._decode = msgspec.json.Decoder(dict[str, Any], float_hook=str).decode

    def rows(self) -> Iterator[tuple[int, Row | Damage]]:
        """Line number and object, or the damage that a line is. Blank lines are left out."""
        number = 0
        while line := self._file.readline(LINE_BYTES):
            number += 1
            if len(line) == LINE_BYTES and not line.endswith(b"\n"):
                raise FileContractError(f"{self.label} line {number} is longer than {LINE_BYTES} bytes: is every object on a line of its own?")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.isspace():
                continue
            yield number, self._row(line)

    def _row(self, line: bytes) -> dict[str, Any] | Damage:
        try:
            row: dict[str, Any] = self._decode(line)
        except msgspec.ValidationError:
            return _damage("the line is not a JSON object", line)
        except msgspec.DecodeError as error:
            return _damage(f"the line is not JSON: {error}", line)
        if _NUL.search(line):
            return _damage("the line has a NUL character", line)
        return row

    def plain(self, row: Row) -> dict[str, Any]:
        """The row itself."""
        return row  # pyright: ignore[reportReturnType] - rows of this reader are dicts

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the file."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _damage(reason: str, line: bytes) -> Damage:
    return Damage(reason, {"text": line.decode("utf-8", "backslashreplace").replace("\0", "\ufffd").rstrip("\r\n")[:_RAW_TEXT]})
