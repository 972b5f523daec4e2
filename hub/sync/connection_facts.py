"""The facts of connections' health, as one relation: whoever shows health selects from it, one row a connection."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.health.dialects import JsonItems
from hub.health.history import history_start
from hub.model import Checkpoint, Connection, ConnectionNotice, RejectedRecord, Schedule, SyncRun, table_of
from hub.store.lookup import is_among
from hub.sync.connection_health import ConnectionFacts, ConnectionHealth, connection_health
from hub.sync.notices import is_open
from hub.sync.run_log import reads_connection
from hub.vocabulary import ConnectionKind, NoticeKind, RejectionStatus, SyncRunStatus

_CONNECTIONS = table_of(Connection)
_CHECKPOINTS = table_of(Checkpoint)
_NOTICES = table_of(ConnectionNotice)
_REJECTED = table_of(RejectedRecord)
_RUNS = table_of(SyncRun)
_SCHEDULES = table_of(Schedule)

_STOPS = (NoticeKind.NEEDS_AUTHORISATION, NoticeKind.PAUSED)
_GRAVEST = (
    NoticeKind.CONTRACT_BROKEN,
    NoticeKind.SYNC_FAILED,
    NoticeKind.NO_RECENT_RUN,
    NoticeKind.DELETIONS_HELD,
    NoticeKind.TOO_MANY_REJECTED,
    NoticeKind.WEBHOOKS_GIVEN_UP,
    NoticeKind.SCHEMA_DRIFT,
)
"""Notices that say more than the status does, the gravest first."""

FACT_NAMES = tuple(found.name for found in fields(ConnectionFacts))

Rows = sa.Select[*tuple[Any, ...]]


def read_health(connection: sa.Connection, connection_ids: Iterable[int], *, now: datetime, zone: ZoneInfo) -> Mapping[int, ConnectionHealth]:
    """The health of some connections by id, in one statement; an id that no connection has is absent."""
    facts = connection_facts().subquery("facts")
    today = now.astimezone(zone).date()
    rows = connection.execute(sa.select(facts).where(is_among(facts.c.connection_id, connection_ids))).mappings()
    return {row["connection_id"]: connection_health(facts_of(row), today=today, zone=zone) for row in rows}


def facts_of(row: Mapping[Any, Any]) -> ConnectionFacts:
    """The facts in a row of `connection_facts`."""
    return ConnectionFacts(**{name: row[name] for name in FACT_NAMES})


def connection_facts() -> Rows:
    """The facts of every connection, under their names, and `connection_id`."""
    mine = _CONNECTIONS.c.id
    run, notice, feed = _RUNS.alias("last_run"), _NOTICES.alias("gravest"), _CHECKPOINTS.alias("stuck")
    columns: dict[str, Any] = {
        "connection_id": mine,
        "name": _CONNECTIONS.c.name,
        "status": _CONNECTIONS.c.status,
        "status_reason": _CONNECTIONS.c.status_reason,
        "created_at": _CONNECTIONS.c.created_at,
        "takes_pushes": _CONNECTIONS.c.kind == ConnectionKind.API,
        "history_from": history_start(),
        "stopped_at": _stopped_at(),
        "run_status": run.c.status,
        "run_message": run.c.message,
        "run_started_at": run.c.started_at,
        "run_ended_at": run.c.ended_at,
        "run_read_count": run.c.read_count,
        "waiting_until": run.c.waiting_until,
        "streak_since": _streak_since(run),
        "data_as_of": data_as_of(_CHECKPOINTS, mine),
        "feed": feed.c.feed,
        "problem": feed.c.problem,
        "problem_since": feed.c.problem_since,
        "notice_message": notice.c.message,
        "notice_raised_at": notice.c.raised_at,
        "rejected_count": _of_open_rejections(sa.func.count()),
        "rejected_since": _of_open_rejections(sa.func.min(_REJECTED.c.rejected_at)),
        "next_slot_at": _next_slot_at(),
    }
    last = sa.select(sa.func.max(_RUNS.c.id)).where(_RUNS.c.connection_id == mine, reads_connection(_RUNS)).correlate(_CONNECTIONS).scalar_subquery()
    is_stuck = sa.and_(feed.c.connection_id == mine, feed.c.feed == _stuck_feed())
    rows = _CONNECTIONS.outerjoin(run, run.c.id == last).outerjoin(notice, notice.c.id == _gravest_notice()).outerjoin(feed, is_stuck)
    return sa.select(*(column.label(name) for name, column in columns.items())).select_from(rows)


def data_as_of(checkpoints: sa.FromClause, connection_id: sa.ColumnElement[int]) -> sa.ColumnElement[datetime | None]:
    """The instant up to which every feed of a connection is known; NULL when one was never read to its end, or there is none.

    A feed that only lists what there is, is left out: what it lists is known by other feeds, and it is read once a day.
    """
    counts = sa.and_(checkpoints.c.connection_id == connection_id, _brings_objects(checkpoints))
    return sa.select(_oldest(checkpoints)).where(counts).correlate_except(checkpoints).scalar_subquery()


def freshness_by_stream(checkpoints: sa.FromClause) -> Rows:
    """The same for each stream that a feed of a connection carries: `connection_id`, `stream` and `data_as_of`."""
    carried = JsonItems(checkpoints.c.streams).table_valued("value", joins_implicitly=True)
    stream = sa.cast(carried.c.value, sa.String(32))
    found = sa.select(checkpoints.c.connection_id, stream.label("stream"), _oldest(checkpoints).label("data_as_of"))
    rows = found.select_from(checkpoints.join(carried, sa.true())).where(_brings_objects(checkpoints))
    return rows.group_by(checkpoints.c.connection_id, stream)


def _brings_objects(checkpoints: sa.FromClause) -> sa.ColumnElement[bool]:
    return checkpoints.c.is_list.is_(sa.false())


def _oldest(checkpoints: sa.FromClause) -> sa.ColumnElement[datetime | None]:
    """The oldest instant of some checkpoints, NULL when one of them has none."""
    return sa.case((sa.func.count() == sa.func.count(checkpoints.c.data_as_of), sa.func.min(checkpoints.c.data_as_of)))


def _stopped_at() -> sa.ColumnElement[datetime | None]:
    stopped = sa.and_(_NOTICES.c.connection_id == _CONNECTIONS.c.id, _NOTICES.c.kind.in_(_STOPS), _NOTICES.c.resolved_at.is_(None))
    return sa.select(sa.func.min(_NOTICES.c.raised_at)).where(stopped).correlate(_CONNECTIONS).scalar_subquery()


def _streak_since(last_run: sa.FromClause) -> sa.ColumnElement[datetime | None]:
    """The end of the first run after which every one ended as the last one did."""
    other, same = _RUNS.alias("other_run"), _RUNS.alias("same_run")
    differs = sa.and_(other.c.status != last_run.c.status, other.c.status != SyncRunStatus.RUNNING)
    ended_otherwise = sa.and_(other.c.connection_id == _CONNECTIONS.c.id, differs, reads_connection(other))
    last_other = sa.select(sa.func.coalesce(sa.func.max(other.c.id), 0)).where(ended_otherwise).correlate(_CONNECTIONS, last_run).scalar_subquery()
    in_streak = sa.and_(same.c.connection_id == _CONNECTIONS.c.id, same.c.id > last_other, reads_connection(same))
    return sa.select(sa.func.min(same.c.ended_at)).where(in_streak).correlate(_CONNECTIONS, last_run).scalar_subquery()


def _gravest_notice() -> sa.ColumnElement[int | None]:
    rank = sa.case({kind.value: number for number, kind in enumerate(_GRAVEST)}, value=sa.type_coerce(_NOTICES.c.kind, sa.String), else_=len(_GRAVEST))
    mine = sa.and_(_NOTICES.c.connection_id == _CONNECTIONS.c.id, _NOTICES.c.kind.in_(_GRAVEST), is_open(_NOTICES))
    return sa.select(_NOTICES.c.id).where(mine).order_by(rank, _NOTICES.c.raised_at, _NOTICES.c.id).limit(1).correlate(_CONNECTIONS).scalar_subquery()


def _stuck_feed() -> sa.ColumnElement[str | None]:
    stuck = sa.and_(_CHECKPOINTS.c.connection_id == _CONNECTIONS.c.id, _CHECKPOINTS.c.problem.is_not(None))
    order = (_CHECKPOINTS.c.problem_since, _CHECKPOINTS.c.feed)
    return sa.select(_CHECKPOINTS.c.feed).where(stuck).order_by(*order).limit(1).correlate(_CONNECTIONS).scalar_subquery()


def _of_open_rejections(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    is_mine = sa.and_(_REJECTED.c.connection_id == _CONNECTIONS.c.id, _REJECTED.c.status == RejectionStatus.OPEN)
    return sa.select(value).select_from(_REJECTED).where(is_mine).correlate(_CONNECTIONS).scalar_subquery()


def _next_slot_at() -> sa.ColumnElement[datetime | None]:
    is_mine = sa.and_(_SCHEDULES.c.connection_id == _CONNECTIONS.c.id, _SCHEDULES.c.is_enabled.is_(sa.true()))
    return sa.select(sa.func.min(_SCHEDULES.c.next_slot_at)).where(is_mine).correlate(_CONNECTIONS).scalar_subquery()
