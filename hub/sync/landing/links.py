"""Links: rows of other streams that a record names by external id, joined whichever of the two comes first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.references import find_entity_ids
from hub.vocabulary import Stream

Values = tuple[Any, ...]
"""A row's values, in the order of its columns."""

Touch = Callable[[PageWork, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `column` holds the other row's id, None while what stands in `name_column` has not arrived."""

    column: str
    name_column: str
    stream: Stream


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one table's rows, and what follows from them.

    `left` is told of rows (ids) that are about to lead elsewhere or were deleted, `joined` of rows whose links are as they are now:
    both note what must be computed anew.
    """

    table: sa.Table
    links: tuple[Link, ...]
    left: Touch
    joined: Touch

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold the ids."""
        return tuple(link.column for link in self.links)


def resolve(work: PageWork, links: Links, columns: Sequence[str], *, values: Sequence[Values]) -> list[Values]:
    """The link columns of rows whose `columns` have these values: the ids of what they name, as far as it has arrived."""
    found: list[list[int | None]] = []
    for link in links.links:
        position = columns.index(link.name_column)
        names = [row[position] for row in values]
        known = find_entity_ids(work, link.stream, wanted) if (wanted := {name for name in names if name is not None}) else {}
        found.append([known.get(name) for name in names])
    return list(zip(*found, strict=True))


def relink(work: PageWork, links: Links, columns: Sequence[str], *, rows: Sequence[tuple[int, Values, Values]]) -> None:
    """Lead changed rows (id, values before, values now) to what they name now."""
    positions = [columns.index(link.name_column) for link in links.links]
    moved = [(key, now) for key, before, now in rows if any(before[position] != now[position] for position in positions)]
    found = resolve(work, links, columns, values=[now for _, now in moved])
    update_rows(work.connection, links.table, columns=links.columns, rows=[(*ids, key) for ids, (key, _) in zip(found, moved, strict=True)])


def join(work: PageWork, linked: Iterable[Links], stream: Stream, *, arrived: Mapping[str, int]) -> None:
    """Join rows that named these rows of a stream (external id → row id) before they arrived."""
    for links in linked:
        for link in links.links:
            if link.stream is stream:
                _join(work, links, link, arrived=arrived)


def _join(work: PageWork, links: Links, link: Link, *, arrived: Mapping[str, int]) -> None:
    table = links.table
    key, name = table.c[link.column], table.c[link.name_column]
    waiting = sa.and_(key.is_(None), name.is_not(None), table.c.connection_id == work.run.connection_id)
    if work.connection.execute(sa.select(table.c.id).where(waiting).limit(1)).first() is None:
        return
    found = work.connection.execute(sa.select(table.c.id, name, table.c.customer_id).where(waiting, is_among(name, arrived))).all()
    if not found:
        return
    update_rows(work.connection, table, columns=(link.column,), rows=[(arrived[external_id], row_id) for row_id, external_id, _ in found])
    work.dirty_customers.update(customer_id for _, _, customer_id in found)
    links.joined(work, [row_id for row_id, _, _ in found])
