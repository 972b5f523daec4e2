"""Following what happens: rows of some tables become steps with a cursor each, in one read transaction after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from hub.store.appended import Position, Tail, Writers, ends_of, require_kept, writers_of
from hub.store.engine import Store
from schema.subscription.cursors import encode_positions

Positions = tuple[Position, ...]
"""How far each table of a feed was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that rows of one table tell: the table's number in the feed, the ids of the rows, and what happened; None: nothing to tell."""

    table: int
    ids: tuple[int, ...]
    what: Any


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, with the cursor after which everything that follows it is found."""

    found: Found
    cursor: str

    @property
    def what(self) -> Any:  # noqa: ANN401 - each feed has its own kind
        """What happened."""
        return self.found.what


class Feed(Protocol):
    """What can be followed: which tables tell of it, and what their rows say."""

    @property
    def name(self) -> str:
        """Whose cursors its steps have, where nobody names them otherwise."""
        ...

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The tables, in the order of their positions."""
        ...

    def read(self, connection: sa.Connection, tails: Sequence[Tail], *, writers: Writers, limit: int) -> tuple[list[Found], bool]:
        """What the next rows tell, in the order in which it is told, `limit` rows of a table at most; and whether there may be more at once."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was read at once; `has_more`: there may be more already."""

    steps: Sequence[Step]
    has_more: bool


class Follower:
    """Reads a feed on from a position. `name` is whose cursors the steps get."""

    def __init__(self, store: Store, feed: Feed, positions: Positions, *, name: str) -> None:
        """Nothing is read yet."""
        self._store = store
        self._feed = feed
        self._name = name
        self._tails = [Tail(table, position) for table, position in zip(feed.tables, positions, strict=True)]

    @property
    def positions(self) -> Positions:
        """How far it has come."""
        return tuple(tail.position for tail in self._tails)

    def read(self, limit: int) -> Chunk:
        """What comes next. An error of the database leaves the follower where it was."""
        before = self.positions
        writers = writers_of(self._store, [tail.table for tail in self._tails if tail.position.gaps])
        tails = [tail.copy() for tail in self._tails]
        with self._store.read() as connection:
            found, has_more = self._feed.read(connection, tails, writers=writers, limit=limit)
        self._tails = tails
        return Chunk(list(_steps(self._name, before, found)), has_more)


def from_now(store: Store, feed: Feed) -> Follower:
    """A follower of what is committed from now on."""
    return Follower(store, feed, ends_of(store, feed.tables), name=feed.name)


def require_all_kept(connection: sa.Connection, tables: Sequence[sa.Table], positions: Positions) -> None:
    """Raise PositionLostError unless everything after the positions is still there."""
    for table, position in zip(tables, positions, strict=True):
        require_kept(connection, table, position)


def unmet(steps: Iterable[Step], positions: Positions) -> list[Step]:
    """The steps that have a row which was not met at these positions."""
    return [step for step in steps if not all(positions[step.found.table].has_met(key) for key in step.found.ids)]


def _steps(name: str, before: Positions, found: Sequence[Found]) -> Iterable[Step]:
    """Steps with their cursors. A cursor lies before the first row of every step that follows: rows of several steps may alternate."""
    positions = list(before)
    waiting = [sorted(key for each in found if each.table == table for key in each.ids) for table in range(len(positions))]
    for each, first_later in zip(found, _first_later(found, len(positions)), strict=True):
        keys = waiting[each.table]
        count = next((place for place, key in enumerate(keys) if key >= first_later), len(keys))
        positions[each.table] = positions[each.table].meeting(keys[:count])
        waiting[each.table] = keys[count:]
        if each.what is not None:
            yield Step(each, encode_positions(name, positions))


def _first_later(found: Sequence[Found], tables: int) -> list[int]:
    """Of each, the first id of its table among those that come after it."""
    end = 2**63
    least, firsts = [end] * tables, [end] * len(found)
    for place in range(len(found) - 1, -1, -1):
        table = found[place].table
        firsts[place] = least[table]
        least[table] = min(least[table], *found[place].ids)
    return firsts
