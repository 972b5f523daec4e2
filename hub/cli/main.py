"""The commands put together."""

import typer

from hub.cli import database, describing, importing, receivables, rejected, running, tokens
from hub.cli.opening import MEANINGS

_EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    name="dunwell",
    help="Dunwell, the receivables hub.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(running.run)
app.command("serve")(running.serve)
app.command("import")(importing.import_files)
app.command("receivables")(receivables.receivables)
app.command("plugins")(describing.plugins)
app.command("schema")(describing.schema)
app.add_typer(tokens.app, name="token")
app.add_typer(rejected.app, name="rejected")
app.add_typer(database.app, name="db")
app.command("doctor")(database.doctor)


def main() -> None:
    """Run the command line."""
    app()
