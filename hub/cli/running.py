"""`dunwell run` and `dunwell serve`: the hub at work."""

from functools import partial
from typing import Annotated

import anyio
import typer

from hub.access.admin_token import ensure_admin_token
from hub.app import Hub, configure_logging, create_app, make_server
from hub.cli.importing import exit_code, print_report
from hub.cli.opening import SETTINGS_FILE, ExitCode, SettingsPath, hub_of
from hub.cli.output import say
from hub.cli.progress import shown_progress
from hub.cli.receivables import print_receivables
from hub.sync.rate_sources import sync_rates
from hub.sync.service import SyncOptions, bring_up_figures, sync_connection, today

_TOP = 10

ServeAfter = Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when everything is synced, or stop there.")]


def run(*, serve_after: ServeAfter = True, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Bring the database up, sync every declared connection, show who owes most, and serve until Ctrl-C."""
    configure_logging()
    with hub_of(settings) as hub:
        code = _sync_all(hub)
        bring_up_figures(hub.sync)
        print_receivables(hub, today(hub.sync), limit=_TOP, as_json=False)
        _say_where(hub)
        if serve_after:
            _serve(hub)
        elif code is not ExitCode.DONE:
            raise typer.Exit(code)


def serve(*, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Serve the API until Ctrl-C. The database must be at this version's schema (`dunwell db upgrade`)."""
    configure_logging()
    with hub_of(settings, upgrade=False) as hub:
        _say_where(hub)
        _serve(hub)


def _sync_all(hub: Hub) -> ExitCode:
    """Fetch rates, then sync the declared connections one after the other; one that fails does not keep the others from it."""
    worst = ExitCode.DONE
    for name in hub.catalogue.rate_sources:
        report = anyio.run(partial(sync_rates, hub.sync, name))
        if report.total("read") or report.error is not None:
            print_report(report, hub.settings.workspace.base_currency)
        worst = max(worst, exit_code(report))
    for connection in hub.settings.connections:
        with shown_progress(enabled=True) as on_progress:
            report = anyio.run(partial(sync_connection, hub.sync, connection, SyncOptions(trigger="START", on_progress=on_progress)))
        print_report(report, hub.settings.workspace.base_currency)
        worst = max(worst, exit_code(report))
    return worst


def _say_where(hub: Hub) -> None:
    path = hub.settings.var_directory / "admin-token"
    ensure_admin_token(hub.store, hub.clock, path)
    server = hub.settings.server
    say(f"GraphQL at http://{server.host}:{server.port}/graphql with the token in {path}; stop with Ctrl-C")


def _serve(hub: Hub) -> None:
    make_server(create_app(hub), hub.settings.server).run()
