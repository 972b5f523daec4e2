"""Connections that are deleted: what they were set up with is erased at once, and their records, where that is asked for, by a job.

No row is erased: a record counts as deleted at its source, as if that had said so, and comes back when the connection is made again and
its source has it. The job goes on where it was when it is started again, for it asks each time what is still to be deleted.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import sqlalchemy as sa

from hub.jobs import JobCancelledError, JobHandle, connection_lock
from hub.model import Connection, ConnectionNotice, ConnectionTest, ExternalReference, JobRun, RejectedRecord, WaitingRecord, table_of
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Deletion
from hub.store.engine import Store, opened_in_thread, run_in_thread
from hub.store.lock import reading
from hub.sync.asked import Asking, options_of, submit_asked
from hub.sync.notices import resolve_where
from hub.sync.opening import SyncServices
from hub.sync.registry import authority_ids, forget_making
from hub.sync.request import SyncRequest
from hub.sync.run import run_sync
from hub.sync.service import follow_up
from hub.sync.webhooks.events import EVENTS, IS_OPEN
from hub.sync.writing import Fence, while_held
from hub.vocabulary import ConnectionStatus, ConnectionTestStatus, JobStatus, RejectionStatus, Stream, WebhookEventStatus

REMOVAL_JOB = "removal"

_CONNECTIONS = table_of(Connection)
_JOBS = table_of(JobRun)
_TESTS = table_of(ConnectionTest)
_NOTICES = table_of(ConnectionNotice)
_REFERENCES = table_of(ExternalReference)
_WAITING = table_of(WaitingRecord)
_REJECTED = table_of(RejectedRecord)

_OPEN = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DEAD)
_PAGE_SIZE = 500
_CHILDREN_FIRST = (
    Stream.PAYMENT_ATTEMPTS,
    Stream.REFUNDS,
    Stream.PAYMENTS,
    Stream.CREDIT_NOTES,
    Stream.INVOICES,
    Stream.PAYMENT_METHODS,
    Stream.SUBSCRIPTIONS,
    Stream.CONTACTS,
    Stream.CUSTOMERS,
    Stream.EXCHANGE_RATES,
)
_DELETED = "the connection was deleted"


def remove_connection(connection: sa.Connection, connection_id: int, *, reason: str | None, now: datetime) -> None:
    """Take a connection out of use: nothing of it runs, waits or is secret any longer. Its records and runs stay.

    What is left of an earlier removal ends too: it was about what the connection had before. A run that goes on stops before its next page: its
    job is cancelled, and one without a job finds the connection gone.
    """
    mine = sa.and_(_JOBS.c.connection_id == connection_id, _JOBS.c.status.in_(_OPEN))
    connection.execute(sa.update(_JOBS).where(mine).values(status=JobStatus.CANCELLED, ended_at=now, error=_DELETED))
    waits = sa.and_(_TESTS.c.connection_id == connection_id, _TESTS.c.status == ConnectionTestStatus.WAITING)
    connection.execute(sa.update(_TESTS).where(waits).values(status=ConnectionTestStatus.FAILED, problem=_DELETED, ended_at=now))
    events = sa.update(EVENTS).where(EVENTS.c.connection_id == connection_id, IS_OPEN)
    connection.execute(events.values(status=WebhookEventStatus.IGNORED, ended_at=now))
    resolve_where(connection, _NOTICES.c.connection_id == connection_id, now=now)
    forget_making(connection, connection_id)
    gone = {"status": ConnectionStatus.REMOVED, "status_reason": reason}
    connection.execute(sa.update(_CONNECTIONS).where(_CONNECTIONS.c.id == connection_id).values(**gone))


def hold_jobs(connection: sa.Connection, connection_id: int) -> None:
    """Hold the open jobs of a connection; before its row, as every page of theirs does."""
    mine = sa.and_(_JOBS.c.connection_id == connection_id, _JOBS.c.status.in_(_OPEN))
    connection.execute(sa.select(_JOBS.c.id).where(mine).order_by(_JOBS.c.id).with_for_update())


def submit_removal(connection: sa.Connection, asking: Asking) -> int:
    """Have the records of a removed connection deleted; returns the id of the job."""
    return submit_asked(connection, REMOVAL_JOB, asking, lock=connection_lock(asking.connection_id), asked={})


def open_removal(connection: sa.Connection, connection_id: int) -> int | None:
    """The job that still has to delete records of a connection; None: there is none."""
    mine = sa.and_(_JOBS.c.connection_id == connection_id, _JOBS.c.kind == REMOVAL_JOB, _JOBS.c.status.in_(_OPEN))
    return connection.execute(sa.select(_JOBS.c.id).where(mine).order_by(_JOBS.c.id).limit(1)).scalar()


async def do_removal(services: SyncServices, job: JobHandle) -> None:
    """Delete what a removed connection has brought, and bring the figures up. Stops when the connection is made anew."""
    connection_id, name = await run_in_thread(partial(_find, services.store, job))
    options = options_of(job, otherwise="REMOVAL")
    async with opened_in_thread(reading(services.store, name)) as held:
        fence = while_held(held, _while_removed(connection_id, options.fence))
        request = SyncRequest(
            connection_id=connection_id,
            connection_name=name,
            source=_Remaining(services.store, connection_id),
            workspace=services.settings.workspace,
            clock=services.clock,
            trigger=options.trigger,
            actor=options.actor,
            job_run_id=job.id,
            saves_position=False,
            authority=await run_in_thread(partial(_authority, services)),
            fence=fence,
            sleep=services.sleep,
            jitter=services.jitter,
        )
        report = await run_sync(services.store, request)
        if report.error is not None:
            raise report.error
        await run_in_thread(partial(_dismiss, services, connection_id, fence))
        await run_in_thread(partial(follow_up, services))


@dataclass(frozen=True, slots=True)
class _Remaining:
    """What is still to be deleted of a connection, as a source that says of each object that it is gone."""

    store: Store
    connection_id: int

    async def feeds(self) -> Sequence[Feed]:
        return [Feed("removal", _CHILDREN_FIRST)]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        for stream in _CHILDREN_FIRST:
            for table, living in ((_REFERENCES, _REFERENCES.c.is_deleted_at_source.is_(sa.false())), (_WAITING, sa.true())):
                last = 0
                while rows := await run_in_thread(partial(self._some, table, living, stream=stream, after=last)):
                    last = rows[-1][0]
                    yield Page(records=(), deletions=[Deletion(stream=stream, external_id=name) for _, name in rows], cursor=f"{stream.value} {last}")
        yield Page(records=(), cursor=None)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _some(self, table: sa.Table, living: sa.ColumnElement[bool], *, stream: Stream, after: int) -> Sequence[tuple[int, str]]:
        mine = sa.and_(table.c.connection_id == self.connection_id, table.c.stream == stream, table.c.id > after, living)
        with self.store.read() as connection:
            return [
                (row[0], row[1]) for row in connection.execute(sa.select(table.c.id, table.c.external_id).where(mine).order_by(table.c.id).limit(_PAGE_SIZE))
            ]


def _while_removed(connection_id: int, fence: Fence) -> Fence:
    """A fence that also stands on the connection's being removed: what is made anew under the name is not to be deleted."""

    def both(connection: sa.Connection) -> None:
        fence(connection)
        mine = sa.select(_CONNECTIONS.c.status).where(_CONNECTIONS.c.id == connection_id).with_for_update(read=True, key_share=True)
        if connection.execute(mine).scalar_one() is not ConnectionStatus.REMOVED:
            raise JobCancelledError("the connection is there again: the rest of its records stays")

    return both


def _find(store: Store, job: JobHandle) -> tuple[int, str]:
    with store.read() as connection:
        row = connection.execute(sa.select(_CONNECTIONS.c.id, _CONNECTIONS.c.name).where(_CONNECTIONS.c.id == job.connection_id)).one()
    return int(row.id), str(row.name)


def _authority(services: SyncServices) -> dict[Stream, Sequence[int]]:
    with services.store.read() as connection:
        return dict(authority_ids(connection, services.settings))


def _dismiss(services: SyncServices, connection_id: int, fence: Fence) -> None:
    """What was refused is not applied any more either."""
    with services.store.write() as connection:
        fence(connection)
        mine = sa.and_(_REJECTED.c.connection_id == connection_id, _REJECTED.c.status == RejectionStatus.OPEN)
        connection.execute(sa.update(_REJECTED).where(mine).values(status=RejectionStatus.DISMISSED, resolved_at=services.clock.now()))
