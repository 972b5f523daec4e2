"""`dunwell db upgrade` and `dunwell doctor`: the database made ready, and everything looked over."""

import typer

from hub.app import open_hub
from hub.cli.checks import Finding, run_checks
from hub.cli.opening import SETTINGS_FILE, AsJson, ExitCode, SettingsPath, settings_of
from hub.cli.output import print_json, print_table, say
from hub.config import Settings
from hub.errors import StoreError
from hub.store.engine import Store
from hub.store.migrate import current_revision, require_known_schema, upgrade_store

app = typer.Typer(no_args_is_help=True, help="The database: upgrade.")


@app.callback()
def group() -> None:
    """The database."""


@app.command()
def upgrade(*, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Create or upgrade the database's schema. All or nothing: an upgrade that fails changes nothing."""
    with settings_of(settings) as loaded:
        store = Store(loaded.database_url)
        try:
            require_known_schema(store)
            before = current_revision(store)
            upgrade_store(store)
            say(f"the database is at schema revision {current_revision(store)} (before: {before or 'no schema'})")
        finally:
            store.dispose()


def doctor(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Look everything over: settings, plugins, database, kept figures against the formulas, what waits for a person."""
    with settings_of(settings) as loaded:
        findings = _look_over(loaded)
    if as_json:
        print_json([{"check": found.check, "isWell": found.is_well, "text": found.text} for found in findings])
    else:
        print_table("Doctor", ("Check", "State", "What was found"), [(found.check, _state(found), found.text) for found in findings])
    if any(found.is_well is False for found in findings):
        raise typer.Exit(ExitCode.FAILED)


def _look_over(settings: Settings) -> list[Finding]:
    """Every finding; a database that cannot be used is one."""
    try:
        with open_hub(settings) as hub:
            return run_checks(hub)
    except StoreError as error:
        return [Finding("database", is_well=False, text=str(error))]


def _state(found: Finding) -> str:
    return {True: "well", False: "NOT WELL", None: "look"}[found.is_well]
