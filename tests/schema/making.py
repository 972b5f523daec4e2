"""A connector of which connections can be made through the API, and what else it takes to make them in tests."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.access.sealing import Sealer
from hub.access.sealing_keys import KeyPlace
from hub.config import MakingSettings
from hub.plugins.connector import ConnectionContext, ConnectorFacts, Source, StreamFacts
from hub.plugins.services import ConnectionMaking
from hub.plugins.webhooks import WebhookReader
from hub.vocabulary import ConnectionKind, Stream

KEY = {"DUNWELL_SECRET_KEY": b64encode(bytes(range(32))).decode()}
VARIABLES = {"SHOP_KEY": "from the environment"}
MAKING = MakingSettings(secret_variables=frozenset({"SHOP_KEY", "NOT_SET"}))


OPEN = ConnectorFacts(
    streams=(StreamFacts(Stream.CUSTOMERS), StreamFacts(Stream.INVOICES)), secret_names=frozenset({"api_key", "webhook_secret"}), not_through_api=None
)
CLOSED = ConnectorFacts(streams=(StreamFacts(Stream.CUSTOMERS),), not_through_api="it reads files of the server")


@dataclass(frozen=True)
class Shop:
    """A connector to a web shop. `source` is what its connections read; None: nothing can be read in this test."""

    name: str = "shop"
    source: Source | None = None
    title: str = "A web shop"
    kinds: tuple[ConnectionKind, ...] = (ConnectionKind.BILLING, ConnectionKind.API)
    facts: ConnectorFacts = OPEN
    webhooks: WebhookReader | None = None
    option_names: frozenset[str] = frozenset({"company", "url", "size"})

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        del directory
        if options.get("company") == "none":
            raise RuntimeError("token=hunter2")
        return [] if options.get("size", 1) == 1 else ["size must be 1"]

    def open(self, context: ConnectionContext) -> Source:
        del context
        if self.source is None:
            raise AssertionError("nothing is read here")
        return self.source


def sealer() -> Sealer:
    """A sealer with a key of its own."""
    return Sealer(KeyPlace(KEY, Path(), is_anything_sealed=lambda: False))


def making() -> ConnectionMaking:
    """What it takes to make connections to the shop."""
    return ConnectionMaking({"shop": Shop(), "files": Shop("files", facts=CLOSED)}, sealer().seal, VARIABLES.__contains__)
