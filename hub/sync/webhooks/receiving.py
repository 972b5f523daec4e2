"""Receiving: a genuine delivery is durable, with its events and the job that works on them, before the source hears that it was taken."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import sha256
from traceback import extract_tb

import sqlalchemy as sa
import structlog

from hub.clock import Clock
from hub.config import ConnectionSettings, Settings, read_secrets
from hub.crashpoints import crashpoint
from hub.errors import HubError, RecordError, SignatureError
from hub.model import Connection, table_of
from hub.plugins.connector import Connector
from hub.plugins.webhooks import WebhookEventItem, WebhookReader, WebhookRequest
from hub.store.engine import Store
from hub.sync.card_numbers import holds_card_number, mask_json, mask_text
from hub.sync.texts import clean
from hub.sync.validation import MAX_ID
from hub.sync.webhooks import events
from hub.vocabulary import ConnectionStatus

OnReceived = Callable[[sa.Connection, int], None]
"""Called with the transaction that keeps new events and the connection's row id: whoever works on them is told in it."""

MOST_OPEN_EVENTS = 100_000
"""Events of one connection that may wait at a time; beyond it the source is asked to come again."""

OnKept = Callable[[], None]
"""Called when new events and their job are committed: whoever works on jobs may look at once."""

_CONNECTIONS = table_of(Connection)
_LARGEST_VERSION = 2**63 - 1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A connection that takes webhooks: its settings, what reads its deliveries, and its secrets."""

    connection: ConnectionSettings
    reader: WebhookReader
    secrets: Mapping[str, str] = field(repr=False)


class Receipt(Enum):
    """What became of a genuine delivery. KNOWN: it brought nothing new, and nothing was kept. FULL: too much waits already."""

    KEPT = auto()
    KNOWN = auto()
    FULL = auto()


def webhook_endpoints(settings: Settings, connectors: Mapping[str, Connector], environ: Mapping[str, str]) -> Mapping[str, Endpoint]:
    """The declared connections whose connector takes webhooks, by name. Raises MissingSecretError for a secret that is not set."""
    found: dict[str, Endpoint] = {}
    for connection in settings.connections:
        connector = connectors.get(connection.connector)
        if connector is not None and connector.webhooks is not None:
            found[connection.name] = Endpoint(connection, connector.webhooks, read_secrets(connection.secrets, environ))
    return found


def _nobody(_name: str) -> Endpoint | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReceiver:
    """Takes deliveries in. `receive` blocks: call it in a worker thread.

    `endpoints` are those of declared connections, `find_made` finds that of one that was made through the API as it is at the moment.
    """

    store: Store
    clock: Clock
    endpoints: Mapping[str, Endpoint]
    on_received: OnReceived
    find_made: Callable[[str], Endpoint | None] = _nobody
    on_kept: OnKept = lambda: None
    most_open_events: int = MOST_OPEN_EVENTS

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Take in what came to the address of the connection `name`; `headers` have lower-case names.

        Raises SignatureError when it is not genuine or nobody takes it, which look alike from outside, and RecordError when it is genuine
        and cannot be read. Errors of the database come out as they are; the source should send the delivery again.
        """
        endpoint = self.endpoints.get(name) or self.find_made(name)
        connection_id = self._find(endpoint)
        if endpoint is None or connection_id is None:
            _spend(body)
            raise SignatureError("nobody takes webhooks at this address")
        items = self._read(endpoint, headers, body)
        with self.store.read() as connection:
            new = events.unknown_ids(connection, connection_id, items)
            if not new:
                return Receipt.KNOWN
            if events.count_open(connection, connection_id) >= self.most_open_events:
                return Receipt.FULL
        kept_headers = {name: clean(headers[name]) for name in sorted(endpoint.reader.header_names) if name in headers}
        return self._keep(connection_id, [items[event_id] for event_id in items if event_id in new], headers=kept_headers, body=body)

    def _find(self, endpoint: Endpoint | None) -> int | None:
        """The row of a connection that is in use. It is looked for whoever is asked for, so that every refusal takes the same way."""
        name = "" if endpoint is None else endpoint.connection.name
        statement = sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.name == name, _CONNECTIONS.c.status != ConnectionStatus.REMOVED)
        with self.store.read() as connection:
            return connection.execute(statement).scalar_one_or_none()

    def _read(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> dict[str, WebhookEventItem]:
        """The events by id; of one that is named twice the first counts."""
        request = WebhookRequest(
            connection=endpoint.connection.name,
            headers=headers,
            body=body,
            received_at=self.clock.now(),
            options=endpoint.connection.options,
            secrets=endpoint.secrets,
        )
        try:
            found: dict[str, WebhookEventItem] = {}
            for item in endpoint.reader.read(request):
                found.setdefault(item.event_id, _keepable(item))
        except HubError:
            raise
        except Exception as error:
            last = extract_tb(error.__traceback__)[-1]  # the error's text and what stood around it may hold a secret
            _log.warning(
                "a connector failed to read a webhook", connection=endpoint.connection.name, error=type(error).__name__, line=f"{last.name}:{last.lineno}"
            )
            raise SignatureError("it could not be told whether it is genuine") from error
        return found

    def _keep(self, connection_id: int, items: Sequence[WebhookEventItem], *, headers: dict[str, str], body: bytes) -> Receipt:
        now, kept = self.clock.now(), _without_card_numbers(body)
        with self.store.write() as connection:
            delivery_id = events.keep_delivery(connection, connection_id, headers=headers, body=kept, now=now)
            crashpoint("webhook.received")
            new = events.keep_events(connection, connection_id, items, delivery_id=delivery_id, now=now)
            if not new:
                events.forget_delivery(connection, delivery_id)
                return Receipt.KNOWN
            is_work = any(item.hints for item in items if item.event_id in new)
            if is_work:
                self.on_received(connection, connection_id)
            crashpoint("webhook.before_commit")
        crashpoint("webhook.kept")
        if is_work:
            self.on_kept()
        return Receipt.KEPT


def _without_card_numbers(body: bytes) -> bytes:
    """The body with full card numbers masked; as it came where there is none."""
    text = body.decode("latin-1")  # every byte is a character, and what card numbers consist of stays as it is
    if not holds_card_number(text):
        return body
    try:
        return (mask_json(body.decode()) or "").encode()
    except (ValueError, RecursionError):  # no JSON in UTF-8
        return mask_text(text).encode("latin-1")


def _spend(body: bytes) -> None:
    """As much work as a signature takes, so that the time to a refusal does not tell which connections there are."""
    hmac.digest(b"nobody", body, sha256)


def _keepable(item: WebhookEventItem) -> WebhookEventItem:
    """The event as it is. Raises RecordError when it, or a hint of it, cannot be kept and looked up."""
    _require_id(item.event_id, "the event's id", reference="webhook")
    for hint in item.hints:
        _require_id(hint.external_id, "the object's id", reference=item.event_id)
        version = hint.source_version
        if version is not None and not 0 <= version <= _LARGEST_VERSION:
            raise RecordError(f"the version is not within 0 and {_LARGEST_VERSION}", reference=item.event_id, field="version")
    return item


def _require_id(text: str, what: str, *, reference: str) -> None:
    if not 0 < len(text) <= MAX_ID or clean(text) != text:
        raise RecordError(f"{what} must be a text of 1 to {MAX_ID} characters that a database can keep", reference=reference)
