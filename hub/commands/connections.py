"""Commands about connections: pausing them, letting them run again, and putting their notices out of sight."""

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held, held_connection
from hub.errors import ConflictError
from hub.model import ConnectionNotice
from hub.sync.notices import dismiss_notice
from hub.sync.pausing import pause_connection, resume_connection
from hub.vocabulary import ConnectionStatus

_ENTITY = "ConnectedSystem"


def pause(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the name of the input's field
    """Let a connection not run until it is resumed; the reason is shown with it."""
    found = held_connection(context, id)
    pause_connection(context.connection, found.name, reason=context.reason, now=context.now, by=context.by)
    changes = {"status": (found.status, ConnectionStatus.PAUSED), "statusReason": (found.status_reason, context.reason)}
    return Outcome(shown={"connection": id}, effects=[Effect(_ENTITY, id, changes)])


def resume(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Let a connection run again; one that may run already stays as it is."""
    found = held_connection(context, id)
    was_stopped = resume_connection(context.connection, found.name, now=context.now, by=context.by)
    changes = {"status": (found.status, ConnectionStatus.ACTIVE), "statusReason": (found.status_reason, None)}
    return Outcome(shown={"connection": id}, effects=[Effect(_ENTITY, id, changes)] if was_stopped else [])


def dismiss(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Put a notice out of sight while the same goes on."""
    found = held(context, ConnectionNotice, id)
    if found.resolved_at is not None or found.dismissed_at is not None:
        raise ConflictError("the notice is not open: it is over, or was dismissed before", path=("id",))
    dismiss_notice(context.connection, id, now=context.now, by=context.by)
    return Outcome(shown={"connectionNotice": id}, effects=[Effect("ConnectionNotice", id, {"dismissedAt": (None, context.now)})])
