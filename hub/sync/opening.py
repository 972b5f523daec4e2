"""What syncing stands on, and connections found and opened for reading."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
import sqlalchemy as sa
import structlog

from hub.clock import Clock
from hub.config import ConnectionOrigin, ConnectionSettings, Settings
from hub.errors import ConfigurationError, NotFoundError
from hub.jobs.backoff import JITTER, Jitter
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.connector import ConnectionContext, Source
from hub.plugins.reach import ANYWHERE, Reach
from hub.plugins.tokens import ForgetfulTokens, TokenStore
from hub.store.connections import all_connections
from hub.store.engine import Store, run_in_thread
from hub.sync.discretion import Discretion
from hub.sync.given_secrets import secrets_of
from hub.sync.patience import Sleep
from hub.sync.quick_pages import JOINING, Joining

CLOSING_SECONDS = 5.0
"""How long a source may take to let go of its files and sockets."""

_log = structlog.get_logger(__name__)


def _forgetful(_connection: ConnectionSettings) -> TokenStore:
    return ForgetfulTokens()


def _nothing_to_score() -> bool:
    return False


def _none_given(_connection: ConnectionSettings) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class SyncServices:
    """What syncing stands on.

    `tokens_of` gives the store of a connection's changing secret, `given_of` the secrets that were given for it through the API; `sleep`
    waits between tries, and `jitter` is the chance in how long; `joining` as in `SyncRequest`. `score_risk` asks the workspace's scorer about the
    customers whose figures were brought up, and returns whether it did; it is called outside of transactions.
    """

    store: Store
    settings: Settings
    catalogue: PluginCatalogue
    clock: Clock
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    tokens_of: Callable[[ConnectionSettings], TokenStore] = field(default=_forgetful, repr=False)
    given_of: Callable[[ConnectionSettings], Mapping[str, str]] = field(default=_none_given, repr=False)
    sleep: Sleep = field(default=anyio.sleep, repr=False)
    jitter: Jitter = field(default=JITTER, repr=False)
    joining: Joining = JOINING
    score_risk: Callable[[], bool] = field(default=_nothing_to_score, repr=False)


def find_connection(connection: sa.Connection, settings: Settings, name: str) -> ConnectionSettings:
    """A connection that can be run, by name. Raises NotFoundError that lists those there are."""
    every = all_connections(connection, settings)
    for found in every:
        if found.name == name:
            return found
    known = ", ".join(sorted(found.name for found in every)) or "there is none"
    raise NotFoundError(f"there is no connection {name!r} that can be run ({known})")


@asynccontextmanager
async def opened_source(services: SyncServices, connection: ConnectionSettings, *, closing_seconds: float = CLOSING_SECONDS) -> AsyncGenerator[Source]:
    """A connection opened for reading, and closed at the end of the block, whatever ends it; one that does not close within a time is left.

    None of its errors tells a secret. Raises NotFoundError when no plugin brings its connector, ConfigurationError when its secrets are not to be
    had, or when its connector is none for connections that were made through the API.
    """
    source = await _open(services, connection)
    try:
        yield source
    finally:
        with anyio.move_on_after(closing_seconds, shield=True) as closing:
            await source.aclose()
        if closing.cancelled_caught:
            _log.warning("a source did not close in time and was left", connection=connection.name)


async def _open(services: SyncServices, connection: ConnectionSettings) -> Source:
    connector = services.catalogue.connectors.get(connection.connector)
    if connector is None:
        known = ", ".join(sorted(services.catalogue.connectors))
        raise NotFoundError(f"there is no connector {connection.connector!r}; there is {known}")
    if connection.origin is ConnectionOrigin.MADE and connector.facts.not_through_api is not None:
        raise ConfigurationError(f"the connection {connection.name!r} was made through the API and may not be used: {connector.facts.not_through_api}")
    secrets = await run_in_thread(partial(_secrets, services, connection))
    discretion = Discretion(secrets.values())
    context = ConnectionContext(
        connection=connection.name,
        options=connection.options,
        secrets=secrets,
        directory=services.settings.directory,
        clock=services.clock,
        base_currency=services.settings.workspace.base_currency,
        tokens=discretion.tokens(services.tokens_of(connection)),
        reach=Reach(places=services.settings.making.private_hosts) if connection.origin is ConnectionOrigin.MADE else ANYWHERE,
    )
    with discretion.kept():
        return discretion.source(connector.open(context))


def _secrets(services: SyncServices, connection: ConnectionSettings) -> Mapping[str, str]:
    given = (services.given_of if connection.origin is ConnectionOrigin.MADE else _none_given)(connection)
    return secrets_of(connection, services.settings, environ=services.environ, given=given)
