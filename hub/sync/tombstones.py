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
_ANY = sa.select(_TOMBSTONES.c.external_id).where(_TOMBSTONES.c.connection_id == sa.bindparam("connection_id")).limit(1)
_COLUMNS = ("connection_id", "stream", "external_id", "source_version", "source_updated_at", "deleted_at")

KEPT_FOR = timedelta(days=60)
"""How long a tombstone is kept: as long as an event can come late (hub/sync/webhooks/retention.py)."""


class _Stone(NamedTuple):
    """The version of a deletion, to compare with."""

    source_version: int | None
    source_updated_at: datetime | None


def set_tombstones(work: PageWork, stream: Stream, unknown: Mapping[str, Deletion]) -> None:
    """Remember deletions of objects that are not known, as far as they have a version or an instant to compare with; the newest stays."""
    told = {name: item for name, item in unknown.items() if item.source_version is not None or item.source_updated_at is not None}
    if not told:
        return
    stones = _find(work, stream, told)
    newest = {name: _over(item, stones.get(name)) for name, item in told.items() if name not in stones or not is_older(item, than=stones[name])}
    _remove(work, stream, newest.keys() & stones.keys())
    run = work.run
    rows = [(run.connection_id, stream.stored, name, *stone, run.now) for name, stone in newest.items()]
    insert_rows(work.connection, _TOMBSTONES, columns=_COLUMNS, rows=rows)


def buried(work: PageWork, stream: Stream, items: Sequence[Incoming]) -> set[str]:
    """The external ids of new records that are older than their deletion; the tombstone of one that is not is taken away.

    A mention is never among them, and leaves the tombstone to `deletions_of_mentions`: it says that there was such an object, not that
    it is there again.
    """
    whole = {item.external_id: item.record for item in items if not item.record.create_only}
    if not whole or not _is_any(work):
        return set()
    stones = _find(work, stream, whole)
    old = {name for name, stone in stones.items() if is_older(whole[name], than=stone)}
    _remove(work, stream, stones.keys() - old)
    return old


def deletions_of_mentions(work: PageWork, items: Mapping[Stream, Sequence[Incoming]]) -> list[Deletion]:
    """The deletions that came before the first mention of their object, no longer tombstones.

    The mention has made the row, so that what hangs on it can land; the deletion is applied to it as if it came only now.
    """
    mentions = {stream: [item.external_id for item in some if item.record.create_only] for stream, some in items.items()}
    if not any(mentions.values()) or not _is_any(work):
        return []
    found: list[Deletion] = []
    for stream, names in mentions.items():
        stones = _find(work, stream, names)
        _remove(work, stream, stones)
        found.extend(Deletion(stream=stream, external_id=name, **stone._asdict()) for name, stone in stones.items())
    return found


def forget_tombstones(connection: sa.Connection, now: datetime) -> int:
    """Forget those that are old; returns how many."""
    return connection.execute(sa.delete(_TOMBSTONES).where(_TOMBSTONES.c.deleted_at < now - KEPT_FOR)).rowcount


def _over(item: Deletion, stone: _Stone | None) -> _Stone:
    """The version of a deletion; what it does not say is that of the one before it."""
    before = stone or _Stone(None, None)
    version = before.source_version if item.source_version is None else item.source_version
    return _Stone(version, item.source_updated_at or before.source_updated_at)


def _is_any(work: PageWork) -> bool:
    return work.connection.execute(_ANY, {"connection_id": work.run.connection_id}).first() is not None


def _find(work: PageWork, stream: Stream, names: Iterable[str]) -> dict[str, _Stone]:
    columns = (_TOMBSTONES.c.external_id, _TOMBSTONES.c.source_version, _TOMBSTONES.c.source_updated_at)
    return {row[0]: _Stone(*row[1:]) for row in work.connection.execute(sa.select(*columns).where(_named(work, stream, names)))}


def _remove(work: PageWork, stream: Stream, names: Iterable[str]) -> None:
    work.connection.execute(sa.delete(_TOMBSTONES).where(_named(work, stream, names)))


def _named(work: PageWork, stream: Stream, names: Iterable[str]) -> sa.ColumnElement[bool]:
    table = _TOMBSTONES.c
    return sa.and_(table.connection_id == work.run.connection_id, table.stream == stream, is_among(table.external_id, names))
