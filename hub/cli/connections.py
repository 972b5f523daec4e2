"""`dunwell connections`: how connections fare, stopped and let run again, and what people should know of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from hub.app import Hub
from hub.cli.opening import FLAG, SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import camel, minute, print_json, print_table, say
from hub.model import Checkpoint, Connection, ConnectionNotice, SourceField, table_of
from hub.sync.connection_facts import data_as_of, read_health
from hub.sync.drift import accept_drift
from hub.sync.drift_judging import DRIFTED
from hub.sync.notices import dismiss_notice, is_open
from hub.sync.pausing import find_connection_id, pause_connection, resume_connection
from hub.sync.watching import is_watching_due, watch_connections

app = typer.Typer(no_args_is_help=True, help="Connections: list, pause, resume, notices, fields.")

_CONNECTIONS = table_of(Connection)
_CHECKPOINTS = table_of(Checkpoint)
_NOTICES = table_of(ConnectionNotice)
_FIELDS = table_of(SourceField)
_ACTOR = "the command line"

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connection, as `dunwell connections list` shows it.")]


@app.command("list")
def list_all(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List connections with how they fare and what is known of them."""
    with hub_of(settings) as hub:
        _watch(hub)
        found = _read_connections(hub)
    if as_json:
        print_json([{camel(name): value for name, value in row.items()} for row in found])
        return
    rows = [(row["name"], row["kind"].lower(), row["state"], row["summary"], _when(row["data_as_of"]), row["open_notice_count"] or None) for row in found]
    print_table("Connections", ("Name", "Kind", "State", "How it fares", "Data as of", "Notices"), rows, right=("Notices",))


@app.command()
def pause(
    name: Name,
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for those who wonder later.")] = None,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Let a connection not run until it is resumed, declared ones too."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            pause_connection(connection, name, reason=reason, now=hub.clock.now(), by=_ACTOR)
        say(f"{name} is paused; `dunwell connections resume {name}` lets it run again")


@app.command()
def resume(name: Name, *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Let a connection run again; one whose source refused our credentials may try them once more."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            was_stopped = resume_connection(connection, name, now=hub.clock.now(), by=_ACTOR)
        say(f"{name} may run again" if was_stopped else f"{name} was not stopped")


@app.command()
def notices(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The connection; all of them when left out.")] = None,
    *,
    dismiss: Annotated[int | None, typer.Option("--dismiss", metavar="ID", help="Put a notice out of sight while the same goes on.")] = None,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """List what people should know of connections, newest first."""
    with hub_of(settings) as hub:
        _watch(hub)
        if dismiss is not None:
            with hub.store.write() as connection:
                dismiss_notice(connection, dismiss, now=hub.clock.now(), by=_ACTOR)
            say(f"notice {dismiss} is dismissed; it comes back when something else is the matter")
            return
        found = _read_notices(hub, name)
    if as_json:
        print_json([{camel(key): value for key, value in row.items()} for row in found])
        return
    rows = [(row["id"], row["connection"], row["kind"], _about(row), minute(row["raised_at"])) for row in found]
    print_table(f"{len(rows)} open notices", ("Id", "Connection", "Kind", "Message", "Since"), rows, right=("Id",))


@app.command()
def fields(
    name: Name,
    *,
    accept: Annotated[bool, typer.Option("--accept", metavar=FLAG, help="Agree with what is not as it was, so that it is not told any longer.")] = False,
    every: Annotated[bool, typer.Option("--all", metavar=FLAG, help="List every field, not only those that are not as they were.")] = False,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """List the fields of a connection's payloads that are not as they were."""
    if accept and every:
        raise typer.BadParameter("--accept agrees with what is not as it was, --all lists every field: use one of the two")
    with hub_of(settings) as hub:
        if accept:
            with hub.store.write() as connection:
                count = accept_drift(connection, find_connection_id(connection, name), now=hub.clock.now(), by=_ACTOR)
            say(f"{count} accepted")
            return
        with hub.store.read() as connection:
            found = _read_fields(connection, find_connection_id(connection, name), every=every)
    if as_json:
        print_json([{camel(key): value for key, value in row.items()} for row in found])
        return
    rows = [(row["stream"].lower(), row["path"], ", ".join(row["types"]), row["state"], minute(row["last_seen_at"])) for row in found]
    print_table(f"Fields of {name}", ("Stream", "Field", "Types", "State", "Last seen"), rows)


def _when(instant: datetime | None) -> str | None:
    return None if instant is None else minute(instant)


def _watch(hub: Hub) -> None:
    """Let the notices be those of this moment, whether or not somebody has looked after connections lately."""
    with hub.store.read() as connection:
        if not is_watching_due(connection, now=hub.clock.now()):
            return
    with hub.store.write() as connection:
        watch_connections(connection, now=hub.clock.now())


def _read_connections(hub: Hub) -> list[dict[str, Any]]:
    """Each connection with its health; those that are configured no longer come last."""
    zone, columns = hub.settings.workspace.time_zone, (_CONNECTIONS.c.id, _CONNECTIONS.c.name, _CONNECTIONS.c.kind, _CONNECTIONS.c.status)
    mine = sa.and_(_NOTICES.c.connection_id == _CONNECTIONS.c.id, is_open(_NOTICES))
    count = sa.select(sa.func.count()).select_from(_NOTICES).where(mine).scalar_subquery().label("open_notice_count")
    known = data_as_of(_CHECKPOINTS, _CONNECTIONS.c.id).label("data_as_of")
    with hub.store.read() as connection:
        rows = connection.execute(sa.select(*columns, known, count).order_by(_CONNECTIONS.c.name)).mappings().all()
        health = read_health(connection, [row["id"] for row in rows], now=hub.clock.now(), zone=zone)
    return [
        {
            "name": row["name"],
            "kind": row["kind"].value,
            "status": row["status"].value,
            "state": health[row["id"]].state.value,
            "summary": health[row["id"]].summary,
            "since": health[row["id"]].since,
            "data_as_of": row["data_as_of"],
            "open_notice_count": row["open_notice_count"],
        }
        for row in rows
    ]


def _read_notices(hub: Hub, name: str | None) -> list[dict[str, Any]]:
    columns = (_NOTICES.c.id, _CONNECTIONS.c.name.label("connection"), _NOTICES.c.kind, _NOTICES.c.subject, _NOTICES.c.message)
    query = sa.select(*columns, _NOTICES.c.raised_at, _NOTICES.c.last_seen_at).join(_CONNECTIONS, _CONNECTIONS.c.id == _NOTICES.c.connection_id)
    query = query.where(is_open(_NOTICES)).order_by(_NOTICES.c.raised_at.desc(), _NOTICES.c.id.desc())
    with hub.store.read() as connection:
        if name is not None:
            query = query.where(_NOTICES.c.connection_id == find_connection_id(connection, name))
        return [{**row, "kind": row["kind"].value} for row in connection.execute(query).mappings()]


def _about(row: Mapping[str, Any]) -> str:
    return f"{row['subject']}: {row['message']}" if row["subject"] else row["message"]


def _read_fields(connection: sa.Connection, connection_id: int, *, every: bool) -> list[dict[str, Any]]:
    columns = (_FIELDS.c.stream, _FIELDS.c.path, _FIELDS.c.types, _FIELDS.c.state, _FIELDS.c.first_seen_at, _FIELDS.c.last_seen_at)
    shown = sa.and_(_FIELDS.c.connection_id == connection_id, sa.true() if every else _FIELDS.c.state.in_(DRIFTED))
    rows = connection.execute(sa.select(*columns).where(shown).order_by(_FIELDS.c.stream, _FIELDS.c.path)).mappings()
    return [{**row, "stream": row["stream"].value, "state": row["state"].value} for row in rows]
