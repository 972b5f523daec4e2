"""A connection whose source refused our credentials stops by itself, whatever was asked of it: a run or the object of a webhook."""

from datetime import datetime

import sqlalchemy as sa

from hub.errors import AuthorisationError
from hub.model import Connection, table_of
from hub.sync.notices import raise_notice
from hub.sync.watching import stop_message
from hub.vocabulary import ConnectionStatus, NoticeKind

_CONNECTIONS = table_of(Connection)
_STOPPABLE = (ConnectionStatus.ACTIVE, ConnectionStatus.NEEDS_AUTHORISATION)


def stop_for_credentials(connection: sa.Connection, connection_id: int, error: AuthorisationError, *, now: datetime) -> None:
    """Let a connection not run until a person connects it again, and tell why. Where a person has stopped it meanwhile, that stands."""
    stoppable = sa.and_(_CONNECTIONS.c.id == connection_id, _CONNECTIONS.c.status.in_(_STOPPABLE))
    change = sa.update(_CONNECTIONS).where(stoppable).values(status=ConnectionStatus.NEEDS_AUTHORISATION, status_reason=str(error))
    name = connection.execute(change.returning(_CONNECTIONS.c.name)).scalar()
    if name is not None:
        message = stop_message(name, ConnectionStatus.NEEDS_AUTHORISATION, str(error))
        raise_notice(connection, connection_id, NoticeKind.NEEDS_AUTHORISATION, message=message, now=now)
