"""`dunwell rejected`: records that were refused, shown, applied again, or dismissed."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import anyio
import sqlalchemy as sa
import typer

from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import camel, print_json, print_table, say
from hub.cli.reporting import finish
from hub.errors import NotFoundError
from hub.model import Connection, RejectedRecord, table_of
from hub.sync.replay import NothingOpenError, dismiss_rejected, replay_rejected
from hub.vocabulary import RejectionStatus, SyncRunStatus

app = typer.Typer(no_args_is_help=True, help="Rejected records: list, replay, dismiss.")

_REJECTED = table_of(RejectedRecord)
_CONNECTIONS = table_of(Connection)

Ids = Annotated[list[int] | None, typer.Argument(metavar="IDS", help="Ids that `dunwell rejected list` shows; all of the connection when left out.")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="COUNT", help="How many to list, newest first.")]


@app.command("list")
def list_open(*, limit: Limit = 50, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List the open ones with place and reason."""
    table = _REJECTED
    columns = (table.c.id, _CONNECTIONS.c.name.label("connection"), table.c.stream, table.c.external_id, table.c.place, table.c.field, table.c.reason)
    statement = sa.select(*columns, table.c.attempt_count).join(_CONNECTIONS, _CONNECTIONS.c.id == table.c.connection_id)
    is_open = table.c.status == RejectionStatus.OPEN
    with hub_of(settings) as hub, hub.store.read() as connection:
        found = connection.execute(statement.where(is_open).order_by(table.c.id.desc()).limit(limit)).mappings().all()
        count = connection.execute(sa.select(sa.func.count()).select_from(table).where(is_open)).scalar_one()
    if as_json:
        print_json([{camel(name): value for name, value in row.items()} for row in found])
        return
    title = f"{count} open rejected records" + (f", the {len(found)} newest" if len(found) < count else "")
    rows = [(row["id"], row["connection"], _where(row), row["reason"], row["attempt_count"]) for row in found]
    print_table(title, ("Id", "Connection", "Place", "Reason", "Times"), rows, right=("Id", "Times"))


def _where(row: Mapping[Any, Any]) -> str:
    """The place in the source and, where it is known, the record; a record that was mapped and then refused has no place but a field."""
    record = row["external_id"] and f"{row['stream'].value.lower()} {row['external_id']}"
    place = row["place"] or row["field"]
    return "\n".join(part for part in (place, record) if part)


@app.command()
def replay(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection that they came from.")],
    ids: Ids = None,
    *,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Apply rejected records again, as they were mapped."""
    with hub_of(settings) as hub:
        try:
            report = anyio.run(partial(replay_rejected, hub.sync, connection, ids=ids or ()))
        except NothingOpenError as nothing:
            say(str(nothing))
            if as_json:
                print_json({"status": SyncRunStatus.SUCCEEDED.value, "preview": False, "error": None, "feeds": {}, "absent": [], "rejected": [], "notices": []})
            return
        finish(hub, report, title=f"Applied again for {connection}", as_json=as_json)


@app.command()
def dismiss(
    ids: Annotated[list[int], typer.Argument(metavar="IDS", help="Ids that `dunwell rejected list` shows.")],
    *,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Close rejected records without applying them; they stay on record."""
    wanted = set(ids)
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            count = dismiss_rejected(connection, sorted(wanted), now=hub.clock.now())
        if not count:
            raise NotFoundError(f"none of these is an open rejected record: {', '.join(map(str, sorted(wanted)))}")
        say(f"{count} dismissed" + (f", {len(wanted) - count} were not open" if count < len(wanted) else ""))
