"""The record of a run: started, counted with every page, ended; and the checkpoint of each feed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hub.model import Checkpoint, Event, SyncRun, table_of
from hub.plugins.connector import Feed
from hub.sync.context import COUNTED
from hub.vocabulary import Stream, SyncRunStatus

_RUNS = table_of(SyncRun)
_CHECKPOINTS = table_of(Checkpoint)
_EVENTS = table_of(Event)

RUN_STARTED, RUN_PAGE, RUN_ENDED = "sync_run.started", "sync_run.page", "sync_run.ended"
"""The kinds of event that tell how a run goes on: each page of it is one, with what has become of its feed so far."""

_OF_SINGLE_OBJECTS = ("REMOVAL", "REPLAY", "RESYNC", "WEBHOOK")

Counts = Mapping[tuple[Stream | None, str], int]

Reads = tuple[tuple[str, str, str], ...]
"""Of each feed, since when it is being read and up to when it has been; only good to be compared."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many records a feed has delivered of late, and how many of them were refused."""

    count: int = 0
    refused_count: int = 0


NOTHING_DELIVERED = Delivered()


@dataclass(frozen=True, slots=True)
class SavedPosition:
    """How far a feed was read: the cursor (None: from the start), the content that it belongs to, and the order of the last file.

    `full_since` is when the last read of everything began, `history_from` the first date of the documents that are followed, `then_cursor`
    where it is read on after the end of a read from the start, `problem` why it does not move; None: nothing of the kind.
    `reading_since` is when the read that is not finished began; None: the last one came to its end. `data_as_of` None: none ever did.
    """

    cursor: str | None = None
    content_digest: str | None = None
    sequence: str | None = None
    reading_since: datetime | None = None
    data_as_of: datetime | None = None
    full_since: datetime | None = None
    then_cursor: str | None = None
    problem: str | None = None
    history_from: date | None = None
    delivered: Delivered = NOTHING_DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What is known of a run when it begins. `scope` None: everything was asked for; `job_run_id` None: it is no part of a job."""

    connection_id: int
    trigger: str
    scope: dict[str, Any] | None = None
    job_run_id: int | None = None


def start_run(connection: sa.Connection, start: RunStart, *, now: datetime) -> int:
    """Begin a run. The caller holds the connection's lock, so a run that still says RUNNING was cut off: it is marked FAILED."""
    cut_off = sa.update(_RUNS).where(_RUNS.c.connection_id == start.connection_id, _RUNS.c.status == SyncRunStatus.RUNNING)
    message = "the process ended before the run did; the next run goes on from here"
    failed = cut_off.values(status=SyncRunStatus.FAILED, ended_at=now, message=message).returning(_RUNS.c.id)
    for lost_id in connection.execute(failed).scalars().all():
        _note_event(connection, RUN_ENDED, run_id=lost_id, now=now)
    run_id = insert_run(connection, start, now=now)
    _note_event(connection, RUN_STARTED, run_id=run_id, now=now)
    return run_id


def insert_run(connection: sa.Connection, start: RunStart, *, now: datetime) -> int:
    """The row of a run that begins; returns its id."""
    counts: dict[str, Any] = {f"{name}_count": 0 for name in COUNTED}
    known = {"connection_id": start.connection_id, "trigger": start.trigger, "scope": start.scope, "job_run_id": start.job_run_id}
    insert = sa.insert(_RUNS).values(status=SyncRunStatus.RUNNING, started_at=now, **known, **counts)
    return int(connection.execute(insert.returning(_RUNS.c.id)).scalar_one())


def reads_connection(runs: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a run read its connection, and not just some objects of it: only then it says how the connection fares."""
    return runs.c.trigger.not_in(_OF_SINGLE_OBJECTS)


def note_waiting(connection: sa.Connection, run_id: int, until: datetime | None, *, why: str | None) -> None:
    """Say until when a run waits before it asks its source again, and why; None: it goes on."""
    connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(waiting_until=until, message=why))


def note_counts(connection: sa.Connection, run_id: int, counts: Counts, *, notices: int = 0) -> None:
    """Add a page's counts to its run."""
    totals: Counter[str] = Counter()
    for (_, what), number in counts.items():
        totals[what] += number
    totals["notice"] += notices
    changes = {f"{what}_count": _RUNS.c[f"{what}_count"] + number for what, number in totals.items() if number}
    if changes:
        connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(**changes))


def note_page(connection: sa.Connection, run_id: int, feed: Mapping[str, Any], *, now: datetime) -> None:
    """Tell that a page of a run has landed; `feed` is what has become of its feed in this run so far, by the feed's name."""
    connection.execute(sa.insert(_EVENTS).values(kind=RUN_PAGE, run_id=run_id, payload=feed, happened_at=now))


def end_run(connection: sa.Connection, run_id: int, *, status: SyncRunStatus, message: str | None, feeds: dict[str, Any], now: datetime) -> None:
    """End a run with its outcome and the counts of each feed by stream."""
    connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run_id).values(status=status, ended_at=now, waiting_until=None, message=message, feeds=feeds))
    _note_event(connection, RUN_ENDED, run_id=run_id, now=now)


def saved_position(connection: sa.Connection, connection_id: int, feed: str) -> SavedPosition:
    """Where the last read of a feed stopped."""
    table = _CHECKPOINTS
    columns = "cursor content_digest sequence reading_since data_as_of full_since then_cursor problem history_from delivered_count refused_count".split()
    row = connection.execute(sa.select(*(table.c[name] for name in columns)).where(table.c.connection_id == connection_id, table.c.feed == feed)).first()
    return SavedPosition() if row is None else SavedPosition(*row[:-2], delivered=Delivered(*row[-2:]))


def reads_of(connection: sa.Connection, connection_id: int) -> Reads:
    """Which reads of a connection's feeds are under way, and which was the last to end: other after one has begun or ended."""
    table = _CHECKPOINTS
    rows = connection.execute(sa.select(table.c.feed, table.c.reading_since, table.c.data_as_of).where(table.c.connection_id == connection_id))
    return tuple(sorted((row.feed, str(row.reading_since), str(row.data_as_of)) for row in rows))


def streams_read(connection: sa.Connection, connection_id: int) -> frozenset[Stream]:
    """The streams of a connection of which every feed has been read to its end at least once; lists of ids count as well."""
    rows = connection.execute(sa.select(_CHECKPOINTS.c.streams, _CHECKPOINTS.c.data_as_of).where(_CHECKPOINTS.c.connection_id == connection_id)).all()
    named = {name: [row.data_as_of for row in rows if name in (row.streams or ())] for name in Stream.__members__}
    return frozenset(Stream[name] for name, instants in named.items() if instants and None not in instants)


def begin_reading(connection: sa.Connection, connection_id: int, feed: Feed, *, position: SavedPosition, starts_list: bool, now: datetime) -> None:
    """Note that a feed is being read. Where it is read from is saved with the first page: a read that breaks off before loses no place.

    `starts_list`: a list is read from its start, and what it had named is forgotten, so that no later read may go on in its middle.
    """
    read = {"streams": [stream.stored for stream in feed.streams], "is_list": feed.full_list is not None}
    place = {"cursor": None, "then_cursor": None} if starts_list else {}
    _set(connection, connection_id, feed, values=read | place | {"reading_since": position.reading_since, "updated_at": now})


def save_position(connection: sa.Connection, connection_id: int, feed: Feed, *, position: SavedPosition, now: datetime) -> None:
    """Save how far a feed has been read, and since when and from which day on. Belongs to the page's transaction."""
    _set(connection, connection_id, feed, values=_moved(feed, position, now))


def end_reading(connection: sa.Connection, connection_id: int, feed: Feed, *, position: SavedPosition, now: datetime) -> None:
    """Save that a feed has been read to its end, with `data_as_of`: the next read goes on from the cursor, None: from the start."""
    _set(connection, connection_id, feed, values=_moved(feed, position, now) | {"reading_since": None, "data_as_of": position.data_as_of})


def forget_positions(connection: sa.Connection, connection_id: int, *, keep: Sequence[str]) -> None:
    """Forget the checkpoints of a connection but for those of some feeds.

    The order of files is not forgotten, only what was wrong with them: an older file must be known as such when it comes after a newer one (P17).
    """
    table = _CHECKPOINTS
    others = sa.and_(table.c.connection_id == connection_id, table.c.feed.not_in(keep))
    connection.execute(sa.delete(table).where(others, table.c.sequence.is_(None)))
    connection.execute(sa.update(table).where(others, table.c.problem.is_not(None)).values(problem=None, problem_since=None))


def note_problem(connection: sa.Connection, connection_id: int, feed: str, *, problem: str, now: datetime) -> None:
    """Say why a feed does not move; since when stays as it is while the problem does."""
    table = _CHECKPOINTS
    same = sa.and_(table.c.connection_id == connection_id, table.c.feed == feed)
    since = sa.func.coalesce(table.c.problem_since, sa.bindparam("now", now, type_=table.c.problem_since.type))
    if connection.execute(sa.update(table).where(same).values(problem=problem, problem_since=since)).rowcount == 0:
        connection.execute(sa.insert(table).values(connection_id=connection_id, feed=feed, problem=problem, problem_since=now, updated_at=now))


def _moved(feed: Feed, position: SavedPosition, now: datetime) -> dict[str, Any]:
    place = {"cursor": position.cursor, "then_cursor": position.then_cursor, "content_digest": feed.content_digest, "sequence": feed.sequence}
    place |= {"full_since": position.full_since, "history_from": position.history_from}
    delivered = {"delivered_count": position.delivered.count, "refused_count": position.delivered.refused_count}
    return place | delivered | {"updated_at": now, "problem": None, "problem_since": None}


def _set(connection: sa.Connection, connection_id: int, feed: Feed, *, values: dict[str, Any]) -> None:
    table = _CHECKPOINTS
    same = sa.and_(table.c.connection_id == connection_id, table.c.feed == feed.name)
    if connection.execute(sa.update(table).where(same).values(**values)).rowcount == 0:
        connection.execute(sa.insert(table).values(connection_id=connection_id, feed=feed.name, **values))


def _note_event(connection: sa.Connection, kind: str, *, run_id: int, now: datetime) -> None:
    connection.execute(sa.insert(_EVENTS).values(kind=kind, run_id=run_id, happened_at=now))
