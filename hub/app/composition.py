"""The hub assembled: plugins checked, database at the right schema, declared connections registered, services ready."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.metadata import EntryPoint
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from hub.access.authenticator import Authenticator
from hub.access.sealing import Sealer
from hub.access.sealing_keys import KeyPlace
from hub.app.rule_book import start_book
from hub.clock import Clock, SystemClock, business_date
from hub.config import Settings
from hub.errors import ConfigurationError, ConflictError, StoreError
from hub.evaluation.scoring import RiskScoring, find_scorer
from hub.identity.connections import check_connections, check_together
from hub.model import Connection, table_of
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.finding import BUILT_IN
from hub.plugins.host import load_plugins
from hub.plugins.services import ConnectionMaking, Exporter, HubServices
from hub.store.connections import with_made
from hub.store.engine import Store
from hub.store.lock import settle_alone
from hub.store.migrate import current_revision, head_revision, require_known_schema, upgrade_store
from hub.sync.given_secrets import GivenSecrets
from hub.sync.opening import SyncServices
from hub.sync.registry import is_registered, register_declared
from hub.sync.token_store import TokenSafe, is_anything_sealed, seal_anew

_SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that one running hub stands on. It owns its database connections and threads; `close` lets go of them."""

    settings: Settings
    clock: Clock
    catalogue: PluginCatalogue
    store: Store
    authenticator: Authenticator
    sync: SyncServices
    services: HubServices
    scoring: RiskScoring
    _resources: ExitStack = field(repr=False)

    def close(self) -> None:
        """Finish what is still to be written, and close every connection. Safe to call twice."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_hub(
    settings: Settings,
    *,
    clock: Clock = _SYSTEM_CLOCK,
    environ: Mapping[str, str] = os.environ,
    upgrade: bool = False,
    built_in: Sequence[str] = BUILT_IN,
    installed: Iterable[EntryPoint] | None = None,
) -> Hub:
    """Assemble a hub. `upgrade`: create or upgrade the database's schema; without it, another schema stops the start.

    Plugins and connections are checked before the database is touched. Raises ConfigurationError or StoreError with what to do.
    """
    catalogue = load_plugins(settings, clock, environ=environ, built_in=built_in, installed=installed)
    check_connections(settings, catalogue)
    book = start_book(settings, catalogue)
    book.require_sources()
    scorer = find_scorer(settings, catalogue.risk_scorers, book)
    with ExitStack() as resources:
        store = Store(settings.database_url)
        resources.callback(store.dispose)
        _prepare_database(store, upgrade=upgrade)
        _register_connections(store, settings, catalogue, now=clock.now())
        authenticator = Authenticator(store, clock)
        resources.callback(authenticator.close)
        sealer = Sealer(KeyPlace(environ, settings.var_directory, is_anything_sealed=partial(is_anything_sealed, store)))
        services = HubServices(
            settings=settings,
            store=store,
            clock=clock,
            authenticate=authenticator,
            business_date=partial(business_date, clock, settings.workspace.time_zone),
            connectors=catalogue.connector_infos(),
            check_options=catalogue.check_options,
            making=ConnectionMaking(catalogue.connectors, sealer.seal, lambda name: bool(environ.get(name))),
            exporter=_sole_exporter(catalogue),
            fields=catalogue.fields,
        )
        seal_anew(store, sealer)
        safe, scoring = TokenSafe(store, sealer, clock), RiskScoring(store, book, scorer, clock)
        given = GivenSecrets(store, sealer)
        sync = SyncServices(store, settings, catalogue, clock, environ, tokens_of=safe.of_connection, given_of=given.of, score_risk=scoring)
        return Hub(settings, clock, catalogue, store, authenticator, sync, services, scoring, resources.pop_all())


def _sole_exporter(catalogue: PluginCatalogue) -> Exporter | None:
    found = list(catalogue.exporters.values())
    if len(found) > 1:
        raise ConfigurationError(f"several plugins bring an exporter ({', '.join(catalogue.exporters)}): a hub has one, so remove the others")
    return found[0] if found else None


def _prepare_database(store: Store, *, upgrade: bool) -> None:
    if upgrade:
        upgrade_store(store)
        return
    require_known_schema(store)
    found = current_revision(store)
    if found != head_revision():
        state = "has no tables yet" if found is None else f"is at schema revision {found}; this version needs {head_revision()}"
        raise StoreError(f"the database {state}: run `dunwell db upgrade`")


def _register_connections(store: Store, settings: Settings, catalogue: PluginCatalogue, *, now: datetime) -> None:
    """Bring rows in line with the file, unless the file and what was made through the API do not fit together: then nothing is changed.

    Rows that are in line are only read, so that a command that only reads waits for nobody who writes.
    """
    try:
        with store.read() as connection:
            if is_registered(connection, settings):
                _check_together(connection, settings, catalogue)
                return
        with store.write() as connection:
            settle_alone(connection)
            register_declared(connection, settings, now=now)
            _check_together(connection, settings, catalogue)
    except ConflictError as error:
        raise ConfigurationError(str(error)) from error


def _check_together(connection: sa.Connection, settings: Settings, catalogue: PluginCatalogue) -> None:
    known = connection.execute(sa.select(table_of(Connection).c.name)).scalars().all()
    check_together(with_made(connection, settings), catalogue.connectors, known=known)
