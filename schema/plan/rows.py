"""Plans of rows: what is selected of each row, and which other rows follow from it.

A row comes out as a dict by response key, so that resolvers only look up and a whole answer could be made of the same dicts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from schema.plan.statement import KEYS, Statement, bound_keys

Record = Sequence[Any]
Reader = Callable[[Record], Any]
Fetched = dict[str, Any]

TYPE = "@type"
"""Where a row says its type: no response key can have this name."""


@dataclass(slots=True)
class Session:
    """The transaction of one operation, and how its database wants keys."""

    connection: sa.Connection

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.connection.dialect.name

    def fetch(self, statement: Statement, keys: Sequence[int] | None = None) -> Sequence[Record]:
        """All rows of a statement, for the bound keys where it has them."""
        parameters = {} if keys is None else {KEYS: bound_keys(self.dialect, keys)}
        return self.connection.execute(statement, parameters).all()


class Follow(Protocol):
    """Rows that belong to other rows."""

    def load(self, session: Session, keys: Sequence[int]) -> Mapping[int, Any]:
        """What belongs to each key, in one statement and those below it; keys without anything may be absent."""
        ...

    def nothing(self) -> Any:  # noqa: ANN401 - null, an empty list or an empty page
        """What a key has that is absent."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A response key whose value follows from the column at `position`."""

    key: str
    position: int
    follow: Follow


@dataclass(slots=True)
class RowPlan:
    """What one place of the answer shows of each row."""

    type_name: str
    readers: list[tuple[str, Reader]] = field(default_factory=list[tuple[str, Reader]])
    links: list[Link] = field(default_factory=list[Link])

    def assemble(self, session: Session, records: Sequence[Record]) -> list[Fetched]:
        """The rows as dicts, with everything that follows from them."""
        made: list[Fetched] = [{TYPE: self.type_name} for _ in records]
        for key, read in self.readers:
            for row, record in zip(made, records, strict=True):
                row[key] = read(record)
        for link in self.links:
            self._follow(session, link, records=records, made=made)
        return made

    def _follow(self, session: Session, link: Link, *, records: Sequence[Record], made: list[Fetched]) -> None:
        keys = [record[link.position] for record in records]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        found: Mapping[int, Any] = link.follow.load(session, wanted) if wanted else {}
        for row, key in zip(made, keys, strict=True):
            row[link.key] = found[key] if key in found else link.follow.nothing()


@dataclass(frozen=True, slots=True)
class OnePlan:
    """At most one row for each key; the statement's column at `position` is the key."""

    statement: Statement
    position: int
    rows: RowPlan

    def load(self, session: Session, keys: Sequence[int]) -> Mapping[int, Fetched]:
        """The row of each key."""
        records = session.fetch(self.statement, keys)
        return {record[self.position]: row for record, row in zip(records, self.rows.assemble(session, records), strict=True)}

    def nothing(self) -> None:
        """No row: null."""


@dataclass(frozen=True, slots=True)
class ManyPlan:
    """All rows of each key, in the order of the statement; its column at `position` is the parent's key."""

    statement: Statement
    position: int
    rows: RowPlan

    def load(self, session: Session, keys: Sequence[int]) -> Mapping[int, list[Fetched]]:
        """The rows of each key."""
        records = session.fetch(self.statement, keys)
        found: dict[int, list[Fetched]] = {}
        for record, row in zip(records, self.rows.assemble(session, records), strict=True):
            found.setdefault(record[self.position], []).append(row)
        return found

    def nothing(self) -> list[Fetched]:
        """No rows: an empty list."""
        return []
