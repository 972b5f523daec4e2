"""`dunwell import`: a file into the hub, with a preview on request."""

import re
from collections.abc import Sequence as Rows
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer

from hub.app import Hub
from hub.cli.opening import SETTINGS_FILE, AsJson, ExitCode, SettingsPath, hub_of
from hub.cli.output import amount, decimal_text, print_json, print_table, say
from hub.cli.progress import shown_progress
from hub.config import ConnectionSettings
from hub.errors import RequestError
from hub.sync.run import SyncReport
from hub.sync.service import Preview, SyncOptions, preview_connection, sync_connection
from hub.sync.sweep import Absent, Closing
from hub.vocabulary import ConnectionKind, SyncRunStatus

_SHOWN = 10
_WHAT = ("created", "updated", "unchanged", "deleted", "closed", "stale", "waiting", "rejected")
_ALWAYS = ("created", "updated", "unchanged")

Files = Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder of files of one kind.")]
MappingFile = Annotated[Path, typer.Option("--mapping", help="The mapping that says what the columns mean (docs/files.md).")]
Name = Annotated[str | None, typer.Option("--connection", help="The connection to import into; named after the mapping when left out.")]
IsPreview = Annotated[bool, typer.Option("--preview", help="Show what would change, and change nothing.")]
Sequence = Annotated[str | None, typer.Option("--sequence", help="Where the file stands in the order of its kind, when neither name nor column tells.")]
ListDate = Annotated[str | None, typer.Option("--list-date", help="The date of a full open list (YYYY-MM-DD), when neither name nor column tells.")]
Since = Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Leave out documents dated before this day.")]
CloseAbsent = Annotated[int | None, typer.Option("--close-absent", min=0, help="Close this many invoices that a full open list no longer names.")]
ReleaseBrake = Annotated[bool, typer.Option("--release-brake", help="Close them even when they are more than the workspace allows at once.")]


def import_files(
    path: Files,
    mapping: MappingFile,
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
    given = {"sequence": sequence, "list_date": list_date}
    options: dict[str, Any] = {"path": str(path.absolute()), "mapping": str(mapping.absolute())} | {key: value for key, value in given.items() if value}
    with hub_of(settings) as hub:
        wanted = _connection(hub, connection or _name_of(mapping), options)
        _refuse_bad_options(hub, wanted)
        closing = Closing(close_absent, is_brake_released=release_brake)
        day = None if since is None else since.date()
        with shown_progress(enabled=not as_json) as on_progress:
            how = SyncOptions(trigger="IMPORT", since=day, closing=closing, on_progress=on_progress)
            is_declared = any(found.name == wanted.name for found in hub.settings.connections)
            if preview:
                outcome = anyio.run(partial(preview_connection, hub.sync, wanted, how, is_declared=is_declared))
            else:
                outcome = anyio.run(partial(sync_connection, hub.sync, wanted, how, is_declared=is_declared))
        finish(hub, outcome, as_json=as_json)


def finish(hub: Hub, outcome: SyncReport | Preview, *, as_json: bool) -> None:
    """Print what a run did, or would do, and leave with the exit code that says so."""
    report = outcome.report if isinstance(outcome, Preview) else outcome
    if as_json:
        print_json(_document(outcome, hub.settings.workspace.base_currency))
    else:
        print_report(outcome, hub.settings.workspace.base_currency)
    code = exit_code(report)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def exit_code(report: SyncReport) -> ExitCode:
    """What a run means to the shell."""
    if report.status is SyncRunStatus.FAILED:
        return ExitCode.FAILED
    if report.status is SyncRunStatus.HELD:
        return ExitCode.HELD
    return ExitCode.REJECTED if report.total("rejected") else ExitCode.DONE


def print_report(outcome: SyncReport | Preview, currency: str) -> None:
    """Counts by feed and stream, what is held, and for a preview what would change."""
    report = outcome.report if isinstance(outcome, Preview) else outcome
    rows: list[tuple[object, ...]] = []
    shown = [what for what in _WHAT if what in _ALWAYS or report.total(what)]
    for feed in report.feeds:
        streams = sorted({stream for stream, _ in feed.counts}, key=str)
        rows += [(feed.feed, stream.value.lower(), *(feed.counts.get((stream, what), 0) for what in shown)) for stream in streams]
    title = "What this import would do (nothing was changed)" if isinstance(outcome, Preview) else "Import"
    print_table(title, ("Feed", "Records", *(what.capitalize() for what in shown)), rows, right=[what.capitalize() for what in shown])
    for feed in report.feeds:
        _print_absent(feed.absent)
        if feed.notice_count:
            say(f"{feed.notice_count} notices about {feed.feed}: rounded amounts, ids that look like numbers and the like (GraphQL: syncRun.notices)")
        if feed.held is not None:
            say(f"held: {feed.held}")
    if report.error is not None:
        say(f"failed: {report.error}")
    if isinstance(outcome, Preview):
        _print_preview(outcome, currency)


def _print_absent(found: Rows[Absent]) -> None:
    if found:
        rows = [(item.number or item.external_id, item.customer_name, amount(item.amount_due_minor, item.currency), item.currency) for item in found[:_SHOWN]]
        caption = f"and {len(found) - _SHOWN} more" if len(found) > _SHOWN else None
        print_table(f"{len(found)} open invoices that the list does not name", ("Number", "Customer", "Due", ""), rows, right=("Due",), caption=caption)


def _print_preview(preview: Preview, currency: str) -> None:
    if preview.changes:
        rows = [(change.entity.value.lower(), change.entity_id, change.field, change.old_value, change.new_value) for change in preview.changes]
        print_table("Some of the fields that would change", ("Object", "Id", "Field", "Now", "Then"), rows)
    names = ("outstanding", "overdue", "total_paid", "unaccounted_payment", "unutilised_credit")
    rows = [
        (name.replace("_", " "), amount(getattr(preview.before, f"{name}_minor"), currency), amount(getattr(preview.after, f"{name}_minor"), currency))
        for name in names
    ]
    print_table(f"All receivables, in {currency}", ("Figure", "Now", "Then"), rows, right=("Now", "Then"))


def _document(outcome: SyncReport | Preview, currency: str) -> dict[str, Any]:
    report = outcome.report if isinstance(outcome, Preview) else outcome
    document: dict[str, Any] = {
        "status": report.status.value,
        "preview": isinstance(outcome, Preview),
        "error": None if report.error is None else str(report.error),
        "feeds": {feed.feed: feed.as_document() for feed in report.feeds},
    }
    if isinstance(outcome, Preview):
        document["outstanding"] = {
            "now": decimal_text(outcome.before.outstanding_minor, currency),
            "then": decimal_text(outcome.after.outstanding_minor, currency),
        }
    return document


def _name_of(mapping: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", mapping.stem.lower()).strip("-") or "files"


def _connection(hub: Hub, name: str, options: dict[str, Any]) -> ConnectionSettings:
    """The connection to import into: a declared one keeps its kind and streams, the file and mapping are those of the command."""
    for declared in hub.settings.connections:
        if declared.name == name:
            return ConnectionSettings(declared.name, declared.connector, declared.kind, declared.streams, declared.sync_from_date, options, declared.secrets)
    return ConnectionSettings(name, "files", ConnectionKind.FILES, options=options)


def _refuse_bad_options(hub: Hub, connection: ConnectionSettings) -> None:
    connector = hub.catalogue.connectors.get(connection.connector)
    if connector is None:
        raise RequestError(f"the connector {connection.connector!r} is not loaded: look at `dunwell plugins`")
    problems = connector.check_options(connection.options, hub.settings.directory)
    if problems:
        raise RequestError("\n".join(problems))
