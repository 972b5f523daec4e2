"""`dunwell rejected`: records that were refused, shown, applied again, or dismissed."""

from functools import partial
from typing import Annotated

import anyio
import sqlalchemy as sa
import typer

from hub.cli.importing import finish
from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import print_json, print_table, say
from hub.model import Connection, RejectedRecord, table_of
from hub.sync.replay import dismiss_rejected, replay_rejected
from hub.vocabulary import RejectionStatus

app = typer.Typer(no_args_is_help=True, help="Rejected records: list, replay, dismiss.")

_REJECTED = table_of(RejectedRecord)
_CONNECTIONS = table_of(Connection)

Ids = Annotated[list[int] | None, typer.Argument(help="Ids that `dunwell rejected list` shows; all of the connection when left out.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many to list, newest first.")]


@app.command("list")
def list_open(*, limit: Limit = 50, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List the open ones with place and reason."""
    table = _REJECTED
    columns = (table.c.id, _CONNECTIONS.c.name.label("connection"), table.c.stream, table.c.external_id, table.c.place, table.c.field, table.c.reason)
    statement = sa.select(*columns, table.c.attempt_count).join(_CONNECTIONS, _CONNECTIONS.c.id == table.c.connection_id)
    with hub_of(settings) as hub, hub.store.read() as connection:
        found = connection.execute(statement.where(table.c.status == RejectionStatus.OPEN).order_by(table.c.id.desc()).limit(limit)).mappings().all()
    if as_json:
        print_json([dict(row) for row in found])
        return
    rows = [(row["id"], row["connection"], row["external_id"] or row["place"], row["field"], row["reason"], row["attempt_count"]) for row in found]
    print_table(f"{len(rows)} open rejected records", ("Id", "Connection", "Record or place", "Field", "Reason", "Times"), rows, right=("Id", "Times"))


@app.command()
def replay(
    connection: Annotated[str, typer.Argument(help="The connection that they came from.")],
    ids: Ids = None,
    *,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Apply rejected records again, as they were mapped."""
    with hub_of(settings) as hub:
        report = anyio.run(partial(replay_rejected, hub.sync, connection, ids=ids or ()))
        finish(hub, report, as_json=as_json)


@app.command()
def dismiss(ids: Annotated[list[int], typer.Argument(help="Ids that `dunwell rejected list` shows.")], *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Close rejected records without applying them; they stay on record."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            count = dismiss_rejected(connection, ids, now=hub.clock.now())
        say(f"{count} of {len(ids)} were open and are dismissed")
