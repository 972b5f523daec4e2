"""A person stops a connection for now, and lets it run again: its run state, not its declaration."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.model import Connection, Event, table_of
from hub.sync.notices import raise_notice, resolve_notice
from hub.sync.texts import clean
from hub.sync.watching import stop_message
from hub.vocabulary import ConnectionStatus, NoticeKind

_CONNECTIONS = table_of(Connection)
_EVENTS = table_of(Event)

PAUSED, RESUMED = "connection.paused", "connection.resumed"
"""The kinds of event; the payload names the connection, the person and the reason."""


def pause_connection(connection: sa.Connection, name: str, *, reason: str | None, now: datetime, by: str) -> None:
    """Let a connection not run until it is resumed; one that is paused already takes the new reason.

    Raises NotFoundError when there is no such connection, ConflictError when it is configured no longer.
    """
    found = _find_configured(connection, name)
    why = None if reason is None else clean(reason)
    _set_status(connection, found.id, ConnectionStatus.PAUSED, reason=why)
    raise_notice(connection, found.id, NoticeKind.PAUSED, message=stop_message(name, ConnectionStatus.PAUSED, why), now=now)
    _note_event(connection, PAUSED, {"connection_id": found.id, "by": by, "reason": why}, now=now)


def resume_connection(connection: sa.Connection, name: str, *, now: datetime, by: str) -> bool:
    """Let a connection run again; returns whether it was stopped. One whose source refused our credentials may try them once more.

    Raises NotFoundError when there is no such connection, ConflictError when it is configured no longer.
    """
    found = _find_configured(connection, name)
    if found.status is ConnectionStatus.ACTIVE:
        return False
    _set_status(connection, found.id, ConnectionStatus.ACTIVE, reason=None)
    for kind in (NoticeKind.PAUSED, NoticeKind.NEEDS_AUTHORISATION):
        resolve_notice(connection, found.id, kind, now=now, by=by)
    _note_event(connection, RESUMED, {"connection_id": found.id, "by": by}, now=now)
    return True


def find_connection_id(connection: sa.Connection, name: str) -> int:
    """The row id of a connection by its name. Raises NotFoundError that lists those there are."""
    return int(_find(connection, name).id)


def _find_configured(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - a row with id and status
    found = _find(connection, name)
    if found.status is ConnectionStatus.REMOVED:
        raise ConflictError(f"the connection {name!r} is configured no longer: declare it in plugins.toml again to let it run")
    return found


def _find(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - the same
    found = connection.execute(sa.select(_CONNECTIONS.c.id, _CONNECTIONS.c.status).where(_CONNECTIONS.c.name == name)).first()
    if found is None:
        known = ", ".join(connection.execute(sa.select(_CONNECTIONS.c.name).order_by(_CONNECTIONS.c.name)).scalars()) or "there is none"
        raise NotFoundError(f"there is no connection {name!r} ({known})")
    return found


def _set_status(connection: sa.Connection, connection_id: int, status: ConnectionStatus, *, reason: str | None) -> None:
    connection.execute(sa.update(_CONNECTIONS).where(_CONNECTIONS.c.id == connection_id).values(status=status, status_reason=reason))


def _note_event(connection: sa.Connection, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    connection.execute(sa.insert(_EVENTS).values(kind=kind, payload=payload, happened_at=now))
