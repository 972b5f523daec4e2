"""The job of exports: one read transaction, page by page into a draft, and the finished file in the transaction that says so.

A start that died leaves a draft, or a file that nobody was told of; the next one begins from the beginning and removes it.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
import structlog

from hub.crashpoints import crashpoint
from hub.errors import ConfigurationError, RequestError
from hub.exports import operations
from hub.exports.folder import ExportFolder
from hub.exports.operations import AccessLostError, Asked, Failure, NoRoomForExportError, Written
from hub.exports.writing import Draft, drafted, form_of
from hub.jobs import JobCancelledError, JobHandle, NewJob, fence, require_current, submit
from hub.plugins.exporter import ExportAsking, ExportQuery, Objects
from hub.plugins.services import HubServices
from hub.store.engine import opened_in_thread, run_in_thread
from hub.vocabulary import BulkOperationErrorCode

EXPORT_JOB = "export"
_TOLD_EVERY = 5_000
"""After how many objects the row is told how far it has come."""

_log = structlog.get_logger(__name__)


def submit_export(connection: sa.Connection, asked: Asked, services: HubServices) -> int:
    """Hand in an export; returns the id of its operation."""
    now = services.clock.now()
    key = operations.insert_asked(connection, asked, now=now)
    job_id = submit(connection, NewJob(EXPORT_JOB, f"{EXPORT_JOB}:{key}", payload={"bulkOperationId": key}), now=now)
    if job_id is None:
        raise RuntimeError(f"the export {key} has a job already")
    operations.give_job(connection, key, job_id)
    return key


class ExportJobs:
    """Writes what was asked for, with the rights that the asking token has while it is written."""

    def __init__(self, services: HubServices) -> None:
        """The services are those of the hub."""
        self._services = services
        self._folder = ExportFolder.below(services.settings.var_directory)

    async def export(self, job: JobHandle) -> None:
        """Write the file of one operation. What a repetition would not mend ends the operation; any other error is tried again."""
        key: int = job.payload["bulkOperationId"] if isinstance(job.payload, dict) else 0
        asked = await run_in_thread(partial(self._begin, job, key))
        if asked is None:
            return
        crashpoint("export.begun")
        try:
            await self._write(_Start(self._services, self._folder, job, key, asked))
        except AccessLostError as error:
            await self._end(job, key, Failure(BulkOperationErrorCode.ACCESS_LOST, str(error)))
        except RequestError as error:
            await self._end(job, key, Failure(BulkOperationErrorCode.QUERY_REFUSED, str(error)))
        except NoRoomForExportError as error:
            await self._end(job, key, Failure(BulkOperationErrorCode.NO_ROOM, str(error)))
        except OSError as error:
            _log.exception("an export could not be written", operation=key)
            await self._end(job, key, Failure(BulkOperationErrorCode.NO_ROOM, f"The file could not be written: {error.strerror or error}."))
        except JobCancelledError:
            await run_in_thread(partial(self._settle, job, key))
            raise

    async def _write(self, start: "_Start") -> None:
        """A stop of the engine is heeded between two pages; whatever ends it, the draft is gone."""
        async with opened_in_thread(start.opened()) as writing:
            while await run_in_thread(writing.step):
                crashpoint("export.page_written")
            await run_in_thread(writing.finish)
        crashpoint("export.completed")

    async def _end(self, job: JobHandle, key: int, failure: Failure) -> None:
        await run_in_thread(partial(self._fail, job, key, failure))

    def _fail(self, job: JobHandle, key: int, failure: Failure) -> None:
        """The row says why; the file goes after that, for another start's would go with it."""
        with self._services.store.write() as connection:
            fence(connection, job)
            operations.fail(connection, key, failure, now=self._services.clock.now())
        self._folder.remove_of(key, before=job.epoch + 1)

    def _begin(self, job: JobHandle, key: int) -> Asked | None:
        with self._services.store.write() as connection:
            fence(connection, job)
            return operations.begin(connection, key, now=self._services.clock.now())

    def _settle(self, job: JobHandle, key: int) -> None:
        with self._services.store.write() as connection:
            operations.settle_abandoned(connection, now=self._services.clock.now())
        self._folder.remove_of(key, before=job.epoch + 1)


@dataclass(frozen=True, slots=True)
class _Start:
    """One start of the job of one operation."""

    services: HubServices
    folder: ExportFolder
    job: JobHandle
    key: int
    asked: Asked

    @contextmanager
    def opened(self) -> Generator["_Writing"]:
        """The draft and the one transaction in which everything is read."""
        query = open_query(self.services, self.asked)
        form = form_of(self.asked.format, query)
        self.folder.make()
        self.folder.remove_of(self.key, before=self.job.epoch)
        name = self.folder.name_of(self.key, self.job.epoch, self.asked.format)
        with self.services.store.read() as connection, drafted(self.folder.draft(name), form) as draft:
            yield _Writing(self, query.pages(connection), draft, name)


@dataclass(slots=True)
class _Writing:
    """A file that is being written by one start."""

    start: _Start
    pages: Iterator[Objects]
    draft: Draft
    name: str
    told: int = 0

    def step(self) -> bool:
        """Write one page, if whoever asked may still have it; false: there is none left."""
        taken = self._require_wanted()
        page = next(self.pages, None)
        if page is None:
            return False
        self.draft.add(page)
        if taken + self.draft.byte_size > self.start.services.settings.server.export_bytes:
            raise NoRoomForExportError(
                "It and the files of other exports would take more room than they may. Ask again when others have expired, or ask for less."
            )
        if self.draft.object_count - self.told >= _TOLD_EVERY:
            self._tell()
        return True

    def finish(self) -> None:
        """Give the file its name, and say that it is there."""
        start, draft = self.start, self.draft
        digest = draft.finish(start.folder.finished(self.name))
        crashpoint("export.file_named")
        written = Written(draft.object_count, draft.byte_size, digest, self.name)
        with start.services.store.write() as connection:
            fence(connection, start.job)
            now = start.services.clock.now()
            operations.require_access(connection, start.asked, now=now)
            operations.complete(connection, start.key, asked=start.asked, written=written, now=now)
            crashpoint("export.before_commit")

    def _require_wanted(self) -> int:
        """Raise AccessLostError, or what the fence raises; returns what others take. The transaction of the export itself sees an older state."""
        with self.start.services.store.read() as connection:
            require_current(connection, self.start.job)
            operations.require_access(connection, self.start.asked, now=self.start.services.clock.now())
            return operations.taken_bytes(connection, besides=self.start.key)

    def _tell(self) -> None:
        with self.start.services.store.write() as connection:
            fence(connection, self.start.job)
            operations.note_progress(connection, self.start.key, object_count=self.draft.object_count, byte_size=self.draft.byte_size)
        self.told = self.draft.object_count


def open_query(services: HubServices, asked: Asked) -> ExportQuery:
    """The query of what was asked. Raises RequestError for one that is not good, ConfigurationError when nothing here knows queries."""
    if services.exporter is None:
        raise ConfigurationError("nothing here knows the queries of exports: the plugin that brings it is missing")
    return services.exporter.open(asked.query, ExportAsking(asked.principal, asked.request_id), services)
