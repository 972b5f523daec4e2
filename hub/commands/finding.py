"""Rows that commands are about, held until their transaction ends; one that is not there, or that the caller may not see, is refused at its field."""

from typing import Any

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.commands.command import CommandContext
from hub.config import ConnectionSettings
from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError
from hub.model import Connection, Row, table_of
from hub.store.connections import find_configured
from hub.vocabulary import ConnectionStatus, UserErrorCode


def held(context: CommandContext, row: type[Row], key: int, *, field: str = "id", is_changed: bool = True) -> Any:  # noqa: ANN401 - a row with the table's columns
    """The row with a key. Raises NotFoundError, naming the input's field, when there is none, or none for the eyes of the caller.

    `is_changed` False: it is only kept from being deleted, and others may write it meanwhile.
    """
    table = table_of(row)
    seen = sa.select(table).where(table.c.id == key, row_predicate(context.caller, table))
    found = context.connection.execute(seen.with_for_update(read=not is_changed, key_share=not is_changed)).first()
    if found is None:
        raise NotFoundError("there is none with this id", path=(field,))
    return found


def held_connection(context: CommandContext, key: int, *, field: str = "id") -> Any:  # noqa: ANN401 - the same
    """The connection with a key."""
    return held(context, Connection, key, field=field)


def readable_connection(context: CommandContext, key: int, *, field: str) -> tuple[Any, ConnectionSettings]:
    """A connection that may be read now, and its settings. Raises what keeps it from being read, naming the input's field."""
    found = held(context, Connection, key, field=field, is_changed=False)
    configured = find_configured(context.connection, context.services.settings, found.name)
    if configured is None:
        text = f"the connection {found.name!r} is not set up any longer, or never was: what it has came from an import, or it was taken out"
        raise InputRefusedError([InputProblem((field,), text, UserErrorCode.NOT_SUPPORTED)])
    if found.status is not ConnectionStatus.ACTIVE:
        why = f" ({found.status_reason})" if found.status_reason else ""
        raise ConflictError(f"the connection {found.name!r} is {found.status.value}{why}: resume it first", path=(field,))
    return found, configured
