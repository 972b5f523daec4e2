"""`dunwell run` and `dunwell serve`: the hub at work."""

import logging
from contextlib import nullcontext
from functools import partial
from typing import Annotated

import typer

from hub.access.admin_token import ensure_admin_token
from hub.app import Hub
from hub.app.jobs import require_alone
from hub.cli.listening import reserved, serve_until_stopped, url_of
from hub.cli.opening import FLAG, SETTINGS_FILE, ExitCode, SettingsPath, hub_of
from hub.cli.output import say
from hub.cli.receivables import print_receivables
from hub.cli.reporting import exit_code, print_report
from hub.cli.syncing import GRAVITY, attempt, sync_all
from hub.sync.rate_sources import sync_rates
from hub.sync.request import SyncReport
from hub.sync.service import SyncOptions, follow_up, today

_TOP = 10

ServeAfter = Annotated[bool, typer.Option("--serve/--no-serve", metavar=FLAG, help="Serve when everything is synced, or stop there.")]
Work = Annotated[bool, typer.Option("--work/--no-work", metavar=FLAG, help="Run jobs as well, or leave them to another process.")]


def run(*, serve_after: ServeAfter = True, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Bring the database up, sync every declared connection, show who owes most, and serve until Ctrl-C."""
    with hub_of(settings, log_level=logging.INFO) as hub, reserved(hub.settings.server) if serve_after else nullcontext() as bound:
        require_alone(hub)
        code = _sync_all(hub)
        follow_up(hub.sync)
        print_receivables(hub, today(hub.sync), limit=_TOP, as_json=False)
        token = _ensure_token(hub)
        if bound is not None:
            say(f"GraphQL at {url_of(bound)}/graphql with the token in {token}; stop with Ctrl-C")
            serve_until_stopped(hub, bound)
            return
        say(f"the admin token is in {token}; `dunwell serve` serves GraphQL")
        if code is not ExitCode.DONE:
            raise typer.Exit(code)


def serve(*, work: Work = True, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Serve the API and run jobs until Ctrl-C. The database must be at this version's schema (`dunwell db upgrade`)."""
    with hub_of(settings, upgrade=False, log_level=logging.INFO) as hub, reserved(hub.settings.server) as bound:
        if work:
            require_alone(hub)
        token = _ensure_token(hub)
        say(f"GraphQL at {url_of(bound)}/graphql with the token in {token}; stop with Ctrl-C")
        serve_until_stopped(hub, bound, works=work)


def _sync_all(hub: Hub) -> ExitCode:
    """Fetch rates, then sync the declared connections one after the other."""
    codes = [ExitCode.DONE]
    for name in hub.catalogue.rate_sources:
        report = attempt(f"rates-{name}", partial(sync_rates, hub.sync, name))
        if not isinstance(report, SyncReport):
            codes.append(ExitCode.FAILED)
            continue
        if report.total("read") or report.error is not None:
            print_report(hub, report, title=f"Rates from {name}")
        codes.append(exit_code(report))
    return max([*codes, sync_all(hub, SyncOptions(trigger="START"))], key=GRAVITY.index)


def _ensure_token(hub: Hub) -> str:
    """Where the admin token stands; made if there is none that is valid."""
    path = hub.settings.var_directory / "admin-token"
    ensure_admin_token(hub.store, hub.clock, path)
    return str(path)
