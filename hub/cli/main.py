"""The commands put together."""

import typer

from hub.cli.database import app as database_commands
from hub.cli.database import doctor
from hub.cli.describing import plugins, schema
from hub.cli.importing import import_files
from hub.cli.opening import MEANINGS
from hub.cli.receivables import receivables
from hub.cli.rejected import app as rejected_commands
from hub.cli.running import run, serve
from hub.cli.tokens import app as token_commands

_EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="dunwell",
    help="Dunwell, the receivables hub.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, serve, receivables, plugins, schema, doctor):
    app.command()(command)
app.command("import")(import_files)
app.add_typer(token_commands, name="token")
app.add_typer(rejected_commands, name="rejected")
app.add_typer(database_commands, name="db")


def main() -> None:
    """Run the command line."""
    app()
