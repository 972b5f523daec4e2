"""What an export reads: a query that was found good, page by page, and the columns that it has as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from hub.access.principal import Principal

Objects = Sequence[Mapping[str, Any]]
"""Objects of a list as JSON has them: texts, numbers, booleans, null, and objects and lists of these."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of a table: `path` are the keys down to its value. `is_number`: what stands there is a number, also where it is told as text."""

    path: tuple[str, ...]
    is_number: bool = False

    @property
    def title(self) -> str:
        """Its heading: `customer.name`."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class ExportAsking:
    """Who asks for an export, and in which request."""

    principal: Principal
    request_id: str


class ExportQuery(Protocol):
    """The query of an export, good as a text. It reads with the rights of its principal, which are judged whenever it reads."""

    def columns(self) -> Sequence[ExportColumn]:
        """Its columns as a table. Raises RequestError for what has no place in a table."""
        ...

    def check(self, connection: sa.Connection) -> None:
        """Raise RequestError when its principal may not ask it, or when it can never be answered. Reads no more than one row."""
        ...

    def pages(self, connection: sa.Connection) -> Iterator[Objects]:
        """The whole list in its order, some objects at a time. Raises RequestError as `check` does."""
        ...
