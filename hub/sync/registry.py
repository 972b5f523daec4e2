"""Connections as rows: those that the settings declare, those that an import makes, and those that were made through the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.config import ConnectionOrigin, ConnectionSettings, Settings, thawed
from hub.errors import ConflictError, NotFoundError
from hub.identity.authority import authority_order
from hub.model import Connection, ConnectionSecret, Schedule, table_of
from hub.store.connections import IS_MADE, known_only, with_made
from hub.vocabulary import ConnectionStatus, Stream

_CONNECTIONS = table_of(Connection)
_SECRETS = table_of(ConnectionSecret)
_SCHEDULES = table_of(Schedule)


def register_declared(connection: sa.Connection, settings: Settings, *, now: datetime) -> None:
    """Bring the rows of declared connections in line with the settings; one that is no longer declared is marked REMOVED.

    A name that was made through the API is taken over by the file. Raises ConflictError for one that differs from it in case only.
    """
    for declared in settings.connections:
        _refuse_likeness(connection, declared.name)
        register(connection, declared, now=now)
    gone = sa.update(_CONNECTIONS).where(_CONNECTIONS.c.is_declared.is_(True), _CONNECTIONS.c.name.not_in([found.name for found in settings.connections]))
    connection.execute(gone.values(status=ConnectionStatus.REMOVED))


def is_registered(connection: sa.Connection, settings: Settings) -> bool:
    """Whether `register_declared` would change nothing; so that a command that only reads waits for nobody who writes.

    Raises ConflictError for a declared name that differs from another one in case only.
    """
    rows = {row.name: row for row in connection.execute(sa.select(_CONNECTIONS))}
    for declared in settings.connections:
        _refuse_likeness(connection, declared.name)
    names = {declared.name for declared in settings.connections}
    is_any_gone = any(row.is_declared and row.status is not ConnectionStatus.REMOVED for name, row in rows.items() if name not in names)
    return not is_any_gone and all(_is_in_line(rows.get(declared.name), declared) for declared in settings.connections)


def register(connection: sa.Connection, wanted: ConnectionSettings, *, now: datetime) -> int:
    """The row id of a declared or imported connection, made or brought in line.

    Raises ConflictError when the name belongs to another connector, or an import names a connection that was made through the API.
    """
    table = _CONNECTIONS
    found = connection.execute(sa.select(table).where(table.c.name == wanted.name)).first()
    values = _kept_of(wanted)
    if found is None:
        fresh = {"name": wanted.name, "connector": wanted.connector, "status": ConnectionStatus.ACTIVE, "created_at": now}
        return int(connection.execute(sa.insert(table).values(**values, **fresh).returning(table.c.id)).scalar_one())
    if found.connector != wanted.connector:
        message = f"the connection {wanted.name!r} has rows from the connector {found.connector!r}, not {wanted.connector!r}: give the new one another name"
        raise ConflictError(message)
    if found.options is not None:
        _take_over(connection, found.id, name=wanted.name, is_declared=values["is_declared"])
    revived = sa.case((table.c.status == ConnectionStatus.REMOVED, ConnectionStatus.ACTIVE.value), else_=table.c.status)
    connection.execute(sa.update(table).where(table.c.id == found.id).values(**values, status=revived))
    return int(found.id)


def _kept_of(wanted: ConnectionSettings) -> dict[str, Any]:
    """What the row of a connection has of its settings."""
    is_declared = wanted.origin is ConnectionOrigin.DECLARED
    return {"kind": wanted.kind, "is_declared": is_declared, "streams": stored_streams(wanted), "sync_from_date": wanted.sync_from_date}


def _is_in_line(row: Any, wanted: ConnectionSettings) -> bool:  # noqa: ANN401 - a row of the table, None: there is none
    """Whether the row of a connection is as `register` would leave it."""
    if row is None or row.connector != wanted.connector or row.options is not None or row.status is ConnectionStatus.REMOVED:
        return False
    return all(getattr(row, name) == value for name, value in _kept_of(wanted).items())


def find_connection_row(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - a row of the table
    """The row of a connection by its name; None: there is none yet."""
    return connection.execute(sa.select(_CONNECTIONS).where(_CONNECTIONS.c.name == name)).first()


def stored_streams(wanted: ConnectionSettings) -> list[str] | None:
    """The streams of a connection as its row has them; None: all that its connector delivers."""
    return None if wanted.streams is None else [stream.stored for stream in wanted.streams]


def forget_making(connection: sa.Connection, connection_id: int) -> None:
    """Erase how a connection was set through the API: options, schedule, and every secret, those of its source too.

    What was sealed for one place must never be sent to another, so nothing of it is kept for whoever has the name next.
    """
    connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.connection_id == connection_id))
    connection.execute(sa.delete(_SCHEDULES).where(_SCHEDULES.c.connection_id == connection_id, _SCHEDULES.c.is_declared.is_(sa.false())))
    connection.execute(sa.update(_CONNECTIONS).where(_CONNECTIONS.c.id == connection_id).values(options=None, secrets=None))


def _take_over(connection: sa.Connection, connection_id: int, *, name: str, is_declared: bool) -> None:
    """Let the file have a connection that was made: from now on only what stands there counts, also when it is taken out again."""
    if not is_declared:
        raise ConflictError(f"the connection {name!r} was made through the API: import into one with another name")
    forget_making(connection, connection_id)


def _refuse_likeness(connection: sa.Connection, name: str) -> None:
    """Names that differ in case only are one name for people, and for some file systems."""
    alike = sa.and_(sa.func.lower(_CONNECTIONS.c.name) == name.lower(), _CONNECTIONS.c.name != name)
    there = sa.select(_CONNECTIONS.c.name).where(alike, _CONNECTIONS.c.options.is_not(None)).limit(1)
    found = connection.execute(there).scalar()
    if found is not None:
        raise ConflictError(f"plugins.toml declares {name!r}, which differs from {found!r}, made through the API, in upper and lower case only: rename it")


def made_connection(connection: sa.Connection, name: str) -> int:
    """The row id of a connection that was made through the API and is still there. Raises NotFoundError when it was deleted meanwhile."""
    found = _hold_made(connection, name)
    if found is None:
        raise NotFoundError(f"the connection {name!r} was deleted")
    return int(found.id)


def is_as_made(connection: sa.Connection, wanted: ConnectionSettings) -> bool:
    """Whether a connection that was made through the API is still there and leads where it did."""
    found = _hold_made(connection, wanted.name)
    return found is not None and found.options == thawed(wanted.options)


def _hold_made(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - a row with id and options; None: there is none
    """Whoever deletes or changes it waits until this transaction ends."""
    mine = sa.select(_CONNECTIONS.c.id, _CONNECTIONS.c.options).where(IS_MADE, _CONNECTIONS.c.name == name)
    return connection.execute(mine.with_for_update(read=True, key_share=True)).first()


def require_running(connection: sa.Connection, name: str) -> None:
    """Raise ConflictError when a person has paused a connection."""
    table = _CONNECTIONS
    found = connection.execute(sa.select(table.c.status, table.c.status_reason).where(table.c.name == name)).one()
    if found.status is ConnectionStatus.PAUSED:
        why = f" ({found.status_reason})" if found.status_reason else ""
        raise ConflictError(f"the connection {name!r} is paused{why}: resume it with `dunwell connections resume {name}`")


def authority_ids(connection: sa.Connection, settings: Settings) -> Mapping[Stream, Sequence[int]]:
    """Connection ids in the order in which they speak for invoices and payments: configured ones, imports, and those that were removed."""
    settings = with_made(connection, settings)
    ids = {row.name: int(row.id) for row in connection.execute(sa.select(_CONNECTIONS.c.name, _CONNECTIONS.c.id))}
    others = known_only(connection, settings)
    streams = (Stream.INVOICES, Stream.PAYMENTS)
    return {stream: [ids[name] for name in authority_order(settings, stream, others=others) if name in ids] for stream in streams}
