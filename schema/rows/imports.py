"""Files that are brought in through the API: the uploads, and what becomes of them."""

from typing import Any

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import FileImport, JobRun, StagedUpload, SyncRun, table_of
from hub.vocabulary import FileImportState, JobStatus
from schema.import_values import FileImportResult
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import IdFilter, ScalarFilter, enum_name_of
from schema.plan.mapping import OneField, RowType, Scope

_UPLOADS = table_of(StagedUpload)
_IMPORTS = table_of(FileImport)
_JOBS = table_of(JobRun)
_RUNS = table_of(SyncRun)

_BY_JOB = {JobStatus.QUEUED: FileImportState.QUEUED, JobStatus.RUNNING: FileImportState.RUNNING, JobStatus.DEAD: FileImportState.FAILED}


def _state(scope: Scope) -> sa.ColumnElement[Any]:
    """How an import ended; until it has, how its job stands; without a job that goes on it was cancelled."""
    job = _JOBS.alias()
    states = sa.case(*((job.c.status == status, state.stored) for status, state in _BY_JOB.items()), else_=FileImportState.CANCELLED.stored)
    of_job = sa.select(states).where(job.c.id == scope.c.job_run_id).correlate(scope.rows).scalar_subquery()
    return sa.func.coalesce(sa.type_coerce(scope.c.outcome, sa.String), of_job, FileImportState.CANCELLED.stored)


def _error(scope: Scope) -> sa.ColumnElement[Any]:
    """Why an import failed; until it has ended, what its job ended with last."""
    job = _JOBS.alias()
    of_job = sa.select(job.c.error).where(job.c.id == scope.c.job_run_id).correlate(scope.rows).scalar_subquery()
    return sa.case((scope.c.outcome.is_(None), of_job), else_=scope.c.error)


def _run(scope: Scope) -> sa.ColumnElement[int]:
    run = scope.reading.rows_of(_RUNS)
    return sa.select(sa.func.max(run.c.id)).where(run.c.job_run_id == scope.c.job_run_id).correlate(scope.rows).scalar_subquery()


STAGED_UPLOAD = RowType(
    name="StagedUpload",
    description="A file that a caller announced, and whose bytes it sends. They are kept for a day.",
    relation=lambda reading: reading.rows_of(_UPLOADS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("StagedUpload"),
        "fileName": column(StagedUpload.file_name, "What the file is called; its extension tells what it is.", filtered=True),
        "byteSize": column(StagedUpload.byte_size, "How many bytes it has."),
        "sha256": column(StagedUpload.sha256, "The SHA-256 of its bytes in hexadecimal; null: they have not come."),
        "state": column(StagedUpload.state, "What has become of it.", filtered=True),
        "createdBy": column(StagedUpload.created_by, "Who announced it.", filtered=True),
        "createdAt": column(StagedUpload.created_at, "When it was announced.", filtered=True, ordered=True),
        "completedAt": column(StagedUpload.completed_at, "When its bytes had come; null: they have not."),
        "expiresAt": column(StagedUpload.expires_at, "From when on its bytes are gone, unless an import is still at work with them.", filtered=True),
    },
    default_order=(("CREATED_AT", True),),
)

FILE_IMPORT = RowType(
    name="FileImport",
    description="A file under a mapping: looked at, or brought in.",
    relation=lambda reading: reading.rows_of(_IMPORTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("FileImport"),
        "kind": column(FileImport.kind, "Whether it is done, or only looked at.", filtered=True),
        "state": computed(
            "FileImportState!",
            "What has become of it.",
            needs=(_state,),
            filter=ScalarFilter("What has become of it.", "FileImportStateFilter", _state, enum_name_of),
        ),
        "error": computed("String", "Why it failed, or why it waits; null: it does neither.", needs=(_error,)),
        "upload": one("StagedUpload", FileImport.upload_id, "The file."),
        "mapping": column(FileImport.mapping, "The mapping, by the name under which it ships with the hub; null: one that was uploaded.", filtered=True),
        "mappingUpload": one("StagedUpload", FileImport.mapping_upload_id, "The mapping that was uploaded; null: one that ships with the hub."),
        "connectionName": column(FileImport.connection_name, "The name of the connection that it goes into.", filtered=True),
        "connection": one("ConnectedSystem", FileImport.connection_id, "The connection that it goes into; null: a preview found none of that name."),
        "preview": one("FileImport", FileImport.preview_id, "The preview that it was applied from; null: none."),
        "since": column(FileImport.since, "Documents dated before this day are left out; null: none."),
        "sequence": column(FileImport.sequence, "Where the file stands in the order of its feed, given by hand; null: it was not."),
        "listDate": column(FileImport.list_date, "The day of a full list, given by hand; null: it was not."),
        "closeAbsent": column(FileImport.close_absent, "How many absent invoices may be closed; null: none."),
        "releaseBrake": column(FileImport.is_brake_released, "Whether they may be more than the workspace allows at once."),
        "job": one("JobRun", FileImport.job_run_id, "The job that does it; null: it is kept no longer."),
        "run": OneField(type="SyncRun", description="The run that brought it in; null: none has begun.", target="SyncRun", key=_run),
        "result": computed(
            "FileImportResult", "What it did, or would do; null: not known yet.", needs=(expression_of(FileImport.result),), make=FileImportResult.of
        ),
        "createdBy": column(FileImport.created_by, "Who asked for it.", filtered=True),
        "createdAt": column(FileImport.created_at, "When it was asked for.", filtered=True, ordered=True),
        "endedAt": column(FileImport.ended_at, "When it ended; null: it has not, or was cancelled."),
    },
    filters={"connection": IdFilter("Into a connection.", "ConnectedSystem", expression_of(FileImport.connection_id))},
    default_order=(("CREATED_AT", True),),
)
