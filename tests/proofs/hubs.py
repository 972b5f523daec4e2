"""A hub of the proofs: what syncing stands on, with its three connections, on any clock and any connector."""

from base64 import b64encode
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.access.sealing import Sealer
from hub.access.sealing_keys import KeyPlace
from hub.clock import Clock
from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.config.environment import SECRET_KEY
from hub.jobs.backoff import JITTER, Jitter
from hub.plugins.connector import Connector
from hub.store.engine import Store
from hub.sync.jobs import submit_webhooks
from hub.sync.opening import SyncServices
from hub.sync.patience import Sleep
from hub.sync.quick_pages import PAGE_BY_PAGE, Joining
from hub.sync.registry import register_declared
from hub.sync.token_store import TokenSafe
from hub.sync.webhooks.receiving import WebhookReceiver, webhook_endpoints
from hub.vocabulary import ConnectionKind
from tests.sync.catalogues import catalogue_of

SYSTEMS = {"accounting": ConnectionKind.ACCOUNTING, "crm": ConnectionKind.CRM, "gateway": ConnectionKind.GATEWAY}
SECRETS = {name: f"sandbox-{name}-secret" for name in SYSTEMS}
WORKSPACE = WorkspaceSettings("Proof", "EUR", ZoneInfo("Europe/Berlin"))

_KEY = b64encode(bytes(32)).decode()
_ENVIRON = {f"SECRET_{name}": secret for name, secret in SECRETS.items()}


@dataclass(frozen=True)
class ProofHub:
    """Services, and what takes webhooks in."""

    services: SyncServices
    receiver: WebhookReceiver


def make_hub(
    store: Store,
    folder: Path,
    connector: Connector,
    *,
    clock: Clock,
    url: str | None = None,
    sleep: Sleep,
    jitter: Jitter = JITTER,
    joining: Joining = PAGE_BY_PAGE,
) -> ProofHub:
    """A hub whose connections lead to a sandbox at `url`; None: wherever the connector leads to."""
    place = {} if url is None else {"url": url}
    connections = tuple(
        ConnectionSettings(name, connector.name, kind, options={"system": name} | place, secrets={"webhook_secret": f"SECRET_{name}"})
        for name, kind in SYSTEMS.items()
    )
    settings = Settings(folder, store.url, folder, WORKSPACE, connections=connections)
    catalogue = catalogue_of(connector)
    safe = TokenSafe(store, Sealer(KeyPlace({SECRET_KEY: _KEY}, folder, is_anything_sealed=lambda: False)), clock)
    services = SyncServices(store, settings, catalogue, clock, _ENVIRON, tokens_of=safe.of_connection, sleep=sleep, jitter=jitter, joining=joining)
    with store.write() as connection:
        register_declared(connection, settings, now=clock.now())
    endpoints = webhook_endpoints(settings, catalogue.connectors, _ENVIRON)
    return ProofHub(services, WebhookReceiver(store=store, clock=clock, endpoints=endpoints, on_received=partial(submit_webhooks, services=services)))
