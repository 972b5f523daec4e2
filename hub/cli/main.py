"""The commands put together."""

from importlib.metadata import version
from typing import Annotated

import typer

from hub.app.memory import settle_memory
from hub.cli.connections import app as connection_commands
from hub.cli.database import app as database_commands
from hub.cli.database import doctor
from hub.cli.describing import plugins, schema
from hub.cli.exporting import export
from hub.cli.importing import import_files
from hub.cli.jobs import app as job_commands
from hub.cli.opening import FLAG, MEANINGS
from hub.cli.output import print_text
from hub.cli.receivables import receivables
from hub.cli.rejected import app as rejected_commands
from hub.cli.rules import app as rule_commands
from hub.cli.running import run, serve
from hub.cli.sandbox import sandbox
from hub.cli.schedules import app as schedule_commands
from hub.cli.syncing import sync
from hub.cli.tokens import app as token_commands
from hub.cli.worker import worker

_EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="dunwell",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print_text(f"dunwell {version('dunwell')}\n")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", metavar=FLAG, is_eager=True, callback=_print_version, help="Print the version.")]


@app.callback()
def dunwell(*, _version: Version = False) -> None:
    """Dunwell, the receivables hub."""


for command in (run, serve, worker):
    app.command(rich_help_panel="Running")(command)
app.add_typer(job_commands, name="jobs", rich_help_panel="Running")
app.add_typer(schedule_commands, name="schedules", rich_help_panel="Running")
app.command(rich_help_panel="Bringing data in")(sync)
app.command("import", rich_help_panel="Bringing data in")(import_files)
app.add_typer(connection_commands, name="connections", rich_help_panel="Bringing data in")
app.add_typer(rejected_commands, name="rejected", rich_help_panel="Bringing data in")
for command in (receivables, export, schema):
    app.command(rich_help_panel="Asking")(command)
app.add_typer(rule_commands, name="rules", rich_help_panel="Asking")
app.command(rich_help_panel="Trying out")(sandbox)
for command in (doctor, plugins):
    app.command(rich_help_panel="Looking after the hub")(command)
app.add_typer(database_commands, name="db", rich_help_panel="Looking after the hub")
app.add_typer(token_commands, name="token", rich_help_panel="Looking after the hub")


def main() -> None:
    """Run the command line."""
    settle_memory()
    app()
