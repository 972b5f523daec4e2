"""The record of a run: started, counted with every page, ended; and the checkpoint of each feed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.model import Checkpoint, Event, SyncRun, table_of
from hub.plugins.connector import Feed
from hub.sync.context import COUNTED
from hub.vocabulary import Stream, SyncRunStatus

_RUNS = table_of(SyncRun)
_CHECKPOINTS = table_of(Checkpoint)
_EVENTS = table_of(Event)

Counts = Mapping[tuple[Stream | None, str], int]


@dataclass(frozen=True, slots=True)
class SavedPosition:
    """How far a feed was read: the cursor (None: to its end), the content that it belongs to, and the order of the last file."""

    cursor: str | None = None
    content_digest: str | None = None
    sequence: str | None = None


def start_run(connection: sa.Connection, *, connection_id: int, trigger: str, now: datetime) -> int:
    """Begin a run. The caller holds the connection's lock, so a run that still says RUNNING was cut off: it is marked FAILED."""
    cut_off = sa.update(_RUNS).where(_RUNS.c.connection_id == connection_id, _RUNS.c.status == SyncRunStatus.RUNNING)
    connection.execute(
        cut_off.values(status=SyncRunStatus.FAILED, ended_at=now, message="the process ended before the run did; the next run goes on from here")
    )
    values: dict[str, Any] = {f"{name}_count": 0 for name in COUNTED}
    insert = sa.insert(_RUNS).values(connection_id=connection_id, status=SyncRunStatus.RUNNING, trigger=trigger, started_at=now, **values)
    run_id = int(connection.execute(insert.returning(_RUNS.c.id)).scalar_one())
    _note_event(connection, "sync_run.started", run_id=run_id, now=now)
    return run_id


def note_counts(connection: sa.Connection, run_id: int, counts: Counts, *, notices: int = 0) -> None:
    """Add a page's counts to its run."""
    totals: Counter[str] = Counter()
    for (_, what), number in counts.items():
        totals[what] += number
    totals["notice"] += notices
    changes = {f"{what}_count": _RUNS.c[f"{what}_count"] + number for what, number in totals.items() if number}
    if changes:
        connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(**changes))


def end_run(connection: sa.Connection, run_id: int, *, status: SyncRunStatus, message: str | None, feeds: dict[str, Any], now: datetime) -> None:
    """End a run with its outcome and the counts of each feed by stream."""
    connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(status=status, ended_at=now, message=message, feeds=feeds))
    _note_event(connection, "sync_run.ended", run_id=run_id, now=now)


def saved_position(connection: sa.Connection, connection_id: int, feed: str) -> SavedPosition:
    """Where the last read of a feed stopped."""
    table = _CHECKPOINTS
    columns = (table.c.cursor, table.c.content_digest, table.c.sequence)
    row = connection.execute(sa.select(*columns).where(table.c.connection_id == connection_id, table.c.feed == feed)).first()
    return SavedPosition() if row is None else SavedPosition(*row)


def save_position(connection: sa.Connection, connection_id: int, feed: Feed, *, cursor: str | None, data_as_of: datetime | None, now: datetime) -> None:
    """Save how far a feed has been read; `data_as_of` is set when it was read to its end. Belongs to the page's transaction."""
    table = _CHECKPOINTS
    values: dict[str, Any] = {"cursor": cursor, "content_digest": feed.content_digest, "sequence": feed.sequence, "updated_at": now}
    if data_as_of is not None:
        values["data_as_of"] = data_as_of
    same = sa.and_(table.c.connection_id == connection_id, table.c.feed == feed.name)
    if connection.execute(sa.update(table).where(same).values(**values)).rowcount == 0:
        connection.execute(sa.insert(table).values(connection_id=connection_id, feed=feed.name, **values))


def _note_event(connection: sa.Connection, kind: str, *, run_id: int, now: datetime) -> None:
    connection.execute(sa.insert(_EVENTS).values(kind=kind, run_id=run_id, happened_at=now))
