"""Which connections there are and how they are set: those that the file declares, and those that were made through the API.

This is the one place that answers this. Imports make rows too, and what was removed leaves one: those are known, and cannot be run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from hub.config import ConnectionOrigin, ConnectionSettings, ScheduleSettings, Settings, frozen
from hub.model import Connection, Schedule, table_of
from hub.vocabulary import ConnectionStatus, Stream

_CONNECTIONS = table_of(Connection)
_SCHEDULES = table_of(Schedule)

IS_MADE = sa.and_(_CONNECTIONS.c.is_declared.is_(sa.false()), _CONNECTIONS.c.options.is_not(None), _CONNECTIONS.c.status != ConnectionStatus.REMOVED)
"""The condition on the row of a connection that was made through the API and is still there."""


def all_connections(connection: sa.Connection, settings: Settings) -> tuple[ConnectionSettings, ...]:
    """Every connection that can be run: declared ones in the order of the file, then made ones, oldest first. A declared name is the file's."""
    declared = {found.name for found in settings.connections}
    return (*settings.connections, *(made for made in _read(connection) if made.name not in declared))


def with_made(connection: sa.Connection, settings: Settings) -> Settings:
    """The settings as if everything that was made stood in the file, too: for what looks at all connections together."""
    return replace(settings, connections=all_connections(connection, settings))


def known_only(connection: sa.Connection, settings: Settings) -> Sequence[ConnectionSettings]:
    """The connections that have rows and cannot be run, the oldest first: imports, and those that were removed. `settings` has all others."""
    is_another = _CONNECTIONS.c.name.not_in([found.name for found in settings.connections])
    rows = connection.execute(sa.select(_CONNECTIONS).where(is_another).order_by(_CONNECTIONS.c.id))
    return [ConnectionSettings(row.name, row.connector, row.kind, _streams_of(row), origin=ConnectionOrigin.IMPORTED) for row in rows]


def find_configured(connection: sa.Connection, settings: Settings, name: str) -> ConnectionSettings | None:
    """The connection with a name, declared or made; None: there is none that can be run."""
    declared = next((found for found in settings.connections if found.name == name), None)
    return declared or next(iter(_read(connection, _CONNECTIONS.c.name == name)), None)


def _read(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Iterable[ConnectionSettings]:
    mine = sa.and_(_SCHEDULES.c.connection_id == _CONNECTIONS.c.id, _SCHEDULES.c.name == _CONNECTIONS.c.name)
    columns = (_CONNECTIONS, _SCHEDULES.c.id.label("schedule_id"), _SCHEDULES.c.cron, _SCHEDULES.c.interval_seconds)
    joined = sa.select(*columns).join_from(_CONNECTIONS, _SCHEDULES, mine, isouter=True)
    return [_settings_of(row) for row in connection.execute(joined.where(IS_MADE, *conditions).order_by(_CONNECTIONS.c.id))]


def _settings_of(row: Any) -> ConnectionSettings:  # noqa: ANN401 - a row of `_read`
    secrets: dict[str, str | None] = row.secrets or {}
    variables = {name: variable for name, variable in secrets.items() if variable is not None}
    return ConnectionSettings(
        name=row.name,
        connector=row.connector,
        kind=row.kind,
        streams=_streams_of(row),
        sync_from_date=row.sync_from_date,
        options=frozen(row.options),
        secrets=frozen(variables),
        schedule=None if row.schedule_id is None else ScheduleSettings(cron=row.cron, interval_seconds=row.interval_seconds),
        origin=ConnectionOrigin.MADE,
    )


def _streams_of(row: Any) -> tuple[Stream, ...] | None:  # noqa: ANN401 - a row of the table
    return None if row.streams is None else tuple(Stream(name) for name in row.streams)
