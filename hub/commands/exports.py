"""Commands about exports."""

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.access.roles import Permission, allowed
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held
from hub.errors import ConfigurationError, ConflictError, InputProblem, InputRefusedError, NotFoundError, RequestError
from hub.exports import operations
from hub.exports.jobs import open_query, submit_export
from hub.exports.operations import ENTITY, OPEN, Asked
from hub.exports.writing import form_of
from hub.jobs.control import cancel
from hub.model import ApiToken, BulkOperation, JobRun, table_of
from hub.vocabulary import BulkOperationStatus, ExportFormat, UserErrorCode

_JOBS = table_of(JobRun)
_OPERATIONS = table_of(BulkOperation)
_TOKENS = table_of(ApiToken)


def export(context: CommandContext, *, query: str, format: ExportFormat) -> Outcome:  # noqa: A002 - the name of the input's field
    """Have a whole list written to a file. The query is judged now, and again while it is read; one token has one export at a time."""
    asked = Asked(context.caller, query, format, context.reason, context.request_id)
    _require_good(context, asked)
    _require_alone(context)
    _require_room(context)
    key = submit_export(context.connection, asked, context.services)
    effect = Effect(ENTITY, key, {"status": (None, BulkOperationStatus.QUEUED), "format": (None, format)})
    return Outcome(shown={"bulkOperation": key}, effects=[effect])


def cancel_export(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """End an export that has not ended; what was written of it is removed. Its job is held first, as by the job itself."""
    job = sa.select(_JOBS.c.id).join(_OPERATIONS, _OPERATIONS.c.job_run_id == _JOBS.c.id).where(_OPERATIONS.c.id == id)
    context.connection.execute(job.with_for_update(of=_JOBS))
    found = held(context, BulkOperation, id)
    if found.token_id != context.caller.token_id and not allowed(context.caller.role, Permission.MANAGE):
        raise NotFoundError("there is none with this id", path=("id",))
    if found.status not in OPEN:
        raise ConflictError(f"the export has ended already: it is {found.status.value}", path=("id",))
    operations.cancel_operation(context.connection, id, now=context.now)
    if found.job_run_id is not None:
        _end_job(context, found.job_run_id)
    return Outcome(shown={"bulkOperation": id}, effects=[Effect(ENTITY, id, {"status": (found.status, BulkOperationStatus.CANCELLED)})])


def _require_good(context: CommandContext, asked: Asked) -> None:
    """Raise InputRefusedError for a query that cannot be exported, or not by this caller."""
    try:
        query = open_query(context.services, asked)
        query.check(context.connection)
        form_of(asked.format, query)
    except RequestError as error:
        raise InputRefusedError([InputProblem(("query",), str(error), UserErrorCode.INVALID)]) from error
    except ConfigurationError as error:
        raise InputRefusedError([InputProblem((), str(error), UserErrorCode.NOT_SUPPORTED)]) from error


def _require_alone(context: CommandContext) -> None:
    """Raise ConflictError while another export of the same token has not ended. Requests of one token wait for each other here."""
    connection, token_id = context.connection, context.caller.token_id
    connection.execute(sa.select(_TOKENS.c.id).where(_TOKENS.c.id == token_id).with_for_update())
    operations.settle_abandoned(connection, now=context.now)
    running = operations.open_of(connection, token_id)
    if running is not None:
        raise ConflictError("this token has an export that has not ended: wait for it, or cancel it")


def _require_room(context: CommandContext) -> None:
    """Raise ConflictError while finished files take all the room there is for them: each can be fetched until its time is over, so none makes way."""
    if operations.taken_bytes(context.connection) >= context.services.settings.server.export_bytes:
        raise ConflictError(
            "the files of exports take all the room there is for them: wait until some have expired; hub.export_megabytes says how much there is"
        )


def _end_job(context: CommandContext, job_id: int) -> None:
    try:
        cancel(context.connection, job_id, now=context.now)
    except RequestError:
        return  # it has ended by itself, or was forgotten: there is nothing to stop
