"""What a run leaves behind for people: why a feed does not move, whether the connection may go on, and the notices that say so."""

from datetime import datetime

import sqlalchemy as sa

from hub.errors import AuthorisationError, SourceContractError
from hub.jobs.fencing import JobCancelledError
from hub.model import Connection, table_of
from hub.sync import run_log
from hub.sync.flood import TooManyRejectedError
from hub.sync.notices import raise_notice, resolve_notice
from hub.sync.request import FeedOutcome, SyncReport
from hub.sync.stopping import stop_for_credentials
from hub.vocabulary import ConnectionStatus, NoticeKind, SyncRunStatus

_CONNECTIONS = table_of(Connection)


def settle(connection: sa.Connection, connection_id: int, report: SyncReport, *, now: datetime) -> None:
    """Belongs to the transaction that ends the run. That a person cancelled it says nothing of the source, nor of the feeds that it stopped."""
    for outcome in report.feeds:
        if not isinstance(outcome.error, JobCancelledError):
            _settle_feed(connection, connection_id, outcome, now=now)
    if report.status is not SyncRunStatus.CANCELLED:
        _settle_connection(connection, connection_id, report, now=now)


def _settle_feed(connection: sa.Connection, connection_id: int, outcome: FeedOutcome, *, now: datetime) -> None:
    error, feed = outcome.error, outcome.feed
    if error is not None:
        run_log.note_problem(connection, connection_id, feed, problem=str(error), now=now)
    told: dict[NoticeKind, str | None] = {
        NoticeKind.TOO_MANY_REJECTED: str(error) if isinstance(error, TooManyRejectedError) else None,
        NoticeKind.CONTRACT_BROKEN: str(error) if isinstance(error, SourceContractError) and not isinstance(error, TooManyRejectedError) else None,
        NoticeKind.DELETIONS_HELD: outcome.held if outcome.is_list else None,
    }
    for kind, message in told.items():
        if message is not None:
            raise_notice(connection, connection_id, kind, message=message, subject=feed, now=now)
        elif error is None and not (outcome.is_fresh and kind is NoticeKind.DELETIONS_HELD):
            resolve_notice(connection, connection_id, kind, subject=feed, now=now)


def _settle_connection(connection: sa.Connection, connection_id: int, report: SyncReport, *, now: datetime) -> None:
    error = report.error
    if isinstance(error, AuthorisationError):
        stop_for_credentials(connection, connection_id, error, now=now)
    elif error is not None and not (isinstance(error, SourceContractError) and report.is_of_a_feed):
        raise_notice(connection, connection_id, NoticeKind.SYNC_FAILED, message=str(error), now=now)
    elif error is not None:  # whatever else was the matter is over: what is left is that of feeds, which has notices of its own
        resolve_notice(connection, connection_id, NoticeKind.SYNC_FAILED, now=now)
    if report.status in (SyncRunStatus.SUCCEEDED, SyncRunStatus.HELD):
        refused = sa.and_(_CONNECTIONS.c.id == connection_id, _CONNECTIONS.c.status == ConnectionStatus.NEEDS_AUTHORISATION)
        connection.execute(sa.update(_CONNECTIONS).where(refused).values(status=ConnectionStatus.ACTIVE, status_reason=None))
        for kind in (NoticeKind.NEEDS_AUTHORISATION, NoticeKind.SYNC_FAILED, NoticeKind.NO_RECENT_RUN):
            resolve_notice(connection, connection_id, kind, now=now)
