"""`dunwell token`: API tokens for people and programs."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from hub.access.tokens import TokenInfo, issue_token, list_tokens, revoke_token
from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import camel, minute, print_json, print_table, print_text, say
from hub.vocabulary import Role

app = typer.Typer(no_args_is_help=True, help="API tokens: create, list, revoke.")

_LONGEST_DAYS = 36_500

Days = Annotated[int | None, typer.Option("--days", min=1, max=_LONGEST_DAYS, metavar="COUNT", help="Days until it expires; never when left out.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what will use it.")],
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
        print_text(f"{issued.secret}\n")
        end = "does not expire" if issued.expires_at is None else f"expires {minute(issued.expires_at)}"
        say(f"token {issued.id} for {name}, role {role.value}, {end}: keep it now, it cannot be shown again")


@app.command("list")
def list_all(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """List every token, without secrets."""
    with hub_of(settings) as hub:
        now = hub.clock.now()
        with hub.store.read() as connection:
            found = list_tokens(connection)
    if as_json:
        columns = ("id", "name", "role", "created_at", "expires_at", "revoked_at", "last_used_at")
        print_json([{camel(column): getattr(token, column) for column in columns} for token in found])
        return
    rows = [(token.id, token.name, token.role.value.lower(), _state(token, now), _last_use(token)) for token in found]
    print_table("API tokens", ("Id", "Name", "Role", "State", "Last used"), rows, right=("Id",))


def _state(token: TokenInfo, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {minute(token.revoked_at)}"
    if token.expires_at is None:
        return "valid"
    return f"{'valid until' if token.is_valid_at(now) else 'expired'} {minute(token.expires_at)}"


def _last_use(token: TokenInfo) -> str:
    return "never" if token.last_used_at is None else minute(token.last_used_at)


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(metavar="ID", help="The id that `dunwell token list` shows.")],
    *,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType]
) -> None:
    """Make a token worthless from now on."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            revoke_token(connection, token_id, now=hub.clock.now())
        say(f"token {token_id} is revoked")
