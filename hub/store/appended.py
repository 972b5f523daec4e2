"""Reading a table that rows are only added to, by position: every row is met that is ever committed, whatever order that happens in.

PostgreSQL hands out ids before the transactions that use them commit, so a row can become visible below others that were read long ago.
A position therefore remembers the ids that were passed over: its gaps. A gap is closed when its row is met, or when no transaction is
left that could still bring it. Who could: whoever has taken an id holds a lock on the table's sequence from before that until its end.
SQLite has one writer, whose ids rise in the order of its commits: there are no gaps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hub.errors import NotFoundError
from hub.store.engine import Store

Range = tuple[int, int]
"""The first and the last of some ids in a row, both included."""

Writers = Mapping[str, frozenset[str]]
"""Of each table, the transactions that have taken ids of it and have not ended."""


class PositionLostError(NotFoundError):
    """Rows after a position are no longer kept, or the position is none of this database. Whoever reads must start anew."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a table was read: every id up to `head` was met or passed over; `gaps` are those that were passed over and may still come, ascending."""

    head: int = 0
    gaps: tuple[Range, ...] = ()

    def has_met(self, key: int) -> bool:
        """Whether the row of an id lies behind."""
        return key <= self.head and not any(first <= key <= last for first, last in self.gaps)

    def meeting(self, keys: Iterable[int]) -> "Position":
        """The position after some rows were met, in any order."""
        head, gaps = self.head, list(self.gaps)
        for key in sorted(keys):
            if key > head:
                gaps += [(head + 1, key - 1)] if key > head + 1 else []
                head = key
            else:
                gaps = [part for gap in gaps for part in _without(gap, key)]
        return Position(head, tuple(gaps))

    def within(self, most_gaps: int) -> "Position":
        """A position of at most so many gaps that lies no further on: rows above the gap that is left out are met a second time."""
        if len(self.gaps) <= most_gaps:
            return self
        return Position(self.gaps[most_gaps][0] - 1, self.gaps[:most_gaps])


class Tail:
    """Reads one table on from a position. `read` within one transaction after the other; the writers must be looked up before each begins."""

    def __init__(self, table: sa.Table, position: Position) -> None:
        """`position` is where the reading goes on; its gaps may be from long ago."""
        self.table = table
        self.position = position
        self._owners: dict[Range, frozenset[str] | None] = dict.fromkeys(position.gaps)

    def copy(self) -> "Tail":
        """Another reader at the same place."""
        made = Tail(self.table, self.position)
        made._owners = dict(self._owners)
        return made

    def read(self, connection: sa.Connection, columns: Sequence[sa.ColumnElement[Any]], *, writers: Writers, limit: int) -> Sequence[sa.Row[Any]]:
        """At most `limit` rows that were not met yet, by ascending id, which must be the first column. Fewer: there are no more for now."""
        key = self.table.c.id
        statement = sa.select(*columns).order_by(key).limit(limit)
        rows: list[sa.Row[Any]] = []
        if self.position.gaps:
            rows += connection.execute(_among(statement, self.table, self.position.gaps))
        room = limit - len(rows)
        if room:
            rows += connection.execute(statement.where(key > self.position.head).limit(room))
        self._close_gaps(writers.get(self.table.name, frozenset()), met_all=room > 0)
        self._go_on([row[0] for row in rows], has_gaps=connection.dialect.name == "postgresql")
        return rows

    def _close_gaps(self, writers: frozenset[str], *, met_all: bool) -> None:
        """Forget the gaps that nobody is left for. A gap's owners are among the first writers that were seen after it had been found."""
        for gap, owners in list(self._owners.items()):
            left = writers if owners is None else owners & writers
            if left or not met_all:
                self._owners[gap] = left
            else:
                del self._owners[gap]
        self.position = Position(self.position.head, tuple(sorted(self._owners)))

    def _go_on(self, keys: Sequence[int], *, has_gaps: bool) -> None:
        before = self._owners
        moved = self.position.meeting(keys)
        self.position = moved if has_gaps else Position(moved.head)
        self._owners = {gap: _owners_of(gap, before) for gap in self.position.gaps}


def writers_of(store: Store, tables: Iterable[sa.Table]) -> Writers:
    """Who may still bring rows of these tables with ids that were handed out before this moment."""
    if store.dialect == "sqlite":
        return {}
    statement = sa.text(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted AND relation = CAST(pg_get_serial_sequence(:name, 'id') AS regclass)"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with store.read() as connection:
        return {table.name: frozenset(connection.execute(statement, {"name": f'"{table.name}"'}).scalars()) for table in tables}


def ends_of(store: Store, tables: Sequence[sa.Table]) -> tuple[Position, ...]:
    """Of each table the position after which everything comes that is committed from now on, whenever its id was handed out.

    The last id is looked up first, then the writers, then what is missing below that id, in one transaction after the other. So no row is lost:

    - A row above the last id comes after the position by its id, also when it has been committed by the time of the second or third look.
    - The id of a row up to the last one was handed out before the first look, since ids are handed out ascending. Whoever took it has held its
      lock since then, and gives it up only when its row can be seen. If it is not among the writers, it has ended before the third look, which
      would see its row: it has committed before, or never will. If it is, all that the third look does not see up to the last id is a gap.

    In any other order there is a moment after the writers were looked up in which another one may take an id that the last one then lies above.
    """
    with store.read() as connection:
        heads = [_last_id(connection, table) for table in tables]
    writers = writers_of(store, tables)
    with store.read() as connection:
        missing = [_missing(connection, table, head) if writers.get(table.name) else () for table, head in zip(tables, heads, strict=True)]
    return tuple(Position(head, gaps) for head, gaps in zip(heads, missing, strict=True))


def require_kept(connection: sa.Connection, table: sa.Table, position: Position) -> None:
    """Raise PositionLostError unless everything after a position is still there. Rows are deleted oldest first, if at all."""
    key = table.c.id
    first, last = connection.execute(sa.select(sa.func.min(key), sa.func.coalesce(sa.func.max(key), 0))).one()
    if position.head > last or (first is not None and first > position.head + 1):
        raise PositionLostError("What came after this position is no longer kept: start anew without it.")


def _last_id(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one())


def _missing(connection: sa.Connection, table: sa.Table, head: int) -> tuple[Range, ...]:
    """The ids below `head` whose rows this transaction does not see. The row of `head` was seen."""
    key = table.c.id
    after = sa.select(key, sa.func.lag(key, 1, 0).over(order_by=key).label("before")).where(key <= head).subquery()
    gaps = sa.select(after.c.before + 1, after.c.id - 1).where(after.c.id > after.c.before + 1).order_by(after.c.id)
    return tuple((first, last) for first, last in connection.execute(gaps))


def _without(gap: Range, key: int) -> list[Range]:
    first, last = gap
    if not first <= key <= last:
        return [gap]
    return [part for part in ((first, key - 1), (key + 1, last)) if part[0] <= part[1]]


def _owners_of(gap: Range, before: Mapping[Range, frozenset[str] | None]) -> frozenset[str] | None:
    """Whoever may bring what is left of a gap; None for a new one, of which nobody has asked yet."""
    return next((owners for (first, last), owners in before.items() if first <= gap[0] and gap[1] <= last), None)


def _among(statement: sa.Select[Any], table: sa.Table, ranges: Sequence[Range]) -> sa.Select[Any]:
    """The rows whose id lies in one of some ranges that do not overlap; two parameters, however many there are; PostgreSQL only."""
    firsts, lasts = ([found[end] for found in ranges] for end in (0, 1))
    bounds = (
        sa.func.unnest(
            sa.bindparam(None, firsts, type_=postgresql.ARRAY(sa.BigInteger), unique=True),
            sa.bindparam(None, lasts, type_=postgresql.ARRAY(sa.BigInteger), unique=True),
        )
        .table_valued(sa.column("first", sa.BigInteger), sa.column("last", sa.BigInteger), name="gap")
        .render_derived()
    )
    return statement.select_from(bounds.join(table, table.c.id.between(bounds.c.first, bounds.c.last)))
