"""The jobs of syncing: a run of a connection, objects fetched again, records applied again, webhooks, and looking after all connections."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import sqlalchemy as sa

from hub.access.idempotency import forget_outcomes
from hub.config import ConnectionSettings
from hub.crashpoints import crashpoint
from hub.errors import AuthorisationError, NotFoundError
from hub.exports.folder import ExportFolder
from hub.exports.retention import forget_exports
from hub.jobs import JobHandle, NewJob, fence, submit
from hub.model import Connection, table_of
from hub.store.engine import run_in_thread
from hub.sync.asked import objects_of, options_of, rejected_ids_of
from hub.sync.effective.paid import long_marked
from hub.sync.imports.folder import UploadFolder
from hub.sync.imports.staging import expire_uploads, living_uploads
from hub.sync.linking import Linking
from hub.sync.notices import raise_notice
from hub.sync.opening import SyncServices, find_connection, opened_source
from hub.sync.replay import replay_rejected, still_open
from hub.sync.resync import resync
from hub.sync.service import follow_up, sync_connection, sync_request
from hub.sync.stopping import stop_for_credentials
from hub.sync.tombstones import forget_tombstones
from hub.sync.watching import watch_connections
from hub.sync.webhooks.events import connections_with_due
from hub.sync.webhooks.processing import process_webhooks
from hub.sync.webhooks.retention import forget_old
from hub.vocabulary import ConnectionStatus, NoticeKind

WEBHOOKS_JOB = "webhooks"
WATCH_JOB = "watch"

_CONNECTIONS = table_of(Connection)


def submit_webhooks(connection: sa.Connection, connection_id: int, *, services: SyncServices) -> None:
    """Have the open events of a connection worked on; belongs to the transaction that keeps them."""
    job = NewJob(WEBHOOKS_JOB, f"{WEBHOOKS_JOB}:{connection_id}:{uuid4()}", lock=_webhooks_lock(connection_id), connection_id=connection_id)
    submit(connection, job, now=services.clock.now(), coalesce=True)


class SyncJobs:
    """Does the jobs. Each may be started again after a crash: it goes on from the checkpoints and events that are kept."""

    def __init__(self, services: SyncServices) -> None:
        """The services are those of the hub."""
        self._services = services

    async def sync(self, job: JobHandle) -> None:
        """One run of the job's connection. Raises what ended it, so that a passing fault is tried again later."""
        connection = await run_in_thread(partial(self._connection_of, job))
        report = await sync_connection(self._services, connection, options_of(job, otherwise="SCHEDULE"))
        if report.error is not None:
            raise report.error

    async def resync(self, job: JobHandle) -> None:
        """Fetch the job's objects again, as they are now."""
        connection, asked = await run_in_thread(partial(self._connection_of, job)), objects_of(job)
        options = options_of(job, otherwise="RESYNC")
        report = await resync(self._services, connection, asked.stream, external_ids=asked.external_ids, options=options)
        if report.error is not None:
            raise report.error

    async def replay(self, job: JobHandle) -> None:
        """Apply the job's rejected records again, those that are still open: an earlier start may have applied some."""
        name, ids = await run_in_thread(partial(self._open_records_of, job))
        if not ids:
            return
        report = await replay_rejected(self._services, name, ids=ids, options=options_of(job, otherwise="REPLAY"))
        if report.error is not None:
            raise report.error

    async def webhooks(self, job: JobHandle) -> None:
        """Work on the due events of the job's connection, and be back when the next one is due.

        Events of a connection that is stopped wait until it runs again. Refused credentials stop it, as they do in a run.
        """
        connection_id = await run_in_thread(partial(self._find_running, job))
        if connection_id is None:
            return
        connection = await run_in_thread(partial(self._connection_of, job))
        try:
            next_attempt_at = await self._work_on_webhooks(job, connection)
        except AuthorisationError as error:
            await run_in_thread(partial(self._stop, job, connection_id, error))
            raise
        crashpoint("webhook.before_next")
        if next_attempt_at is not None:
            key = f"{WEBHOOKS_JOB}:{connection_id}:{next_attempt_at.isoformat()}"
            again = NewJob(WEBHOOKS_JOB, key, lock=job.lock, run_at=next_attempt_at, connection_id=connection_id)
            await run_in_thread(partial(self._submit, again))

    async def _work_on_webhooks(self, job: JobHandle, connection: ConnectionSettings) -> datetime | None:
        """Returns when the next event is due; None: none is open."""
        services = self._services
        options = options_of(job, otherwise="WEBHOOK")
        async with opened_source(services, connection) as source:
            request = await run_in_thread(partial(sync_request, services, services.store, connection, source=source, options=options, saves_position=False))
            report = await process_webhooks(services.store, request, give_up=partial(self._give_up, request.connection_id))
        await run_in_thread(partial(follow_up, services))
        return report.next_attempt_at

    async def follow_up(self, _job: JobHandle) -> None:
        """Do what follows a push and takes long: compare new customers with all others, bring up the figures of many. Done twice it finds nothing to do."""
        await run_in_thread(partial(follow_up, self._services))

    async def watch(self, job: JobHandle) -> None:
        """Tell of connections that are stopped or silent, start work on events that nobody works on, and forget what is old, files included."""
        await run_in_thread(partial(self._watch, job))

    def _connection_of(self, job: JobHandle) -> ConnectionSettings:
        with self._services.store.read() as connection:
            return find_connection(connection, self._services.settings, _name_of(connection, job))

    def _open_records_of(self, job: JobHandle) -> tuple[str, Sequence[int]]:
        with self._services.store.read() as connection:
            return _name_of(connection, job), still_open(connection, rejected_ids_of(job))

    def _find_running(self, job: JobHandle) -> int | None:
        """The row id of the job's connection; None: it is stopped."""
        running = sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.id == job.connection_id, _CONNECTIONS.c.status == ConnectionStatus.ACTIVE)
        with self._services.store.read() as connection:
            return connection.execute(running).scalar_one_or_none()

    def _stop(self, job: JobHandle, connection_id: int, error: AuthorisationError) -> None:
        with self._services.store.write() as connection:
            fence(connection, job)
            stop_for_credentials(connection, connection_id, error, now=self._services.clock.now())

    def _give_up(self, connection_id: int, connection: sa.Connection, message: str) -> None:
        raise_notice(connection, connection_id, NoticeKind.WEBHOOKS_GIVEN_UP, message=message, now=self._services.clock.now())

    def _submit(self, job: NewJob) -> None:
        with self._services.store.write() as connection:
            submit(connection, job, now=self._services.clock.now())

    def _ask_of_long_marked(self, job: JobHandle) -> None:
        services = self._services
        before = services.clock.now() - timedelta(days=services.settings.workspace.unconfirmed_days)
        with services.store.read() as connection:
            if not long_marked(connection, before=before):
                return  # whoever owns the books keeps everybody waiting
        with services.store.write() as connection:
            linking = Linking(connection, services.settings, services.clock)
            fence(connection, job)
            linking.ask_of_long_marked()
            linking.settle()

    def _sweep_uploads(self, now: datetime) -> None:
        """Remove files that no living upload has. Their rows went first, so a crash between the two leaves nothing that is not found again."""
        folder = UploadFolder(self._services.settings.var_directory)
        listing = folder.listing()
        with self._services.store.read() as connection:
            living = living_uploads(connection)
        folder.sweep(listing, keep=living, now=now)

    def _watch(self, job: JobHandle) -> None:
        store, now = self._services.store, self._services.clock.now()
        with store.write() as connection:
            fence(connection, job)
            watch_connections(connection, now=now)
            forget_tombstones(connection, now)
            forget_outcomes(connection, now)
            expire_uploads(connection, now=now)
            for connection_id in connections_with_due(connection, now=now):
                submit_webhooks(connection, connection_id, services=self._services)
            crashpoint("watch.before_commit")
        crashpoint("watch.told")
        self._ask_of_long_marked(job)
        self._sweep_uploads(now)
        is_more = True
        while is_more:
            with store.write() as connection:
                fence(connection, job)
                forgotten = forget_old(connection, now)
            is_more = bool(forgotten.deliveries or forgotten.events)
        forget_exports(store, ExportFolder.below(self._services.settings.var_directory), self._services.clock, job=job)


def _webhooks_lock(connection_id: int) -> str:
    """Webhooks do not wait for a long run: pages of one connection take turns anyway, and versions tell which is newer."""
    return f"webhooks:{connection_id}"


def _name_of(connection: sa.Connection, job: JobHandle) -> str:
    name = connection.execute(sa.select(_CONNECTIONS.c.name).where(_CONNECTIONS.c.id == job.connection_id)).scalar_one_or_none()
    if name is None:
        raise NotFoundError(f"job {job.id} names no connection that is there")
    return str(name)
