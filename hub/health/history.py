"""How far back the history goes that figures are made of (ST10): what a source was never asked for is a gap, not a zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.model import Checkpoint, Connection, table_of
from hub.vocabulary import ConnectionStatus

_CHECKPOINTS = table_of(Checkpoint)
_CONNECTIONS = table_of(Connection)


@dataclass(frozen=True, slots=True)
class HistoryStart:
    """A connection of which documents before a date were not read: whatever they owe is in no figure, on any day."""

    connection: str
    since: date


def read_history_starts(connection: sa.Connection) -> Sequence[HistoryStart]:
    """The connections that were not read as far back as they go, the latest start first."""
    columns, start = _CONNECTIONS.c, history_start()
    limited = sa.and_(start.is_not(None), columns.status != ConnectionStatus.REMOVED)
    rows = connection.execute(sa.select(columns.name, start).where(limited).order_by(start.desc(), columns.name))
    return [HistoryStart(*row) for row in rows]


def history_start() -> sa.ColumnElement[date | None]:
    """The first date of the documents that are known of a connection, a row of `connection`; NULL: all are.

    It is the sync-from date, or a later one while some feed was read from that on only: what is wanted since is not here yet.
    """
    mine = sa.and_(_CHECKPOINTS.c.connection_id == _CONNECTIONS.c.id, _CHECKPOINTS.c.is_list.is_(sa.false()))
    read_from = sa.select(sa.func.max(_CHECKPOINTS.c.history_from)).where(mine).correlate(_CONNECTIONS).scalar_subquery()
    wanted = _CONNECTIONS.c.sync_from_date
    return sa.case((sa.or_(wanted.is_(None), read_from > wanted), read_from), else_=wanted)
