"""Which names connections can have, and which connections can be changed through the API."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hub.commands.command import CommandContext
from hub.config import ConnectionSettings, objection_to_name
from hub.errors import InputProblem, InputRefusedError
from hub.model import Connection, table_of
from hub.store.connections import find_configured
from hub.sync.rate_sources import CONNECTOR as RATE_SOURCE
from hub.sync.removal import open_removal
from hub.vocabulary import ConnectionStatus, UserErrorCode

_CONNECTIONS = table_of(Connection)


def name_problems(context: CommandContext, name: str, *, connector: str) -> Sequence[InputProblem]:
    """What is wrong with the name of a new connection. That of a removed one can be taken for the same connector: then it has its records again."""
    objection = objection_to_name(name)
    if objection is not None:
        return [InputProblem(("name",), objection, UserErrorCode.INVALID)]
    alike = sa.select(_CONNECTIONS).where(sa.func.lower(_CONNECTIONS.c.name) == name.lower()).with_for_update()
    taken = [text for row in context.connection.execute(alike) if (text := _objection_to_row(context, row, name, connector=connector)) is not None]
    return [InputProblem(("name",), text, UserErrorCode.CONFLICT) for text in taken]


def require_made(context: CommandContext, row: Any) -> ConnectionSettings:  # noqa: ANN401 - a row of connections
    """How a connection is set that was made through the API. Raises InputRefusedError, with what to do, for one that was not."""
    if is_in_file(context, row.name):
        raise _refused(f"the connection {row.name!r} stands in plugins.toml: change it there and start again")
    found = find_configured(context.connection, context.services.settings, row.name)
    if found is None:
        raise _refused(f"the connection {row.name!r} was not made through the API, or was removed: there are no settings to change")
    return found


def require_removable(context: CommandContext, row: Any) -> None:  # noqa: ANN401 - the same
    """Raise InputRefusedError for a connection that cannot be deleted here."""
    if is_in_file(context, row.name):
        raise _refused(f"the connection {row.name!r} stands in plugins.toml: take it out there and start again")
    if row.connector == RATE_SOURCE:
        raise _refused(f"the connection {row.name!r} is that of a rate source, which a plugin brings: take the plugin out")


def is_in_file(context: CommandContext, name: str) -> bool:
    """Whether plugins.toml declares a connection."""
    return any(found.name == name for found in context.services.settings.connections)


def _objection_to_row(context: CommandContext, row: Any, name: str, *, connector: str) -> str | None:  # noqa: ANN401 - the same
    """Why a name cannot be taken though, or because, there is this row; None: it can."""
    if row.name != name:
        return f"differs only in upper and lower case from the connection {row.name!r}"
    if is_in_file(context, name):
        return f"there is a connection {name!r} in plugins.toml"
    if row.status is not ConnectionStatus.REMOVED:
        return f"there is a connection {name!r} already"
    if row.connector != connector:
        return f"the connection {name!r}, which was removed, has records from the connector {row.connector!r}: take another name"
    job = open_removal(context.connection, row.id)
    return None if job is None else f"the records of the connection {name!r}, which was removed, are being deleted by job {job}: wait until it has ended"


def _refused(text: str) -> InputRefusedError:
    return InputRefusedError([InputProblem(("id",), text, UserErrorCode.NOT_SUPPORTED)])
