"""`dunwell export`: a whole list into a file, as one state of the database."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hub.app import Hub
from hub.cli.opening import FLAG, SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import ERR, print_json, say
from hub.errors import ConfigurationError, RequestError
from hub.exports.direct import export_to
from hub.vocabulary import ExportFormat


class Listed(StrEnum):
    """What can be named instead of a query."""

    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit-notes"
    PAYMENTS = "payments"

    @property
    def field(self) -> str:
        """The list of the API."""
        first, *rest = self.value.split("-")
        return first + "".join(word.capitalize() for word in rest)


class Kind(StrEnum):
    """How a file is written."""

    JSONL = "jsonl"
    CSV = "csv"


Entity = Annotated[Listed | None, typer.Argument(metavar="ENTITY", help="customers, contacts, invoices, credit-notes or payments: all their plain values.")]
Query = Annotated[Path | None, typer.Option("--query", metavar="FILE", help="A GraphQL query of one list instead (docs/api.md).")]
Output = Annotated[Path, typer.Option("--output", metavar="PATH", help="The file to write; only its owner can read it.")]
Format = Annotated[Kind | None, typer.Option("--format", metavar="KIND", help="jsonl or csv; without it as PATH ends, else jsonl.")]
Where = Annotated[str | None, typer.Option("--where", metavar="TEXT", help="Which objects of ENTITY, as the API has it: '{isOpen: true}'.")]
Force = Annotated[bool, typer.Option("--force", metavar=FLAG, help="Replace the file if there is one.")]


def export(
    entity: Entity = None,
    *,
    output: Output,
    query: Query = None,
    kind: Format = None,
    where: Where = None,
    force: Force = False,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Write a whole list to a file, as one state of the database. The file appears whole or not at all, and the audit log tells of it."""
    if (entity is None) == (query is None):
        raise typer.BadParameter("name what to export: ENTITY, or a query with --query")
    if query is not None and where is not None:
        raise typer.BadParameter("--where belongs to ENTITY: write the condition into the query")
    with hub_of(settings) as hub:
        text = _composed(hub, entity, where) if entity is not None else _read(query)
        chosen = kind or (Kind.CSV if output.suffix.lower() == ".csv" else Kind.JSONL)
        with _shown(enabled=not as_json) as on_progress:
            written = export_to(hub.services, output, query=text, kind=ExportFormat(chosen.name), overwrites=force, on_progress=on_progress)
    if as_json:
        print_json({"path": str(output), "objectCount": written.object_count, "byteSize": written.byte_size, "sha256": written.digest})
    else:
        say(f"{written.object_count} objects, {written.byte_size} bytes, in {output}")


def _composed(hub: Hub, entity: Listed, where: str | None) -> str:
    if hub.services.exporter is None:
        raise ConfigurationError("nothing here knows the queries of exports: the plugin that brings it is missing (`dunwell plugins`)")
    return hub.services.exporter.compose(entity.field, where)


def _read(path: Path | None) -> str:
    try:
        return "" if path is None else path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not UTF-8: byte {error.start} does not belong there") from error


@contextmanager
def _shown(*, enabled: bool) -> Generator[Callable[[int], None]]:
    """How many objects are written, while the body runs; nobody knows how many there will be."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR, disable=not enabled or not ERR.is_terminal, transient=False) as bars:
        task = bars.add_task("objects", total=None)
        yield lambda count: bars.update(task, completed=count)
        bars.update(task, total=bars.tasks[0].completed)
