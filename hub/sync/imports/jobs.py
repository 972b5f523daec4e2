"""The jobs of imports: looking at what a file would change, and bringing it in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from hub.access.audit import Deed, Effect, audit
from hub.access.principal import Principal
from hub.config import ConnectionSettings
from hub.crashpoints import crashpoint
from hub.errors import HubError, NotFoundError
from hub.jobs import JobHandle, fence
from hub.jobs.outcomes import can_pass, describe
from hub.store.engine import run_in_thread
from hub.sync.imports.asked import end_import, file_options, find_import, mapping_options
from hub.sync.imports.connection import import_connection
from hub.sync.imports.folder import UploadFolder, require_same
from hub.sync.imports.results import counts_of, import_document, preview_document
from hub.sync.imports.staging import find_upload
from hub.sync.opening import SyncServices
from hub.sync.request import SyncReport
from hub.sync.service import PREVIEW_SECONDS, SyncOptions, preview_connection, sync_connection
from hub.sync.sweep import Closing
from hub.vocabulary import FileImportState, Role, SyncRunStatus, UploadState


@dataclass(frozen=True, slots=True)
class _Planned:
    """An import that is to be done, as a run of a connection."""

    connection: ConnectionSettings
    options: SyncOptions


class ImportJobs:
    """Does the jobs. Each may be started again after a crash: a preview leaves nothing, and what was imported is known by its digest."""

    def __init__(self, services: SyncServices, *, preview_seconds: float = PREVIEW_SECONDS) -> None:
        """The services are those of the hub."""
        self._services = services
        self._folder = UploadFolder(services.settings.var_directory)
        self._preview_seconds = preview_seconds

    async def preview(self, job: JobHandle) -> None:
        """Look at what the file of the job would change. What is wrong with the file is told with the import, and is no failure of the job."""
        try:
            planned = await run_in_thread(partial(self._plan, job))
            if planned is None:
                return
            options = planned.options  # without a fence: it would hold the job's row for as long as the preview lasts, and nobody could cancel it
            found = await preview_connection(self._services, planned.connection, options, seconds=self._preview_seconds)
        except HubError as error:
            await self._fail(job, error)
            return
        state = FileImportState.READY if found.report.error is None else FileImportState.FAILED
        await run_in_thread(partial(self._end, job, state, error=found.report.error, result=preview_document(found)))

    async def apply(self, job: JobHandle) -> None:
        """Bring the file of the job in. A passing fault is raised, so that the job is tried again later and goes on."""
        try:
            planned = await run_in_thread(partial(self._plan, job))
            if planned is None:
                return
            options = replace(planned.options, fence=partial(fence, handle=job), job_run_id=job.id)
            report = await sync_connection(self._services, planned.connection, options)
        except HubError as error:
            await self._fail(job, error)
            return
        if report.error is not None and can_pass(report.error):
            raise report.error
        crashpoint("import.applied")
        await run_in_thread(partial(self._end_applied, job, report))

    # --- in a worker thread -----------------------------------------------------------------------

    def _plan(self, job: JobHandle) -> _Planned | None:
        """What is to be done; None: an earlier start of the job has ended it. Raises NotFoundError when the bytes are gone."""
        with self._services.store.read() as connection:
            asked = find_import(connection, _asked(job)["import"])
            if asked is None or asked.outcome is not None:
                return None
            upload = find_upload(connection, asked.upload_id)
            mapping_upload = None if asked.mapping_upload_id is None else find_upload(connection, asked.mapping_upload_id)
        for needed in (upload, mapping_upload):
            if needed is not None:
                self._require_bytes(needed)
        mapping = mapping_options(self._folder, asked.mapping, mapping_upload)
        settings = self._services.settings
        wanted = import_connection(settings, asked.connection_name, file_options(self._folder, asked, upload, mapping=mapping))
        options = SyncOptions(
            trigger="IMPORT",
            since=asked.since,
            closing=Closing(asked.close_absent, is_brake_released=asked.is_brake_released),
            actor=asked.created_by,
        )
        return _Planned(wanted, options)

    def _require_bytes(self, upload: Any) -> None:  # noqa: ANN401 - a row
        if upload.state is not UploadState.COMPLETE:
            raise NotFoundError(f"the bytes of {upload.file_name} are kept for a day only: send the file again")
        require_same(self._folder.of(upload.id), upload.sha256, name=upload.file_name)

    async def _fail(self, job: JobHandle, error: HubError) -> None:
        """End an import that a repetition cannot mend; raises the error where one can."""
        if can_pass(error):
            raise error
        await run_in_thread(partial(self._end, job, FileImportState.FAILED, error=error, result=None))

    def _end_applied(self, job: JobHandle, report: SyncReport) -> None:
        states = {SyncRunStatus.SUCCEEDED: FileImportState.APPLIED, SyncRunStatus.HELD: FileImportState.HELD}
        with self._services.store.read() as connection:
            result = import_document(connection, report, job.id)
        self._end(job, states.get(report.status, FileImportState.FAILED), error=report.error, result=result, audited="importApply")

    def _end(self, job: JobHandle, state: FileImportState, *, error: HubError | None, result: Mapping[str, Any] | None, audited: str | None = None) -> None:
        asked, now = _asked(job), self._services.clock.now()
        with self._services.store.write() as connection:
            fence(connection, job)
            end_import(connection, asked["import"], state, error=None if error is None else describe(error), result=result, now=now)
            if audited is not None and result is not None:
                caller = Principal(asked["by"], Role(asked["role"]), asked["token"])
                effect = Effect("FileImport", asked["import"], {"state": (None, state), "counts": (None, counts_of(result))})
                audit(connection, Deed(caller=caller, action=audited, input={}, reason=None, request_id=asked["request"]), [effect], now=now)
            crashpoint("import.before_end")
        crashpoint("import.ended")


def _asked(job: JobHandle) -> Mapping[str, Any]:
    return cast("dict[str, Any]", job.payload or {})
