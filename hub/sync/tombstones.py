"""Tombstones: objects that their source had deleted before anything of them landed. A form of theirs that comes late does not land either."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from hub.model import Tombstone, table_of
from hub.plugins.records import Deletion
from hub.store.bulk import insert_rows
from hub.store.lookup import is_among
from hub.sync.context import Incoming, PageWork
from hub.sync.references import is_older
from hub.vocabulary import Stream

_TOMBSTONES = table_of(Tombstone)
_COLUMNS = ("connection_id", "stream", "external_id", "source_version", "source_updated_at", "deleted_at")

KEPT_FOR = timedelta(days=60)
"""How long a tombstone is kept: as long as an event can come late (hub/sync/webhooks/retention.py)."""


class _Stone(NamedTuple):
    """The version of a deletion, to compare with."""

    source_version: int | None
    source_updated_at: datetime | None


def set_tombstones(work: PageWork, stream: Stream, unknown: Mapping[str, Deletion]) -> None:
    """Remember deletions of objects that are not known, as far as they have a version or an instant to compare with."""
    told = {name: item for name, item in unknown.items() if item.source_version is not None or item.source_updated_at is not None}
    if not told:
        return
    _remove(work, stream, told)
    run = work.run
    rows = [(run.connection_id, stream.stored, name, item.source_version, item.source_updated_at, run.now) for name, item in told.items()]
    insert_rows(work.connection, _TOMBSTONES, columns=_COLUMNS, rows=rows)


def buried(work: PageWork, stream: Stream, items: Sequence[Incoming]) -> set[str]:
    """The external ids of new records that are older than their deletion; the tombstone of one that is not is taken away."""
    mine = _TOMBSTONES.c.connection_id == work.run.connection_id
    if not items or work.connection.execute(sa.select(_TOMBSTONES.c.external_id).where(mine).limit(1)).first() is None:
        return set()
    columns = (_TOMBSTONES.c.external_id, _TOMBSTONES.c.source_version, _TOMBSTONES.c.source_updated_at)
    same = sa.and_(mine, _TOMBSTONES.c.stream == stream, is_among(_TOMBSTONES.c.external_id, (item.external_id for item in items)))
    stones = {row[0]: _Stone(*row[1:]) for row in work.connection.execute(sa.select(*columns).where(same))}
    if not stones:
        return set()
    old = {item.external_id for item in items if item.external_id in stones and is_older(item.record, than=stones[item.external_id])}
    _remove(work, stream, stones.keys() - old)
    return old


def forget_tombstones(connection: sa.Connection, now: datetime) -> int:
    """Forget those that are old; returns how many."""
    return connection.execute(sa.delete(_TOMBSTONES).where(_TOMBSTONES.c.deleted_at < now - KEPT_FOR)).rowcount


def _remove(work: PageWork, stream: Stream, names: Iterable[str]) -> None:
    table = _TOMBSTONES.c
    same = sa.and_(table.connection_id == work.run.connection_id, table.stream == stream, is_among(table.external_id, names))
    work.connection.execute(sa.delete(_TOMBSTONES).where(same))
