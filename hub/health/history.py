"""How far back the history goes that figures are made of (ST10): what a source was never asked for is a gap, not a zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.model import Connection, table_of
from hub.vocabulary import ConnectionStatus

_CONNECTIONS = table_of(Connection)


@dataclass(frozen=True, slots=True)
class HistoryStart:
    """A connection of which documents before a date were not read: whatever they owe is in no figure, on any day."""

    connection: str
    since: date


def read_history_starts(connection: sa.Connection) -> Sequence[HistoryStart]:
    """The connections that were not read as far back as they go, the latest start first."""
    columns = _CONNECTIONS.c
    limited = sa.and_(columns.sync_from_date.is_not(None), columns.status != ConnectionStatus.REMOVED)
    rows = connection.execute(sa.select(columns.name, columns.sync_from_date).where(limited).order_by(columns.sync_from_date.desc(), columns.name))
    return [HistoryStart(*row) for row in rows]
