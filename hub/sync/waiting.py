"""Records whose parent has not arrived: kept aside, counted in no figure, applied when the parent is."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

import sqlalchemy as sa

from hub.model import WaitingRecord, table_of
from hub.plugins.records import Record
from hub.store.bulk import allocate_ids, insert_rows
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import Incoming, PageWork, incoming
from hub.vocabulary import Stream

_WAITING = table_of(WaitingRecord)
_COLUMNS = "id run_id connection_id feed stream external_id parent_stream parent_external_id record waiting_since".split()


def customer_of(record: Record) -> str:
    """The external id of the customer that a record hangs on. Raises AttributeError for one that hangs on none."""
    return _CUSTOMER_OF(record)


_CUSTOMER_OF: Callable[[Record], str] = attrgetter("customer_external_id")


def set_aside(work: PageWork, stream: Stream, items: Sequence[Incoming]) -> None:
    """Keep records that wait for their customer; a newer form of one that waits already replaces it."""
    if not items:
        return
    _forget(work, stream, [item.external_id for item in items])
    run = work.run
    ids = allocate_ids(work.connection, _WAITING, len(items))
    rows: list[tuple[object, ...]] = []
    for key, item in zip(ids, items, strict=True):
        head = (key, run.run_id, run.connection_id, run.feed, stream.stored, item.external_id)
        rows.append((*head, Stream.CUSTOMERS.stored, customer_of(item.record), item.encoded.decode(), run.now))
    insert_rows(work.connection, _WAITING, columns=_COLUMNS, rows=rows)
    work.count(stream, "waiting", len(items))


def take_back(work: PageWork, arrived: Iterable[str]) -> dict[Stream, list[Incoming]]:
    """The records that waited for these customers (external ids), no longer waiting, by stream."""
    table = _WAITING
    mine = table.c.connection_id == work.run.connection_id
    if work.connection.execute(sa.select(table.c.id).where(mine).limit(1)).first() is None:
        return {}
    ready = sa.and_(mine, table.c.parent_stream == Stream.CUSTOMERS, is_among(table.c.parent_external_id, arrived))
    rows = work.connection.execute(sa.select(table.c.id, table.c.stream, table.c.record).where(ready).order_by(table.c.id)).all()
    work.connection.execute(sa.delete(table).where(is_among(table.c.id, [row.id for row in rows])))
    found: dict[Stream, list[Incoming]] = {}
    for row in rows:
        found.setdefault(row.stream, []).append(incoming(decode(row.stream, row.record)))
    return found


def _forget(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> None:
    table = _WAITING
    same = sa.and_(table.c.connection_id == work.run.connection_id, table.c.stream == stream, is_among(table.c.external_id, external_ids))
    work.connection.execute(sa.delete(table).where(same))
