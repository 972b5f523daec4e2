"""Commands that make and change connections. What stands in plugins.toml is changed there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import EllipsisType
from typing import Any

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.access.sealing import SealedPlace
from hub.commands.command import CommandContext, Outcome
from hub.commands.connection_input import GivenSecret, InputChecks, read_secrets_given
from hub.commands.finding import held_connection
from hub.commands.naming import name_problems, require_made
from hub.config import ConnectionOrigin, ConnectionSettings, thawed
from hub.config.problems import nearest
from hub.errors import InputProblem, InputRefusedError
from hub.identity.connections import objections_to_joining
from hub.jobs.scheduling import set_schedule
from hub.model import Checkpoint, Connection, table_of
from hub.plugins.connector import Connector
from hub.store.connections import with_made
from hub.store.lock import settle_alone
from hub.sync.given_secrets import forget_changing, forget_given, given_place, keep_given
from hub.sync.pausing import pause_connection
from hub.sync.registry import stored_streams
from hub.vocabulary import ConnectionKind, ConnectionStatus, Stream, UserErrorCode

_CONNECTIONS = table_of(Connection)
_CHECKPOINTS = table_of(Checkpoint)
_ENTITY = "ConnectedSystem"


def create(
    context: CommandContext,
    *,
    name: str,
    connector: str,
    kind: ConnectionKind,
    options: Any = None,  # noqa: ANN401 - JSON of a caller
    secrets: Sequence[Mapping[str, Any]] | None = None,
    streams: Sequence[Stream] | None = None,
    sync_from_date: date | None = None,
    schedule: str | None = None,
    is_paused: bool = False,
) -> Outcome:
    """Make a connection, or one that was removed anew. It runs when it is asked to, or by its schedule."""
    settle_alone(context.connection)
    options = {} if options is None else options
    objections = name_problems(context, name, connector=connector)
    checks = InputChecks(context, _connector_of(context, connector, path=("connector",), also=objections), objections)
    given = read_secrets_given(secrets or ())
    checks.kind(kind)
    checks.options(options)
    checks.secrets(given, may_remove=False)
    checks.streams(streams)
    checks.sync_from_date(sync_from_date)
    slots = checks.schedule(schedule)
    _raise_if_any(checks.problems)
    some = None if streams is None else tuple(streams)
    wanted = ConnectionSettings(name, connector, kind, some, sync_from_date, options, schedule=slots, origin=ConnectionOrigin.MADE)
    key = _make(context, wanted)
    _keep_secrets(context, key, name, given=given)
    _require_decided(context, name)
    set_schedule(context.connection, wanted, now=context.now, zone=context.services.settings.workspace.time_zone)
    if is_paused:
        pause_connection(context.connection, name, reason=context.reason, now=context.now, by=context.by)
    changes: dict[str, tuple[object, object]] = {"name": (None, name), "connector": (None, connector), "kind": (None, kind), "isPaused": (None, is_paused)}
    changes |= _changes(None, wanted) | _secret_changes(given)
    return Outcome(shown={"connection": key}, effects=[Effect(_ENTITY, key, changes)])


def update(
    context: CommandContext,
    *,
    id: int,  # noqa: A002 - the name of the input's field
    options: Any = ...,  # noqa: ANN401 - JSON of a caller; the ellipsis: it was not given
    secrets: Sequence[Mapping[str, Any]] | None = None,
    streams: Sequence[Stream] | EllipsisType | None = ...,
    sync_from_date: date | EllipsisType | None = ...,
    schedule: str | EllipsisType | None = ...,
) -> Outcome:
    """Change what is given of a connection that was made here, and nothing else."""
    settle_alone(context.connection)
    row = held_connection(context, id)
    before = require_made(context, row)
    checks = InputChecks(context, _connector_of(context, row.connector, path=("id",)))
    given = read_secrets_given(secrets or ())
    changed: dict[str, Any] = {}
    if options is not ...:
        checks.options(options)
        changed["options"] = options
    checks.secrets(given, may_remove=True)
    if not isinstance(streams, EllipsisType):
        checks.streams(streams)
        changed["streams"] = None if streams is None else tuple(streams)
    if not isinstance(sync_from_date, EllipsisType):
        checks.sync_from_date(sync_from_date)
        changed["sync_from_date"] = sync_from_date
    if not isinstance(schedule, EllipsisType):
        changed["schedule"] = checks.schedule(schedule)
    is_elsewhere = "options" in changed and changed["options"] != row.options
    _raise_if_any([*checks.problems, *(_unrepeated(row, given) if is_elsewhere else ())])
    wanted = replace(before, **changed)
    _bring_in_line(context, row, wanted, is_elsewhere=is_elsewhere)
    _keep_secrets(context, id, row.name, given=given)
    if is_elsewhere:
        forget_changing(context.connection, id)
    _require_decided(context, row.name)
    if "schedule" in changed and wanted.schedule != before.schedule:
        set_schedule(context.connection, wanted, now=context.now, zone=context.services.settings.workspace.time_zone)
    effects = _changes(before, wanted) | _secret_changes(given)
    return Outcome(shown={"connection": id}, effects=[Effect(_ENTITY, id, effects)] if effects else [])


# --- what can be refused --------------------------------------------------------------------------


def _connector_of(context: CommandContext, name: str, *, path: tuple[str, ...], also: Sequence[InputProblem] = ()) -> Connector:
    """The connector with a name. Raises InputRefusedError, with what else is wrong, for one that there is not or that may not be used here."""
    connectors = context.services.making.connectors
    found = connectors.get(name)
    if found is None:
        text = f"no plugin brings the connector {name!r}; {nearest(name, connectors)}"
        raise InputRefusedError([*also, InputProblem(path, text, UserErrorCode.NOT_FOUND)])
    if found.facts.not_through_api is not None:
        text = f"no connection of the connector {name!r} can be made through the API: {found.facts.not_through_api}"
        raise InputRefusedError([*also, InputProblem(path, text, UserErrorCode.NOT_SUPPORTED)])
    return found


def _unrepeated(row: Any, given: Sequence[GivenSecret]) -> Sequence[InputProblem]:  # noqa: ANN401 - a row of connections
    """Options say where secrets are sent: whoever changes them must know the secrets, and not only have them sent elsewhere."""
    there: dict[str, str | None] = row.secrets or {}
    missing = sorted(there.keys() - {secret.name for secret in given})
    text = f"the options say where the secrets go: give {', '.join(missing)} again with them, or take it away"
    return [InputProblem(("secrets",), text, UserErrorCode.INVALID)] if missing else []


def _require_decided(context: CommandContext, name: str) -> None:
    """Raise what keeps a connection, as it is now, from being among the others; what was done is taken back then."""
    settings = with_made(context.connection, context.services.settings)
    objections = objections_to_joining(settings, context.services.making.connectors, name)
    _raise_if_any([InputProblem((), text, UserErrorCode.CONFLICT) for text in objections])


def _raise_if_any(problems: Sequence[InputProblem]) -> None:
    if problems:
        raise InputRefusedError(problems)


# --- what is kept ---------------------------------------------------------------------------------


def _make(context: CommandContext, wanted: ConnectionSettings) -> int:
    """The key of the new row, or of the one that was removed: its cursors and changing secrets are forgotten, which may be of another place."""
    values: dict[str, Any] = {
        "kind": wanted.kind,
        "is_declared": False,
        "status": ConnectionStatus.ACTIVE,
        "status_reason": None,
        "streams": stored_streams(wanted),
        "sync_from_date": wanted.sync_from_date,
        "options": wanted.options,
        "secrets": {},
    }
    named = sa.update(_CONNECTIONS).where(_CONNECTIONS.c.name == wanted.name).values(**values)
    key = context.connection.execute(named.returning(_CONNECTIONS.c.id)).scalar()
    if key is None:
        fresh = sa.insert(_CONNECTIONS).values(**values, name=wanted.name, connector=wanted.connector, created_at=context.now)
        key = context.connection.execute(fresh.returning(_CONNECTIONS.c.id)).scalar_one()
    context.connection.execute(sa.delete(_CHECKPOINTS).where(_CHECKPOINTS.c.connection_id == key))
    forget_changing(context.connection, int(key))
    return int(key)


def _bring_in_line(context: CommandContext, row: Any, wanted: ConnectionSettings, *, is_elsewhere: bool) -> None:  # noqa: ANN401 - a row of connections
    values = {"options": thawed(wanted.options), "streams": stored_streams(wanted), "sync_from_date": wanted.sync_from_date}
    context.connection.execute(sa.update(_CONNECTIONS).where(_CONNECTIONS.c.id == row.id).values(**values))
    if is_elsewhere:  # a cursor of another place is worth nothing: everything is read again and compared
        context.connection.execute(sa.delete(_CHECKPOINTS).where(_CHECKPOINTS.c.connection_id == row.id))


def _keep_secrets(context: CommandContext, key: int, name: str, *, given: Sequence[GivenSecret]) -> None:
    """Seal what is given, note the variables, take away what has neither."""
    if not given:
        return
    kept = dict(context.connection.execute(sa.select(_CONNECTIONS.c.secrets).where(_CONNECTIONS.c.id == key)).scalar_one() or {})
    sealed: dict[SealedPlace, bytes] = {}
    for secret in given:
        kept.pop(secret.name, None)
        forget_given(context.connection, key, secret.name)
        if secret.value is not None:
            place = given_place(name, secret.name)
            sealed[place] = context.services.making.seal(secret.value, place)
        if secret.value is not None or secret.variable is not None:
            kept[secret.name] = secret.variable
    keep_given(context.connection, key, sealed, now=context.now)
    context.connection.execute(sa.update(_CONNECTIONS).where(_CONNECTIONS.c.id == key).values(secrets=kept))


# --- what is told ---------------------------------------------------------------------------------


def _changes(before: ConnectionSettings | None, after: ConnectionSettings) -> dict[str, tuple[object, object]]:
    """What of the settings is another; None: there was no connection."""
    old, new = {} if before is None else _told(before), _told(after)
    return {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}


def _told(settings: ConnectionSettings) -> dict[str, object]:
    return {
        "options": thawed(settings.options),
        "streams": stored_streams(settings),
        "syncFromDate": settings.sync_from_date,
        "schedule": None if settings.schedule is None else settings.schedule.text,
    }


def _secret_changes(given: Sequence[GivenSecret]) -> dict[str, tuple[object, object]]:
    """That secrets were given, and which: never what they are."""
    return {"secrets": (None, [secret.name for secret in given])} if given else {}
