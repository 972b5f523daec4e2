"""`dunwell token`: API tokens for people and programs."""

from datetime import timedelta
from typing import Annotated

import typer

from hub.access.tokens import issue_token, list_tokens, revoke_token
from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import OUT, print_json, print_table, say
from hub.vocabulary import Role

app = typer.Typer(no_args_is_help=True, help="API tokens: create, list, revoke.")

Days = Annotated[int | None, typer.Option("--days", min=1, help="Days until it expires; never when left out.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[Role, typer.Option("--role", case_sensitive=False, help="What it may do (docs/roles.md).")],
    *,
    days: Days = None,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Make a token and print its secret, which is shown this once only."""
    with hub_of(settings) as hub:
        now = hub.clock.now()
        with hub.store.write() as connection:
            issued = issue_token(connection, name, role, now=now, expires_at=None if days is None else now + timedelta(days=days))
        OUT.file.write(f"{issued.secret}\n")
        say(f"token {issued.id} for {name}, role {role.value}: keep it now, it cannot be shown again")


@app.command("list")
def list_all(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """List every token, without secrets."""
    with hub_of(settings) as hub, hub.store.read() as connection:
        found = list_tokens(connection)
    columns = ("id", "name", "role", "created_at", "expires_at", "revoked_at", "last_used_at")
    if as_json:
        print_json([{column: getattr(token, column) for column in columns} for token in found])
        return
    rows = [[getattr(token, column) for column in columns] for token in found]
    print_table("API tokens", [column.replace("_", " ").capitalize() for column in columns], rows)


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(help="The id that `dunwell token list` shows.")],
    *,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Make a token worthless from now on."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            revoke_token(connection, token_id, now=hub.clock.now())
        say(f"token {token_id} is revoked")
