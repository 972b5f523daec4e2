"""Commands that delete connections and try them."""

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held_connection
from hub.commands.naming import require_removable
from hub.errors import ConflictError, InputProblem, InputRefusedError
from hub.store.connections import find_configured
from hub.sync.asked import Asking
from hub.sync.removal import hold_jobs, open_removal, remove_connection, submit_removal
from hub.sync.trying import submit_test
from hub.vocabulary import ConnectionRecords, ConnectionStatus, JobStatus, UserErrorCode

_ENTITY = "ConnectedSystem"


def delete(context: CommandContext, *, id: int, records: ConnectionRecords) -> Outcome:  # noqa: A002 - the name of the input's field
    """Take a connection out of use, and have its records deleted where that is asked for. One that is out of use already may still lose its records."""
    hold_jobs(context.connection, id)
    row = held_connection(context, id)
    require_removable(context, row)
    is_news = row.status is not ConnectionStatus.REMOVED
    effects: list[Effect] = []
    if is_news:
        remove_connection(context.connection, id, reason=context.reason, now=context.now)
        effects.append(Effect(_ENTITY, id, {"status": (row.status, ConnectionStatus.REMOVED), "options": (row.options, None)}))
    going_on = open_removal(context.connection, id)
    if going_on is not None:
        raise ConflictError(f"its records are being deleted already, by job {going_on}: cancel that to keep the rest", path=("records",))
    if records is ConnectionRecords.KEEP:
        return Outcome(shown={"connection": id, "job": None}, effects=effects)
    job = submit_removal(context.connection, Asking(connection_id=id, by=context.by, now=context.now))
    effects += [Effect(_ENTITY, id, {"records": (None, records)}), Effect("JobRun", job, {"status": (None, JobStatus.QUEUED)})]
    return Outcome(shown={"connection": id, "job": job}, effects=effects)


def test(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Have the source of a connection asked what there is to read, and for a first page, which is not kept. A paused one can be tried too."""
    row = held_connection(context, id)
    if find_configured(context.connection, context.services.settings, row.name) is None:
        text = f"the connection {row.name!r} is not set up any longer, or never was: there is nothing to try"
        raise InputRefusedError([InputProblem(("id",), text, UserErrorCode.NOT_SUPPORTED)])
    key, job = submit_test(context.connection, Asking(connection_id=id, by=context.by, now=context.now))
    effects = [Effect("ConnectionTest", key, {"connection": (None, id)}), Effect("JobRun", job, {"status": (None, JobStatus.QUEUED)})]
    return Outcome(shown={"connectionTest": key, "job": job}, effects=effects)
