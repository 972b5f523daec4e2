"""Connections as rows: those that the settings declare, and those that an import makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.config import ConnectionSettings, Settings
from hub.errors import ConflictError
from hub.identity.authority import authority_order
from hub.model import Connection, table_of
from hub.vocabulary import ConnectionStatus, Stream

_CONNECTIONS = table_of(Connection)


def register_declared(connection: sa.Connection, settings: Settings, *, now: datetime) -> None:
    """Bring the rows of declared connections in line with the settings; one that is no longer declared is marked REMOVED."""
    for declared in settings.connections:
        register(connection, declared, is_declared=True, now=now)
    gone = sa.update(_CONNECTIONS).where(_CONNECTIONS.c.is_declared.is_(True), _CONNECTIONS.c.name.not_in([found.name for found in settings.connections]))
    connection.execute(gone.values(status=ConnectionStatus.REMOVED))


def register(connection: sa.Connection, wanted: ConnectionSettings, *, is_declared: bool, now: datetime) -> int:
    """The row id of a connection, made or brought in line. Raises ConflictError when the name belongs to another connector."""
    table = _CONNECTIONS
    found = connection.execute(sa.select(table.c.id, table.c.connector, table.c.kind).where(table.c.name == wanted.name)).first()
    streams = None if wanted.streams is None else [stream.stored for stream in wanted.streams]
    values = {"kind": wanted.kind, "is_declared": is_declared, "streams": streams, "sync_from_date": wanted.sync_from_date}
    if found is None:
        fresh = {"name": wanted.name, "connector": wanted.connector, "status": ConnectionStatus.ACTIVE, "created_at": now}
        return int(connection.execute(sa.insert(table).values(**values, **fresh).returning(table.c.id)).scalar_one())
    if found.connector != wanted.connector:
        message = f"the connection {wanted.name!r} has rows from the connector {found.connector!r}, not {wanted.connector!r}: give the new one another name"
        raise ConflictError(message)
    revived = sa.case((table.c.status == ConnectionStatus.REMOVED, ConnectionStatus.ACTIVE.value), else_=table.c.status)
    connection.execute(sa.update(table).where(table.c.id == found.id).values(**values, status=revived))
    return int(found.id)


def find_connection_row(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - a row of the table
    """The row of a connection by its name; None: there is none yet."""
    return connection.execute(sa.select(_CONNECTIONS).where(_CONNECTIONS.c.name == name)).first()


def require_running(connection: sa.Connection, name: str) -> None:
    """Raise ConflictError when a person has paused a connection."""
    table = _CONNECTIONS
    found = connection.execute(sa.select(table.c.status, table.c.status_reason).where(table.c.name == name)).one()
    if found.status is ConnectionStatus.PAUSED:
        why = f" ({found.status_reason})" if found.status_reason else ""
        raise ConflictError(f"the connection {name!r} is paused{why}: resume it with `dunwell connections resume {name}`")


def authority_ids(connection: sa.Connection, settings: Settings) -> Mapping[Stream, Sequence[int]]:
    """Connection ids in the order in which they speak, by stream: declared ones as the settings order them, then imports, oldest first."""
    columns = (_CONNECTIONS.c.id, _CONNECTIONS.c.name, _CONNECTIONS.c.streams)
    rows = connection.execute(sa.select(*columns).order_by(_CONNECTIONS.c.id)).all()
    by_name = {row.name: int(row.id) for row in rows}
    declared = {found.name for found in settings.connections}
    order: dict[Stream, Sequence[int]] = {}
    for stream in (Stream.INVOICES, Stream.PAYMENTS):
        imports = [int(row.id) for row in rows if row.name not in declared and (row.streams is None or stream.value in row.streams)]
        order[stream] = [*(by_name[name] for name in authority_order(settings, stream) if name in by_name), *imports]
    return order
