"""Records whose parent has not arrived: kept aside, counted in no figure, applied when the parent is."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from hub.model import WaitingRecord, table_of
from hub.plugins.records import Deletion, Record
from hub.store.bulk import allocate_ids, insert_rows
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import Incoming, PageWork, Rejection, incoming
from hub.sync.references import is_older, supersedes
from hub.vocabulary import Stream

_WAITING = table_of(WaitingRecord)
_ANY = sa.select(_WAITING.c.id).where(_WAITING.c.connection_id == sa.bindparam("connection_id")).limit(1)
_COLUMNS = "id run_id connection_id feed stream external_id parent_stream parent_external_id record waiting_since".split()


class _Row(NamedTuple):
    id: int
    external_id: str
    record: str


def customer_of(record: Record) -> str:
    """The external id of the customer that a record hangs on. Raises AttributeError for one that hangs on none."""
    return _CUSTOMER_OF(record)


_CUSTOMER_OF: Callable[[Record], str] = attrgetter("customer_external_id")


def set_aside(work: PageWork, stream: Stream, items: Sequence[Incoming]) -> None:
    """Keep records that wait for their customer; a newer form of one that waits already replaces it, an older one is left out."""
    if not items:
        return
    names = forget_superseded(work, stream, items)
    taken = [item for item in items if item.external_id not in names]
    run = work.run
    ids = allocate_ids(work.connection, _WAITING, len(taken))
    rows: list[tuple[object, ...]] = []
    for key, item in zip(ids, taken, strict=True):
        head = (key, run.run_id, run.connection_id, run.feed, stream.stored, item.external_id)
        rows.append((*head, Stream.CUSTOMERS.stored, customer_of(item.record), item.encoded.decode(), run.now))
    insert_rows(work.connection, _WAITING, columns=_COLUMNS, rows=rows)
    work.note(stream, "waiting", [item.external_id for item in taken])
    work.note(stream, "stale", names)


def take_back(work: PageWork, arrived: Iterable[str]) -> dict[Stream, list[Incoming]]:
    """The records that waited for these customers (external ids), no longer waiting, by stream.

    One that this version cannot read any more becomes a rejected record.
    """
    if not _is_any(work):
        return {}
    table = _WAITING
    ready = sa.and_(_mine(work), table.c.parent_stream == Stream.CUSTOMERS, is_among(table.c.parent_external_id, arrived))
    rows = work.connection.execute(sa.select(table.c.id, table.c.stream, table.c.external_id, table.c.record).where(ready).order_by(table.c.id)).all()
    _delete(work, [row.id for row in rows])
    found: dict[Stream, list[Incoming]] = {}
    for row in rows:
        try:
            found.setdefault(row.stream, []).append(incoming(decode(row.stream, row.record)))
        except msgspec.DecodeError as error:
            reason = f"it waited in a form of another version ({error}): import its source again"
            work.rejections.append(Rejection(reason=reason, stream=row.stream, external_id=row.external_id, record=row.record))
    return found


def streams_waiting_for(connection: sa.Connection, connection_id: int, customers: Collection[str]) -> set[Stream]:
    """The streams of which something waits for some customers (external ids of the connection)."""
    if not customers:
        return set()
    table = _WAITING
    ready = sa.and_(table.c.connection_id == connection_id, table.c.parent_stream == Stream.CUSTOMERS, is_among(table.c.parent_external_id, customers))
    return set(connection.execute(sa.select(table.c.stream).where(ready).distinct()).scalars())


def forget(work: PageWork, stream: Stream, deletions: Mapping[str, Deletion]) -> set[str]:
    """Let go of what waits and has been deleted, by external id, but for what has come back since; returns the ids of what is gone."""
    if not _is_any(work):
        return set()
    rows = [row for row in _named(work, stream, deletions) if not _has_come_back(row, stream, deletions[row.external_id])]
    _delete(work, [row.id for row in rows])
    return {row.external_id for row in rows}


def forget_superseded(work: PageWork, stream: Stream, items: Iterable[Incoming]) -> set[str]:
    """Let go of waiting forms that these take the place of; returns the external ids whose waiting form is the newer and stays."""
    if not _is_any(work):
        return set()
    by_name = {item.external_id: item.record for item in items}
    old: list[int] = []
    newer: set[str] = set()
    for row in _named(work, stream, by_name):
        if _replaces(by_name[row.external_id], row):
            old.append(row.id)
        else:
            newer.add(row.external_id)
    _delete(work, old)
    return newer


def _has_come_back(row: _Row, stream: Stream, deletion: Deletion) -> bool:
    try:
        return is_older(deletion, than=decode(stream, row.record))
    except msgspec.DecodeError:
        return False


def _replaces(record: Record, row: _Row) -> bool:
    try:
        return supersedes(record, decode(record.stream, row.record))
    except msgspec.DecodeError:
        return True


def _mine(work: PageWork) -> sa.ColumnElement[bool]:
    return _WAITING.c.connection_id == work.run.connection_id


def _is_any(work: PageWork) -> bool:
    return work.connection.execute(_ANY, {"connection_id": work.run.connection_id}).first() is not None


def _named(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> list[_Row]:
    table = _WAITING
    same = sa.and_(_mine(work), table.c.stream == stream, is_among(table.c.external_id, external_ids))
    rows = work.connection.execute(sa.select(table.c.id, table.c.external_id, table.c.record).where(same))
    return [_Row(*row) for row in rows]


def _delete(work: PageWork, ids: Sequence[int]) -> None:
    if ids:
        work.connection.execute(sa.delete(_WAITING).where(is_among(_WAITING.c.id, ids)))
