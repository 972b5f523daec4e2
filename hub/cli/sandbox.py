"""`dunwell sandbox`: made-up outside systems over HTTP, to try connections out on."""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated

import httpx
import typer

from hub.cli.listening import reserved, serve_app_until_stopped, url_of
from hub.cli.opening import SETTINGS_FILE, SettingsPath, settings_of
from hub.cli.output import say
from hub.clock import SystemClock
from hub.config import ServerSettings
from hub.errors import NotFoundError, RequestError
from hub.plugins.host import load_plugins
from hub.plugins.sandbox import Sandbox, SandboxSettings

_HOST = "127.0.0.1"
_REMEDY = "choose another port with --port, or 0 for any that is free"

Name = Annotated[str | None, typer.Argument(metavar="NAME", help="Which sandbox to serve; needed where plugins bring several.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, metavar="NUMBER", help="The port on 127.0.0.1; 0 takes any that is free.")]
Seed = Annotated[int, typer.Option("--seed", metavar="NUMBER", help="Decides what the systems hold; the same seed gives the same world.")]
Customers = Annotated[int, typer.Option("--customers", min=1, metavar="COUNT", help="How many customers the systems have.")]
FaultRate = Annotated[float, typer.Option("--fault-rate", min=0, max=1, metavar="SHARE", help="Which share of the requests goes wrong, from 0 to 1.")]
FaultSeed = Annotated[int, typer.Option("--fault-seed", metavar="NUMBER", help="Decides which requests go wrong, and how.")]
Webhooks = Annotated[
    list[str] | None, typer.Option("--webhooks", metavar="SYSTEM=URL", help="Post the webhooks of a system to this address. May be given for several systems.")
]


def sandbox(
    name: Name = None,
    *,
    port: Port = 8100,
    seed: Seed = 1,
    customers: Customers = 200,
    fault_rate: FaultRate = 0.0,
    fault_seed: FaultSeed = 1,
    webhooks: Webhooks = None,
    settings: SettingsPath = SETTINGS_FILE,  # pyright: ignore[reportArgumentType] - typer makes the path
) -> None:
    """Serve made-up outside systems, to try connections out on, until Ctrl-C. Nothing of them is real, and nothing is kept."""
    with settings_of(settings, log_level=logging.WARNING) as loaded:
        clock = SystemClock()
        found = pick(load_plugins(loaded, clock).sandboxes, name)
        asked = SandboxSettings(
            seed=seed,
            customers=customers,
            base_currency=loaded.workspace.base_currency,
            fault_rate=fault_rate,
            fault_seed=fault_seed,
            clock=clock,
            webhook_urls=_addresses(webhooks or (), found),
        )
        server = ServerSettings(_HOST, port)
        with reserved(server, remedy=_REMEDY) as bound:
            app = found.build(asked)
            say("\n".join([*found.describe(url_of(bound)), "stop with Ctrl-C"]))
            serve_app_until_stopped(app, server, bound)


def pick(sandboxes: Mapping[str, Sandbox], name: str | None) -> Sandbox:
    """The one that is named, or the only one that there is."""
    if name is None and len(sandboxes) == 1:
        return next(iter(sandboxes.values()))
    if name is not None and name in sandboxes:
        return sandboxes[name]
    known = ", ".join(f"{found.name} ({found.title})" for found in sandboxes.values())
    if not known:
        raise NotFoundError("no plugin brings a sandbox: look at `dunwell plugins`")
    raise NotFoundError(f"say which sandbox to serve: {known}" if name is None else f"there is no sandbox {name}; there is {known}")


def _addresses(given: Sequence[str], found: Sandbox) -> Mapping[str, str]:
    """The addresses for webhooks by the names of systems."""
    addresses: dict[str, str] = {}
    for text in given:
        system, _, url = text.partition("=")
        if system not in found.systems:
            raise RequestError(f"--webhooks {text}: write SYSTEM=URL, where SYSTEM is {' or '.join(found.systems)}")
        if system in addresses:
            raise RequestError(f"--webhooks {text}: {system} has an address already")
        addresses[system] = _checked(text, url)
    return addresses


def _checked(text: str, url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RequestError(f"--webhooks {text}: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise RequestError(f"--webhooks {text}: the address must begin with http:// or https://")
    return url
