"""Looking after connections between their runs: what is stopped, and what has been silent for too long, is told as a notice (ST18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.model import Connection, ConnectionNotice, Schedule, SyncRun, table_of
from hub.sync.connection_health import reconnecting
from hub.sync.notices import raise_notice, resolve_where
from hub.sync.run_log import reads_connection
from hub.sync.texts import clean
from hub.vocabulary import ConnectionKind, ConnectionStatus, NoticeKind, SyncRunStatus

_CONNECTIONS = table_of(Connection)
_NOTICES = table_of(ConnectionNotice)
_RUNS = table_of(SyncRun)
_SCHEDULES = table_of(Schedule)

LONGEST_SILENCE = timedelta(hours=48)
"""How long a connection may be without a run that succeeded before people are told (ST18, P19)."""

_STOPS = {ConnectionStatus.PAUSED: NoticeKind.PAUSED, ConnectionStatus.NEEDS_AUTHORISATION: NoticeKind.NEEDS_AUTHORISATION}
_WATCHED_KINDS = (*_STOPS.values(), NoticeKind.NO_RECENT_RUN)

_GOOD = (SyncRunStatus.SUCCEEDED, SyncRunStatus.HELD)
"""A run that holds something back for a person has read everything; another notice tells of it."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A connection, with the end of its last good run and of its last stop; `is_expected`: somebody counts on its runs."""

    id: int
    name: str
    status: ConnectionStatus
    status_reason: str | None
    created_at: datetime
    succeeded_at: datetime | None
    stopped_until: datetime | None
    is_expected: bool

    def is_silent(self, now: datetime, longest_silence: timedelta) -> bool:
        """Whether it could have run for so long without a good run."""
        since = max(self.created_at, self.succeeded_at or self.created_at, self.stopped_until or self.created_at)
        return self.status is ConnectionStatus.ACTIVE and self.is_expected and now - since >= longest_silence


@dataclass(frozen=True, slots=True)
class _Notice:
    connection_id: int
    kind: NoticeKind
    message: str


def watch_connections(connection: sa.Connection, *, now: datetime, longest_silence: timedelta = LONGEST_SILENCE) -> None:
    """Raise the notices PAUSED, NEEDS_AUTHORISATION and NO_RECENT_RUN of all connections, and resolve those that are over.

    Whatever was told of a connection is over once it is configured no longer. Belongs to a write transaction. An import by hand is
    never silent for too long, nor is a connection that is pushed to: nobody expects its next run.
    """
    removed = sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.status == ConnectionStatus.REMOVED)
    resolve_where(connection, _NOTICES.c.connection_id.in_(removed), now=now)
    stops = [_stop(found) for found in _read(connection, now) if found.status in _STOPS]
    _settle(connection, tuple(_STOPS.values()), stops, now=now)
    silences = [_silence(found, longest_silence) for found in _read(connection, now) if found.is_silent(now, longest_silence)]  # knows what just ended
    _settle(connection, (NoticeKind.NO_RECENT_RUN,), silences, now=now)


def is_watching_due(connection: sa.Connection, *, now: datetime, longest_silence: timedelta = LONGEST_SILENCE) -> bool:
    """Whether `watch_connections` would raise, change or resolve a notice; so that who only reads waits for nobody who writes."""
    columns = (_NOTICES.c.connection_id, _NOTICES.c.kind, _NOTICES.c.message, _CONNECTIONS.c.status)
    goes_on = sa.select(*columns).join(_CONNECTIONS, _CONNECTIONS.c.id == _NOTICES.c.connection_id).where(_NOTICES.c.resolved_at.is_(None))
    told = connection.execute(goes_on).all()
    if any(row.status is ConnectionStatus.REMOVED for row in told):
        return True
    watched = _read(connection, now)
    stops = [_stop(found) for found in watched if found.status in _STOPS]
    silences = [_silence(found, longest_silence) for found in watched if found.is_silent(now, longest_silence)]
    wanted = {(notice.connection_id, notice.kind, clean(notice.message)) for notice in (*stops, *silences)}
    return wanted != {(row.connection_id, row.kind, row.message) for row in told if row.kind in _WATCHED_KINDS}


def stop_message(name: str, status: ConnectionStatus, reason: str | None) -> str:
    """What to tell of a connection that is stopped, and what to do about it."""
    why = f" ({reason})" if reason else ""
    if status is ConnectionStatus.NEEDS_AUTHORISATION:
        return f"the source refused our credentials{why}: {reconnecting(name)}"
    return f"it is paused{why}: nothing is read until it is resumed"


def _stop(found: _Watched) -> _Notice:
    return _Notice(found.id, _STOPS[found.status], stop_message(found.name, found.status, found.status_reason))


def _silence(found: _Watched, longest_silence: timedelta) -> _Notice:
    since = "it never has" if found.succeeded_at is None else f"the last one ended on {found.succeeded_at:%Y-%m-%d %H:%M} UTC"
    remedy = f"`dunwell sync {found.name}` reads it now, and says what is the matter"
    return _Notice(found.id, NoticeKind.NO_RECENT_RUN, f"no run has succeeded for {longest_silence // timedelta(hours=1)} hours: {since}; {remedy}")


def _settle(connection: sa.Connection, kinds: Sequence[NoticeKind], wanted: Sequence[_Notice], *, now: datetime) -> None:
    """Let the open notices of these kinds be those that are wanted."""
    goes_on = [sa.and_(_NOTICES.c.connection_id == notice.connection_id, _NOTICES.c.kind == notice.kind) for notice in wanted]
    resolve_where(connection, sa.and_(_NOTICES.c.kind.in_(kinds), sa.not_(sa.or_(sa.false(), *goes_on))), now=now)
    for notice in wanted:
        raise_notice(connection, notice.connection_id, notice.kind, message=notice.message, now=now)


def _read(connection: sa.Connection, now: datetime) -> list[_Watched]:
    return [_Watched(*row) for row in connection.execute(_watched_connections(now))]


def _watched_connections(now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """What `_Watched` holds, of each connection. Runs that have ended later than now are of a clock that was wrong: nobody knows when they did."""
    table = _CONNECTIONS.c
    succeeded = sa.and_(_RUNS.c.connection_id == table.id, _RUNS.c.status.in_(_GOOD), _RUNS.c.ended_at <= now, reads_connection(_RUNS))
    stopped = sa.and_(_NOTICES.c.connection_id == table.id, _NOTICES.c.kind.in_(tuple(_STOPS.values())))
    is_configured = sa.or_(table.is_declared.is_(sa.true()), table.options.is_not(None))
    scheduled = sa.exists().where(_SCHEDULES.c.connection_id == table.id, _SCHEDULES.c.is_enabled.is_(sa.true()))
    return sa.select(
        table.id,
        table.name,
        table.status,
        table.status_reason,
        table.created_at,
        sa.select(sa.func.max(_RUNS.c.ended_at)).where(succeeded).scalar_subquery().label("succeeded_at"),
        sa.select(sa.func.max(_NOTICES.c.resolved_at)).where(stopped).scalar_subquery().label("stopped_until"),
        sa.or_(sa.and_(is_configured, table.kind != ConnectionKind.API), scheduled).label("is_expected"),
    ).order_by(table.id)
