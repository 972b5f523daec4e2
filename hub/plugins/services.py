"""What routes receive: the in-process face of the hub. Routes are the one trusted kind of plugin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hub.access.principal import Principal
from hub.clock import Clock
from hub.config import Settings
from hub.plugins.connector import ConnectorInfo
from hub.store.engine import Store


@dataclass(frozen=True, slots=True)
class HubServices:
    """Reads go through `store`; `authenticate` turns a bearer token into a principal, None when it is unknown, expired or revoked."""

    settings: Settings
    store: Store
    clock: Clock
    authenticate: Callable[[str], Principal | None]
    business_date: Callable[[], date]
    connectors: tuple[ConnectorInfo, ...] = ()
