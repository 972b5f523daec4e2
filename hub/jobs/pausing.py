"""Schedules for people: listed, paused, resumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.config import ScheduleSettings
from hub.errors import NotFoundError
from hub.jobs.scheduling import go_on_from
from hub.model import Connection, Schedule, table_of

_SCHEDULES = table_of(Schedule)
_CONNECTIONS = table_of(Connection)


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule. `last_slot_at` None: none was dealt with; `next_slot_at` None: none will come by itself."""

    name: str
    kind: str
    schedule: ScheduleSettings
    connection: str | None
    is_enabled: bool
    is_declared: bool
    last_slot_at: datetime | None
    next_slot_at: datetime | None


def list_schedules(connection: sa.Connection) -> Sequence[ScheduleInfo]:
    """Every schedule, by name."""
    table = _SCHEDULES
    rows = connection.execute(
        sa.select(table, _CONNECTIONS.c.name.label("connection"))
        .join_from(table, _CONNECTIONS, _CONNECTIONS.c.id == table.c.connection_id, isouter=True)
        .order_by(table.c.name)
    )
    return [
        ScheduleInfo(
            name=row.name,
            kind=row.kind,
            schedule=_settings_of(row),
            connection=row.connection,
            is_enabled=row.is_enabled,
            is_declared=row.is_declared,
            last_slot_at=row.last_slot_at,
            next_slot_at=row.next_slot_at if row.is_enabled else None,
        )
        for row in rows
    ]


def pause_schedule(connection: sa.Connection, name: str) -> None:
    """Let the slots of a schedule pass until it is resumed, across restarts. Raises NotFoundError."""
    row = _held(connection, name)
    connection.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.id == row.id).values(is_enabled=False))


def resume_schedule(connection: sa.Connection, name: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Go on with the first slot after `now`, which is returned; those that have passed are not made up for. Raises NotFoundError."""
    row = _held(connection, name)
    connection.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.id == row.id).values(is_enabled=True))
    return go_on_from(connection, row, now=now, zone=zone)


def _held(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - a row of schedules
    row = connection.execute(sa.select(_SCHEDULES).where(_SCHEDULES.c.name == name).with_for_update()).first()
    if row is None:
        known = ", ".join(connection.execute(sa.select(_SCHEDULES.c.name).order_by(_SCHEDULES.c.name)).scalars()) or "none"
        raise NotFoundError(f"there is no schedule {name!r}; there is {known}")
    return row


def _settings_of(row: Any) -> ScheduleSettings:  # noqa: ANN401 - as above
    return ScheduleSettings(cron=row.cron, interval_seconds=row.interval_seconds)
