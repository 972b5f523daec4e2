"""`dunwell sync`: what changed in the outside systems, now; and the same for `dunwell run`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Annotated

import anyio
import structlog
import typer

from hub.app import Hub
from hub.cli.days import DAY, read_day
from hub.cli.opening import FLAG, SETTINGS_FILE, AsJson, ExitCode, SettingsPath, hub_of, in_words
from hub.cli.output import minute, print_json, say
from hub.cli.progress import shown_progress
from hub.cli.reporting import as_document, exit_code, print_report
from hub.config import ConnectionSettings, ScheduleSettings
from hub.errors import HubError, RequestError
from hub.jobs.timetable import Timetable
from hub.store.connections import all_connections
from hub.sync.offered import NOTHING_TO_FETCH, delivered_streams, require_streams
from hub.sync.opening import find_connection
from hub.sync.request import SyncReport
from hub.sync.resync import resync
from hub.sync.service import SyncOptions, sync_connection
from hub.sync.sweep import NOTHING_APPROVED, Closing
from hub.vocabulary import Stream

GRAVITY = (ExitCode.DONE, ExitCode.REJECTED, ExitCode.HELD, ExitCode.FAILED)
"""Exit codes of runs, the gravest last."""

_log = structlog.get_logger(__name__)

_EVERY_MINUTE = ScheduleSettings(interval_seconds=60)

Names = Annotated[list[str] | None, typer.Argument(metavar="CONNECTION", help="Connections by name; all of them when left out.")]
Streams = Annotated[
    list[Stream] | None,
    typer.Option("--stream", case_sensitive=False, metavar="STREAM", help="Only the feeds that bring this stream, such as invoices; may be given again."),
]
Ids = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="Only the object with this id in its source, fetched again as it is now.")]
Full = Annotated[bool, typer.Option("--full", metavar=FLAG, help="Read everything again instead of what has changed; what is the same stays.")]
Since = Annotated[date | None, typer.Option("--since", parser=read_day, metavar=DAY, help="Read everything again from this day on.")]
DeleteAbsent = Annotated[
    int | None,
    typer.Option("--delete-absent", min=0, metavar="COUNT", help="Delete this many objects that the source no longer lists: a held run says how many."),
]
Watch = Annotated[bool, typer.Option("--watch", metavar=FLAG, help="Go on: sync again by the schedule of each connection, or every minute, until Ctrl-C.")]


def sync(
    connections: Names = None,
    *,
    stream: Streams = None,
    ids: Ids = None,
    full: Full = False,
    since: Since = None,
    delete_absent: DeleteAbsent = None,
    watch: Watch = False,
    as_json: AsJson = False,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Read what has changed in the connections and apply it. The same may be run at any time and as often as you like."""
    closing = NOTHING_APPROVED if delete_absent is None else Closing(delete_absent, is_brake_released=True)
    options = SyncOptions(streams=frozenset(stream) if stream else None, is_full=full, since=since, closing=closing)
    with hub_of(settings) as hub:
        with hub.store.read() as opened:
            wanted = [find_connection(opened, hub.settings, name) for name in connections or ()] or list(all_connections(opened, hub.settings))
        if not wanted:
            raise RequestError("plugins.toml declares no connection, and none was made through the API: there is nothing to sync")
        if delete_absent is not None and len(wanted) != 1:
            raise RequestError("--delete-absent is about one connection: name it")
        if stream and connections:
            for named in wanted:
                anyio.run(partial(require_streams, hub.sync, named, stream))
        if ids:
            code = _resync(hub, wanted, stream or (), ids=ids, as_json=as_json)
        else:
            code = _sync_some(hub, wanted, options, as_json=as_json)
            if watch:
                _watch(hub, wanted, options, as_json=as_json)
        if code is not ExitCode.DONE:
            raise typer.Exit(code)


def sync_all(hub: Hub, options: SyncOptions) -> ExitCode:
    """Sync every connection, declared or made through the API; one that fails does not keep the others from it."""
    with hub.store.read() as opened:
        connections = all_connections(opened, hub.settings)
    return _sync_some(hub, connections, options, as_json=False)


def _sync_some(hub: Hub, connections: Sequence[ConnectionSettings], options: SyncOptions, *, as_json: bool) -> ExitCode:
    documents: dict[str, object] = {}
    codes = [ExitCode.DONE]
    for connection in connections:
        if _is_only_pushed_to(hub, connection):
            say(f"{connection.name} {NOTHING_TO_FETCH}")
            documents[connection.name] = {"error": None, "feeds": {}}
            continue
        report = _sync_one(hub, connection, options, is_shown=not as_json)
        if isinstance(report, SyncReport):
            documents[connection.name] = as_document(hub, report)
            codes.append(exit_code(report))
        else:
            documents[connection.name] = {"error": report}
            codes.append(ExitCode.FAILED)
    if as_json:
        print_json(documents)
    return max(codes, key=GRAVITY.index)


def _is_only_pushed_to(hub: Hub, connection: ConnectionSettings) -> bool:
    """Whether a run would find nothing to fetch, now and ever. Of a connector that is not there, or cannot be opened, the run tells."""
    connector = hub.catalogue.connectors.get(connection.connector)
    if connector is None or not connector.facts.takes_pushes:
        return False
    try:
        return anyio.run(partial(delivered_streams, hub.sync, connection)) == frozenset()
    except HubError:
        return False


def _sync_one(hub: Hub, connection: ConnectionSettings, options: SyncOptions, *, is_shown: bool) -> SyncReport | str:
    """One run with its progress; in words what kept it from running, such as a pause, or from coming to its end."""
    with shown_progress(enabled=is_shown) as on_progress:
        report = attempt(connection.name, partial(sync_connection, hub.sync, connection, replace(options, on_progress=on_progress)))
    if is_shown and isinstance(report, SyncReport):
        print_report(hub, report, title=f"Synced {connection.name}")
    return report


def attempt(name: str, read: Callable[[], Awaitable[SyncReport]]) -> SyncReport | str:
    """One run of several: its report. Whatever it raises is told and returned in words, so that the others are read in any case."""
    try:
        return anyio.run(read)
    except Exception as error:  # noqa: BLE001 - the outermost loop: the others are read whatever this one met
        text = in_words(error)
        if text is None:
            _log.exception("a connection could not be synced", connection=name)
            text = f"a bug in its connector or in the hub ({type(error).__name__}), see the log"
    say(f"{name} was not synced: {text}")
    return text


def _resync(hub: Hub, connections: Sequence[ConnectionSettings], streams: Sequence[Stream], *, ids: Sequence[str], as_json: bool) -> ExitCode:
    if len(connections) != 1 or len(streams) != 1:
        raise RequestError("--id is about objects of one stream of one connection: name the connection, and the stream with --stream")
    connection = connections[0]
    report = anyio.run(partial(resync, hub.sync, connection, streams[0], external_ids=ids, options=SyncOptions(trigger="RESYNC")))
    if as_json:
        print_json({connection.name: as_document(hub, report)})
    else:
        print_report(hub, report, title=f"Fetched again from {connection.name}")
    return exit_code(report)


def _watch(hub: Hub, connections: Sequence[ConnectionSettings], options: SyncOptions, *, as_json: bool) -> None:
    """Sync each connection again at its slots until Ctrl-C; a slot that passed while another connection was read is made up for once."""
    zone = hub.settings.workspace.time_zone
    tables = {connection.name: Timetable(connection.schedule or _EVERY_MINUTE, zone) for connection in connections}
    next_slots = {name: table.next_after(hub.clock.now()) for name, table in tables.items()}
    again = SyncOptions(streams=options.streams)
    while True:
        connection = min(connections, key=lambda found: next_slots[found.name])
        if not _wait_until(hub, next_slots[connection.name], connection.name):
            return
        _sync_some(hub, [connection], again, as_json=as_json)
        next_slots[connection.name] = tables[connection.name].next_after(hub.clock.now())


def _wait_until(hub: Hub, instant: datetime, name: str) -> bool:
    """Wait for a slot; false: Ctrl-C came first."""
    say(f"next: {name} at {minute(instant)} UTC; stop with Ctrl-C")
    try:
        anyio.run(anyio.sleep, max(0.0, (instant - hub.clock.now()).total_seconds()))
    except KeyboardInterrupt:
        return False
    return True
