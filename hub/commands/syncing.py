"""Commands about runs: starting and cancelling them, agreeing with deletions, and fetching single objects again.

What a source is asked for is done by a job, after the command has ended.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.commands.api_types import API_TYPES
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held, readable_connection
from hub.commands.jobs import job_effect, require_open
from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError
from hub.jobs.control import cancel
from hub.model import Connection, Contact, CreditNote, Customer, ExternalReference, Invoice, JobRun, Payment, Row, SyncRun, table_of
from hub.store.connections import find_configured
from hub.sync.asked import AskedObjects, AskedRun, Asking, submit_resync, submit_run
from hub.vocabulary import ConnectionStatus, Entity, JobStatus, Stream, SyncRunStatus, UserErrorCode

_REFERENCES = table_of(ExternalReference)
_CONNECTIONS = table_of(Connection)
_ENTITIES = {name: entity for entity, name in API_TYPES.items()}
_ROWS: Mapping[Entity, type[Row]] = {
    Entity.CUSTOMER: Customer,
    Entity.CONTACT: Contact,
    Entity.INVOICE: Invoice,
    Entity.CREDIT_NOTE: CreditNote,
    Entity.PAYMENT: Payment,
}

RESYNCED = tuple(_ENTITIES)
"""The types of the API whose rows can be fetched again."""


def start(context: CommandContext, *, connection: int, streams: Sequence[Stream] | None = None, full: bool = False, since: date | None = None) -> Outcome:
    """Start a run of a connection: all that has changed, everything, or everything from a day on."""
    found, declared = readable_connection(context, connection, field="connection")
    problems = [*_stream_problems(context, declared.connector, declared.streams, streams=streams), *_day_problems(context, since)]
    if problems:
        raise InputRefusedError(problems)
    job = submit_run(context.connection, _asking(context, found.id), AskedRun(streams=streams, since=since, is_full=full))
    return Outcome(shown={"job": job, "connection": connection}, effects=[_started(job)])


def approve_deletions(context: CommandContext, *, connection: int, count: int) -> Outcome:
    """Read a connection again, and delete or close what it no longer lists if it is just so many."""
    found, _ = readable_connection(context, connection, field="connection")
    if count < 1:
        raise InputRefusedError([InputProblem(("count",), "the held run says how many objects are absent: one at least", UserErrorCode.INVALID)])
    job = submit_run(context.connection, _asking(context, found.id), AskedRun(approved_deletions=count))
    approved = Effect("ConnectedSystem", connection, {"approvedDeletions": (None, count)})
    return Outcome(shown={"job": job, "connection": connection}, effects=[_started(job), approved])


def cancel_run(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the name of the input's field
    """Stop a run that is going on; what it has read stays."""
    run = held(context, SyncRun, id)
    if run.status is not SyncRunStatus.RUNNING:
        raise ConflictError(f"the run has ended already: it is {run.status.value}", path=("id",))
    if run.job_run_id is None:
        raise ConflictError("the run was started by a command: stop it there", path=("id",))
    job = held(context, JobRun, run.job_run_id)
    require_open(job, field="id")
    cancel(context.connection, job.id, now=context.now)
    return Outcome(shown={"syncRun": id, "job": job.id}, effects=[job_effect(job, JobStatus.CANCELLED)])


def resync_entity(context: CommandContext, *, id: Any) -> Outcome:  # noqa: A002, ANN401 - a RowId of the API
    """Fetch one object again from every connection that knows it and can fetch single objects of its kind."""
    entity = _ENTITIES[id.type_name]
    held(context, _ROWS[entity], id.key, is_changed=False)
    references = _references(context, entity, id.key)
    if not references:
        raise NotFoundError("no connection knows an object with this id", path=("id",))
    fetchable = [found for found in references if _can_fetch(context, found)]
    if not fetchable:
        names = ", ".join(sorted({found.name for found in references}))
        text = f"no connection that knows it can fetch single objects of its kind, or may run now ({names}): sync the connection instead"
        raise InputRefusedError([InputProblem(("id",), text, UserErrorCode.NOT_SUPPORTED)])
    wanted: dict[tuple[int, Stream], list[str]] = {}
    for found in fetchable:
        wanted.setdefault((found.connection_id, found.stream), []).append(found.external_id)
    jobs = [submit_resync(context.connection, _asking(context, key), AskedObjects(stream, ids)) for (key, stream), ids in wanted.items()]
    return Outcome(shown={"jobs": jobs}, effects=[Effect(id.type_name, id.key, {"fetchedAgainBy": (None, jobs)}), *map(_started, jobs)])


def _references(context: CommandContext, entity: Entity, key: int) -> Sequence[Any]:
    columns = (_REFERENCES.c.connection_id, _REFERENCES.c.stream, _REFERENCES.c.external_id, _CONNECTIONS.c.name, _CONNECTIONS.c.status)
    mine = sa.and_(_REFERENCES.c.entity == entity, _REFERENCES.c.entity_id == key)
    joined = sa.select(*columns).join_from(_REFERENCES, _CONNECTIONS, _CONNECTIONS.c.id == _REFERENCES.c.connection_id)
    return context.connection.execute(joined.where(mine).order_by(_REFERENCES.c.id)).all()


def _can_fetch(context: CommandContext, reference: Any) -> bool:  # noqa: ANN401 - a row of `_references`
    configured = find_configured(context.connection, context.services.settings, reference.name)
    by_connector: Mapping[str, Sequence[Stream]] = {info.name: info.fetchable for info in context.services.connectors}
    return reference.status is ConnectionStatus.ACTIVE and reference.stream in by_connector.get(configured.connector if configured else "", ())


def _stream_problems(context: CommandContext, connector: str, declared: Sequence[Stream] | None, *, streams: Sequence[Stream] | None) -> Sequence[InputProblem]:
    if streams is None:
        return []
    if not streams:
        return [InputProblem(("streams",), "name the streams to read, or leave the field out to read them all", UserErrorCode.INVALID)]
    delivered = declared if declared is not None else next((info.streams for info in context.services.connectors if info.name == connector), ())
    known = ", ".join(stream.value for stream in delivered)
    return [
        InputProblem(("streams", str(number)), f"the connection does not deliver {stream.value}; it delivers {known}", UserErrorCode.NOT_SUPPORTED)
        for number, stream in enumerate(streams)
        if stream not in delivered
    ]


def _day_problems(context: CommandContext, since: date | None) -> Sequence[InputProblem]:
    if since is None or since <= context.services.business_date():
        return []
    return [InputProblem(("since",), "the day is yet to come", UserErrorCode.INVALID)]


def _asking(context: CommandContext, connection_id: int) -> Asking:
    return Asking(connection_id=connection_id, by=context.by, now=context.now)


def _started(job: int) -> Effect:
    return Effect("JobRun", job, {"status": (None, JobStatus.QUEUED)})
