"""`dunwell import`: a file into the hub, with a preview on request."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer

from hub.app import Hub
from hub.cli.days import DAY, read_day
from hub.cli.opening import FLAG, SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.progress import shown_progress
from hub.cli.reporting import finish
from hub.config import ConnectionSettings
from hub.errors import NotFoundError, RequestError
from hub.sync.imports.connection import import_connection, name_after
from hub.sync.service import SyncOptions, preview_connection, sync_connection
from hub.sync.sweep import Closing

_WILD = frozenset("*?[")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A file, a folder of files of one kind, or a pattern in quotes such as 'open-*.csv'.")]
Mapping = Annotated[
    Path, typer.Option("--mapping", metavar="PATH", help="What the columns mean: a file, or the name of a mapping that ships with the hub (docs/files.md).")
]
Name = Annotated[str | None, typer.Option("--connection", metavar="NAME", help="The connection to import into; named after the mapping when left out.")]
IsPreview = Annotated[bool, typer.Option("--preview", metavar=FLAG, help="Show what would change, and change nothing.")]
Sequence = Annotated[
    str | None, typer.Option("--sequence", metavar="TEXT", help="Where the file stands in the order of its kind, when neither name nor column tells.")
]
ListDate = Annotated[
    date | None, typer.Option("--list-date", parser=read_day, metavar=DAY, help="The date of a full open list, when neither name nor column tells.")
]
Since = Annotated[date | None, typer.Option("--since", parser=read_day, metavar=DAY, help="Leave out documents dated before this day.")]
CloseAbsent = Annotated[
    int | None,
    typer.Option("--close-absent", min=0, metavar="COUNT", help="Close this many invoices that a full open list no longer names."),
]
ReleaseBrake = Annotated[bool, typer.Option("--release-brake", metavar=FLAG, help="Close them even when they are more than the workspace allows at once.")]


def import_files(
    path: File,
    mapping: Mapping,
    connection: Name = None,
    *,
    preview: IsPreview = False,
    sequence: Sequence = None,
    list_date: ListDate = None,
    since: Since = None,
    close_absent: CloseAbsent = None,
    release_brake: ReleaseBrake = False,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Import a file under a mapping. Importing the same file again changes nothing."""
    given = {"sequence": sequence, "list_date": list_date and list_date.isoformat()}
    options: dict[str, Any] = {"path": str(path.absolute()), "mapping": str(mapping.absolute())} | {key: value for key, value in given.items() if value}
    with hub_of(settings) as hub:
        _require_file(path)
        wanted = import_connection(hub.settings, connection or name_after(mapping.name), options)
        _refuse_bad_options(hub, wanted)
        with shown_progress(enabled=not as_json) as on_progress:
            closing = Closing(close_absent, is_brake_released=release_brake)
            how = SyncOptions(trigger="IMPORT", since=since, closing=closing, on_progress=on_progress)
            go = preview_connection if preview else sync_connection
            outcome = anyio.run(partial(go, hub.sync, wanted, how))
        title = f"What importing into {wanted.name} would do; nothing was changed" if preview else f"Imported into {wanted.name}"
        finish(hub, outcome, title=title, as_json=as_json)


def _require_file(path: Path) -> None:
    if not path.exists() and not _WILD & set(str(path)):
        raise NotFoundError(f"there is no file or folder {path.absolute()}")


def _refuse_bad_options(hub: Hub, connection: ConnectionSettings) -> None:
    connector = hub.catalogue.connectors.get(connection.connector)
    if connector is None:
        raise RequestError(f"the connector {connection.connector!r} is not loaded: look at `dunwell plugins`")
    problems = connector.check_options(connection.options, hub.settings.directory)
    if problems:
        raise RequestError("\n".join(problems))
