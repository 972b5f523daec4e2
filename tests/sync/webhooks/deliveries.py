"""Deliveries as the sandbox's accounting system sends them, and receivers that take them."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from connectors.sandbox.webhooks import SandboxWebhooks
from hub.clock import Clock
from hub.config import ConnectionSettings
from hub.store.engine import Store
from hub.sync.webhooks.receiving import Endpoint, Receipt, WebhookReceiver
from hub.vocabulary import ConnectionKind

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRETS = {"books": "whsec-of-the-books", "shop": "whsec-of-the-shop"}
HEADER = "sandbox-signature"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request to the address of a connection."""

    connection: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def joined(self) -> dict[str, str]:
        """The headers as a receiver gets them."""
        return {name: ", ".join(value for other, value in self.headers if other == name) for name, _ in self.headers}


def event(number: int, collection: str, object_id: str, *, version: int | None = 1) -> dict[str, Any]:
    """One event as the sandbox writes it."""
    return {"id": f"evt_{number:09d}", "type": "x.updated", "collection": collection, "object_id": object_id, "version": version}


def body_of(*events: Mapping[str, Any]) -> bytes:
    """A body with some events, and a text in it that has more than one spelling in JSON."""
    return json.dumps({"id": "dlv_1", "sent_by": "Café /\u20ac", "events": events}, ensure_ascii=False).encode()


def signature(body: bytes, *, secret: str = SECRETS["books"], at: datetime = NOW) -> str:
    """The header of a genuine delivery."""
    instant = str(int(at.timestamp()))
    return f"t={instant},v1={hmac.digest(secret.encode(), instant.encode() + b'.' + body, sha256).hex()}"


def signed(body: bytes, *, connection: str = "books", at: datetime = NOW) -> Delivery:
    """A genuine delivery."""
    return Delivery(connection, [(HEADER, signature(body, secret=SECRETS[connection], at=at))], body)


@dataclass
class Told:
    """Notes what a receiver tells whoever works on events."""

    connection_ids: list[int] = field(default_factory=list[int])

    def __call__(self, connection: sa.Connection, connection_id: int) -> None:
        assert connection.in_transaction()
        self.connection_ids.append(connection_id)


def endpoint(name: str) -> Endpoint:
    settings = ConnectionSettings(name, "sandbox", ConnectionKind.ACCOUNTING, options={"system": "accounting"})
    return Endpoint(settings, SandboxWebhooks(), {"webhook_secret": SECRETS[name]})


def make_receiver(store: Store, clock: Clock, told: Told, *, most_open_events: int = 1_000) -> WebhookReceiver:
    """A receiver for the books and the shop."""
    endpoints = {name: endpoint(name) for name in SECRETS}
    return WebhookReceiver(store=store, clock=clock, endpoints=endpoints, on_received=told, most_open_events=most_open_events)


def receive(receiver: WebhookReceiver, delivery: Delivery) -> Receipt:
    """Hand a delivery over as the server does."""
    return receiver.receive(delivery.connection, delivery.joined(), delivery.body)
