"""What the readers of every format share: a line that is no row, and the rules of a header."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.files.findings import FileContractError


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in the file that is no row: why, and what stands there."""

    reason: str
    raw: dict[str, Any]


def read_header(cells: Sequence[str], label: str, line: int) -> tuple[str, ...]:
    """The names of the columns; one without a name is called by its position, `column 3`.

    Raises FileContractError when there is no name at all, or one occurs twice.
    """
    names = [cell.strip() for cell in cells]
    if not any(names):
        raise FileContractError(f"{label} has no header on line {line}: name the columns there, or declare columns = […] or header_row in the mapping")
    header = tuple(name or f"column {position}" for position, name in enumerate(names, start=1))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise FileContractError(f"{label} line {line}: the header has {', '.join(repr(name) for name in twice)} more than once; give each column its own name")
    return header
