"""Schedules: declared ones kept as rows, and their slots submitted as jobs, each once.

A slot that was dealt with never comes again: not after a restart, not when the clock is put back, not when its job was deleted.
Of slots that were missed only the latest is run. After a clock that was wrong by more than an hour a schedule begins anew, and then the
keys of the jobs that are kept tell what was dealt with.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from hub.config import ConnectionOrigin, ConnectionSettings, ScheduleSettings, Settings
from hub.crashpoints import crashpoint
from hub.jobs.submitting import NewJob, connection_lock, submit
from hub.jobs.timetable import Timetable
from hub.model import Connection, Schedule, table_of
from hub.vocabulary import ConnectionStatus

SYNC_JOB = "sync"
"""The kind of job that the schedule of a connection starts."""

CLOCK_TOLERANCE = timedelta(hours=1)
"""A clock that is put back by so much is waited for: until it is where it was, no slot comes."""

_SCHEDULES = table_of(Schedule)
_CONNECTIONS = table_of(Connection)

_log = structlog.get_logger(__name__)


def register_schedules(connection: sa.Connection, settings: Settings, now: datetime) -> None:
    """Bring the rows of declared schedules in line with the settings; one that is no longer declared is removed. Others are left alone.

    A schedule that a person paused stays paused. A slot that fell due while nothing ran stays due.
    """
    declared = [found for found in settings.connections if found.schedule is not None]
    for found in declared:
        _register(connection, found, now=now, zone=settings.workspace.time_zone)
    names = [found.name for found in declared]
    connection.execute(sa.delete(_SCHEDULES).where(_SCHEDULES.c.is_declared.is_(sa.true()), _SCHEDULES.c.name.not_in(names)))


def set_schedule(connection: sa.Connection, wanted: ConnectionSettings, *, now: datetime, zone: ZoneInfo) -> None:
    """Bring the schedule of one connection in line with its settings, in the transaction that changes them; without one it has none any longer."""
    if wanted.schedule is None:
        connection.execute(sa.delete(_SCHEDULES).where(_SCHEDULES.c.name == wanted.name))
    else:
        _register(connection, wanted, now=now, zone=zone)


def _register(connection: sa.Connection, found: ConnectionSettings, *, now: datetime, zone: ZoneInfo) -> None:
    table = _SCHEDULES
    wanted = found.schedule or ScheduleSettings()
    connection_id = connection.execute(sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.name == found.name)).scalar_one()
    is_declared = found.origin is ConnectionOrigin.DECLARED
    values: dict[str, Any] = {"connection_id": connection_id, "kind": SYNC_JOB, "payload": None, "is_declared": is_declared}
    values |= {"cron": wanted.cron, "interval_seconds": wanted.interval_seconds}
    row = connection.execute(sa.select(table).where(table.c.name == found.name).with_for_update()).first()
    if row is None:
        fresh = {"name": found.name, "is_enabled": True, "next_slot_at": Timetable(wanted, zone).next_after(now)}
        connection.execute(sa.insert(table).values(**values, **fresh))
        return
    is_same = (row.cron, row.interval_seconds) == (wanted.cron, wanted.interval_seconds)
    is_due = row.next_slot_at is not None and row.next_slot_at <= now
    if not (is_same and is_due):
        values["next_slot_at"] = Timetable(wanted, zone).next_after(_no_earlier(now, row.last_slot_at))
    connection.execute(sa.update(table).where(table.c.id == row.id).values(**values))


def is_slot_due(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on a schedule with a slot to be submitted."""
    return sa.and_(_SCHEDULES.c.is_enabled.is_(sa.true()), _SCHEDULES.c.next_slot_at <= now)


def tick(connection: sa.Connection, now: datetime, zone: ZoneInfo) -> Sequence[int]:
    """Submit the slots that are due, in this transaction; returns the ids of the new jobs.

    The slots of a connection that may not run pass by. A schedule that cannot be computed stops, with an entry in the log, and
    keeps no other one from running.
    """
    active = sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.status == ConnectionStatus.ACTIVE)
    may_run = sa.or_(_SCHEDULES.c.connection_id.is_(None), _SCHEDULES.c.connection_id.in_(active)).label("may_run")
    due = sa.select(_SCHEDULES, may_run).where(is_slot_due(now)).order_by(_SCHEDULES.c.next_slot_at, _SCHEDULES.c.id)
    submitted = [_pass_slot(connection, row, now=now, zone=zone) for row in connection.execute(due.with_for_update()).all()]
    crashpoint("jobs.tick.before_commit")
    return [job_id for job_id in submitted if job_id is not None]


def forget_false_slots(connection: sa.Connection, now: datetime, zone: ZoneInfo) -> None:
    """Have each schedule go on from `now`, with a warning, that waits for longer than its timetable says: the clock was wrong when it was written.

    To be called by whoever begins, or finds the clock put back.
    """
    waits = sa.and_(_SCHEDULES.c.is_enabled.is_(sa.true()), _SCHEDULES.c.next_slot_at > now + CLOCK_TOLERANCE)
    for row in connection.execute(sa.select(_SCHEDULES).where(waits).with_for_update()).all():
        try:
            is_false = row.next_slot_at > timetable_of(row, zone).next_after(now + CLOCK_TOLERANCE)
        except ValueError:
            continue  # `tick` stops it when it is due
        if is_false:
            following = go_on_from(connection, row, now=now, zone=zone)
            _log.warning("a schedule waited for too late a slot: the clock was wrong", schedule=row.name, slot=row.next_slot_at, next_slot=following)


def go_on_from(connection: sa.Connection, row: Any, *, now: datetime, zone: ZoneInfo) -> datetime:  # noqa: ANN401 - a row of schedules
    """Take every slot until `now`, and none after it, as dealt with; returns the next one. Raises ValueError when there is none."""
    following = timetable_of(row, zone).next_after(now)
    last = None if row.last_slot_at is None else min(row.last_slot_at, now)
    connection.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.id == row.id).values(last_slot_at=last, next_slot_at=following))
    return following


def timetable_of(row: Any, zone: ZoneInfo) -> Timetable:  # noqa: ANN401 - a row of schedules
    """When a schedule has its slots."""
    return Timetable(ScheduleSettings(cron=row.cron, interval_seconds=row.interval_seconds), zone)


def _pass_slot(connection: sa.Connection, row: Any, *, now: datetime, zone: ZoneInfo) -> int | None:  # noqa: ANN401 - a row of `tick`
    """Submit the latest slot of a schedule unless it was dealt with before, and note the next one."""
    timetable = timetable_of(row, zone)
    try:
        slot = timetable.latest_until(now)
        is_new = row.last_slot_at is None or slot > row.last_slot_at
        last = slot if is_new else row.last_slot_at
        following = timetable.next_after(_no_earlier(now, last))
    except ValueError:
        _log.exception("a schedule has no next slot", schedule=row.name)
        connection.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.id == row.id).values(next_slot_at=None))
        return None
    connection.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.id == row.id).values(last_slot_at=last, next_slot_at=following))
    return submit(connection, _job_of(row, slot), now=now, coalesce=True) if is_new and row.may_run else None


def _job_of(row: Any, slot: datetime) -> NewJob:  # noqa: ANN401 - a row of `tick`
    lock = f"schedule:{row.name}" if row.connection_id is None else connection_lock(row.connection_id)
    return NewJob(row.kind, slot_key(row.kind, row.name, slot), lock=lock, payload=row.payload, connection_id=row.connection_id)


def slot_key(kind: str, name: str, slot: datetime) -> str:
    """The key of the job of one slot: the same whoever computes it, and whenever."""
    return f"{kind}:{name}:{slot:%Y-%m-%dT%H:%M:%SZ}"


def _no_earlier(now: datetime, last_slot_at: datetime | None) -> datetime:
    """Where the next slot is looked for: a clock that was put back does not lead to slots that were dealt with."""
    return now if last_slot_at is None else max(now, last_slot_at)
